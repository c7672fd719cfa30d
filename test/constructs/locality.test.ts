import { LoadBalancer, MeshService, Port } from '../../src';
import { check } from '../../src/check/check';
import type { Locality } from '../../src/constructs/locality';
import { manifestsOf } from '../../src/synth/manifests-of';
import { newChart, object } from './support';

const { roundRobin, leastRequest, consistentHash } = LoadBalancer;
const eject = { circuitBreaker: { eject: {} } };

/** What Istio is told, and what its validation says of it. */
function told(locality: Locality, o: object = eject) {
  const c = newChart();
  const callPolicy = { loadBalancer: roundRobin.byLocality(locality), ...o };
  new MeshService(c, 'Web', { port: Port.http(80), versions: { v1: { image: 'x:1' } }, callPolicy });
  const rule = object(c, 'DestinationRule', 'web').spec.trafficPolicy;
  const { diagnostics } = check({ manifests: manifestsOf(c), unreadable: [] } as never, { severity: 'info' } as never);
  expect(diagnostics.filter((d) => /istio-|schema/.test(d.rule))).toEqual([]);
  return rule;
}

describe('a load balancer by locality', () => {
  test('failover by region, in one order, with what finds out what has failed', () => {
    expect(told({ failover: { 'us-east': 'us-west', 'ap-northeast-1': 'ap-northeast-3' } })).toEqual({
      loadBalancer: {
        simple: 'ROUND_ROBIN',
        localityLbSetting: {
          failover: [
            { from: 'ap-northeast-1', to: 'ap-northeast-3' },
            { from: 'us-east', to: 'us-west' },
          ],
        },
      },
      outlierDetection: { consecutive5xxErrors: 5 },
    });
  });

  test('by labels', () => {
    const failoverPriority = ['topology.kubernetes.io/region', 'topology.istio.io/network=n1'];
    expect(told({ failoverPriority }).loadBalancer.localityLbSetting).toEqual({ failoverPriority });
  });

  test('shares by place need nothing beside them', () => {
    const zones = { distribute: { 'eu/a': { 'eu/a': 70, 'eu/ab': 30 }, 'eu/ab': { 'eu/ab': 100 } } };
    expect(() => leastRequest.byLocality(zones)).not.toThrow();
    const distribute = { 'eu/a/*': { 'eu/b/*': 20, 'eu/a/*': 80 }, us: { us: 100 } };
    expect(told({ distribute }, {}).loadBalancer.localityLbSetting).toEqual({
      distribute: [
        { from: 'eu/a/*', to: { 'eu/a/*': 80, 'eu/b/*': 20 } },
        { from: 'us', to: { us: 100 } },
      ],
    });
  });

  test.each<[string, object, RegExp]>([
    ['nothing', {}, /byLocality has nothing: give it one of failover, failoverPriority and distribute/],
    ['two at once', { failover: { a: 'b' }, failoverPriority: ['x'] }, /byLocality has "failover".*"failoverPriority"/],
    ['misspelt', { failovers: { a: 'b' } }, /byLocality has no property "failovers" \(did you mean "failover"\?\)/],
    ['no region', { failover: {} }, /failover is empty/],
    ['a zone for a region', { failover: { 'eu/a': 'us' } }, /failover names "eu\/a", which is no region/],
    ['a region to itself', { failover: { eu: 'eu' } }, /failover leads from "eu" to itself/],
    ['a region that is no text', { failover: { eu: 1 } }, /where failover leads from "eu" is 1/],
    ['no label', { failoverPriority: [] }, /failoverPriority is empty/],
    [
      'shares that make more',
      { distribute: { eu: { eu: 60, us: 50 } } },
      /the shares in distribute from "eu" make 110: they have to make 100/,
    ],
    [
      'half a percent',
      { distribute: { eu: { eu: 99.5, us: 0.5 } } },
      /share of "eu" in distribute from "eu" is 99\.5: it has to be a whole percent/,
    ],
    ['no shares', { distribute: { eu: {} } }, /from "eu" make 0/],
    [
      'shares that are none',
      { distribute: { eu: 100 } },
      /distribute from "eu" is 100: write the shares, such as \{ "eu": 100 \}/,
    ],
    [
      'a caller in two places',
      { distribute: { 'eu/*': { eu: 100 }, 'eu/a': { eu: 100 } } },
      /distribute names "eu\/\*" and "eu\/a", of which one is part of the other/,
    ],
    ['a share twice', { distribute: { eu: { eu: 50, 'eu/a': 50 } } }, /distribute from "eu" names "eu" and "eu\/a"/],
    ['a place with a star inside', { distribute: { 'eu/*/a': { eu: 100 } } }, /distribute names "eu\/\*\/a", which is no place/],
  ])('%s is refused', (_what, locality, says) => {
    expect(() => leastRequest.byLocality(locality as never)).toThrow(says);
  });

  test('not for a hash, and not twice', () => {
    expect(() => (consistentHash.sourceIp as any).byLocality({ failover: { a: 'b' } })).toThrow(
      /a hash picks the endpoint itself/,
    );
    expect(() => (roundRobin.byLocality({ failover: { a: 'b' } }) as any).byLocality({ failover: { a: 'b' } })).toThrow(
      /said once/,
    );
  });

  test('failover without anything that finds out what has failed is refused', () => {
    expect(() => told({ failover: { a: 'b' } }, {})).toThrow(
      /loadBalancer of service "web" has failover, which never happens where nothing finds out what has failed: give circuitBreaker: \{ eject: \{\} \}/,
    );
  });
});
