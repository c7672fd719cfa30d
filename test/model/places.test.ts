import { LoadBalancer, MeshService, Port, VmWorkload } from '../../src';
import type { Locality } from '../../src/constructs/locality';
import { MeshModel } from '../../src/model/mesh-model';
import { manifestsOf } from '../../src/synth/manifests-of';
import { meshOf } from '../../src/testing/jest';
import { findClient } from '../../src/trace/client';
import { trace } from '../../src/trace/flow';
import { requestTo } from '../../src/trace/request';
import { traceText } from '../../src/trace/steps-text';
import { newChart } from '../constructs/support';

const EJECT = { circuitBreaker: { eject: {} } };

/** What `mesh trace` says of places, to a desk at one. */
function says(locality: Locality | undefined, at: readonly string[], from: string, policy: object = EJECT): string | undefined {
  const c = newChart();
  const loadBalancer = locality ? LoadBalancer.roundRobin.byLocality(locality) : LoadBalancer.roundRobin;
  const catalog = new MeshService(c, 'Catalog', {
    port: Port.http(80),
    versions: {
      v1: VmWorkload.at(at.map((locality, i) => ({ address: `192.0.2.${i + 1}`, ...(locality ? { locality } : {}) }))),
    },
    callPolicy: { loadBalancer, ...policy },
  });
  const desk = VmWorkload.at(['192.0.2.99'], from ? { locality: from } : {});
  new MeshService(c, 'Desk', { port: Port.http(80), versions: { v1: desk } }).mayCall(catalog);
  meshOf(c.node.root as never);
  const model = new MeshModel(manifestsOf(c));
  const t = trace(model, findClient(model, 'shop/desk'), requestTo('catalog', 80));
  const line = /\|catalog\S*: (from .*)/.exec(traceText(t))?.[1];
  return line ?? t.unknown[0]?.reason;
}

type Row = [string, Locality | undefined, string[], string, string | undefined, object?];
const ROWS: Row[] = [
  [
    'near first, by default, once something is ejected',
    undefined,
    ['us/a', 'eu/b', 'eu/a/2', 'eu/a/1'],
    'eu/a/1',
    'from eu/a/1 to eu/a/1; where these have failed, eu/a/2; where these have failed, eu/b; where these have failed, us/a',
  ],
  [
    'a region to fail over to',
    { failover: { eu: 'ap' } },
    ['us/a', 'ap/a', 'ap/b', 'eu/b'],
    'eu/a',
    'from eu/a to eu/b; where these have failed, ap/a 50 % and ap/b 50 %; where these have failed, us/a',
  ],
  [
    'of another region it says nothing',
    { failover: { eu: 'ap' } },
    ['us/a', 'ap/a'],
    'us/b',
    'from us/b to us/a; where these have failed, ap/a',
  ],
  [
    'shares',
    { distribute: { 'eu/a/*': { 'eu/*': 80, us: 20 } } },
    ['eu/a', 'eu/b', 'eu/b', 'us/a', 'ap/a'],
    'eu/a',
    'from eu/a to eu/a 26.7 % and eu/b 53.5 % and us/a 19.8 %',
  ],
  ['shares of another place', { distribute: { eu: { us: 100 } } }, ['eu/a', 'us/a'], 'ap/a', undefined],
  [
    'shares of places where nobody is',
    { distribute: { eu: { ap: 100 } } },
    ['eu/a', 'us/a'],
    'eu/a',
    'no endpoint of outbound|80||catalog.shop.svc.cluster.local is in a place where calls from eu/a are sent to, so istiod leaves none, and the proxy answers 503',
  ],
  ['nothing where nothing is ejected', undefined, ['us/a', 'eu/a'], 'eu/a', undefined, {}],
  ['nothing where all are alike', undefined, ['us/a', 'us/b'], 'eu/a', undefined],
  ['nothing of a client at no place', { failover: { eu: 'us' } }, ['us/a', 'eu/a'], '', undefined],
  ['nothing where labels decide', { failoverPriority: ['rack'] }, ['us/a', 'eu/a'], 'eu/a', undefined],
];
test.each(ROWS.map((r) => [r[0], r] as const))('the trace tells places: %s', (_, [, locality, at, from, expected, policy]) => {
  expect(says(locality, at, from, policy)).toBe(expected);
});
