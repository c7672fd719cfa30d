import fc from 'fast-check';
import { phasesOf } from '../../src/apply/phases';
import { keyOf } from '../../src/manifests/key-of';
import type { Manifest } from '../../src/manifests/manifest';
import { mesh } from './meshes';
import { after, gaps, manifest, routes, service, shown, subsets } from './support';

const first = () => 0;
const plan = (live: Manifest[], desired: Manifest[]) => {
  const phases = phasesOf({ live, desired });
  expect(gaps(live, phases, first)).toEqual([]);
  expect(phases.knots).toEqual([]);
  return phases;
};

describe('one release', () => {
  test('a subset that is added is there before the route', () => {
    expect(
      shown(
        plan(
          [service('web'), subsets('web', 'v1'), routes('web', 'web/v1')],
          [service('web'), subsets('web', 'v1', 'v2'), routes('web', 'web/v1', 'web/v2')],
        ),
      ),
    ).toEqual([['change DestinationRule web'], ['change VirtualService web']]);
  });

  test('a subset that is dropped goes after the route', () => {
    expect(
      shown(
        plan(
          [service('web'), subsets('web', 'v1', 'v2'), routes('web', 'web/v1', 'web/v2')],
          [service('web'), subsets('web', 'v2'), routes('web', 'web/v2')],
        ),
      ),
    ).toEqual([['change VirtualService web'], ['change DestinationRule web']]);
  });

  test('one added and one dropped at once go by way of both', () => {
    const phases = plan(
      [service('web'), subsets('web', 'v1'), routes('web', 'web/v1')],
      [service('web'), subsets('web', 'v2'), routes('web', 'web/v2')],
    );
    expect(shown(phases)).toEqual([
      ['change DestinationRule web (wide)'],
      ['change VirtualService web'],
      ['change DestinationRule web'],
    ]);
    expect(phases.phases.map((p) => p.awaited)).toEqual([
      ['subset web.shop.svc.cluster.local v2'],
      ['subset web.shop.svc.cluster.local v1'],
      [],
    ]);
  });

  test('a Sidecar that only knows more comes with what opens, one that knows less with what closes', () => {
    const pods = manifest('apps/v1', 'Deployment', 'page', { template: { metadata: { labels: { app: 'page' } } } });
    const knows = (...hosts: string[]) => manifest('networking.istio.io/v1', 'Sidecar', 'page', { egress: [{ hosts }] });
    const one = [pods, service('web'), knows('./web'), routes('web', 'web')];
    const two = [pods, service('web'), knows('./web', './api'), service('api'), routes('web', 'api')];
    expect(shown(plan(one, two))).toEqual([['change Sidecar page', 'create Service api'], ['change VirtualService web']]);
    expect(shown(plan(two, one))).toEqual([['change VirtualService web'], ['change Sidecar page', 'delete Service api']]);
  });

  test('from nothing, and to nothing', () => {
    const all = [manifest('v1', 'Namespace', 'shop', {}, ''), service('web'), subsets('web', 'v1'), routes('web', 'web/v1')];
    expect(shown(plan([], all))).toEqual([
      ['create Namespace shop'],
      ['create DestinationRule web', 'create Service web'],
      ['create VirtualService web'],
    ]);
    expect(shown(plan(all, []))).toEqual([
      ['delete VirtualService web'],
      ['delete DestinationRule web', 'delete Service web'],
      ['delete Namespace shop'],
    ]);
  });

  test('proxies are waited for where requests that are served now lead elsewhere, and nowhere else', () => {
    const made = (name: string, ...versions: string[]) => [
      service(name),
      subsets(name, ...versions),
      routes(name, ...versions.map((v) => `${name}/${v}`)),
    ];
    const phases = plan([...made('web', 'v1'), ...made('page', 'v1')], [...made('web', 'v1', 'v2'), ...made('news', 'v1')]);
    expect(phases.phases.map((p, i) => [p.settles, ...shown(phases)[i]!])).toEqual([
      // news is nobody's yet
      [true, 'change DestinationRule web', 'create DestinationRule news', 'create Service news'],
      [false, 'change VirtualService web', 'create VirtualService news'],
      [true, 'delete VirtualService page'],
      [false, 'delete DestinationRule page', 'delete Service page'],
    ]);
  });

  test('routes that delegate to each other have no order, whether they come or go', () => {
    const delegates = (name: string, to: string) =>
      manifest('networking.istio.io/v1', 'VirtualService', name, { http: [{ delegate: { name: to } }] });
    const circle = [delegates('a', 'b'), delegates('b', 'a')];
    const knots = phasesOf({ live: [], desired: circle }).knots.map(({ key, facts, waits }) => [key, ...facts, waits]);
    expect(knots).toEqual([
      ['networking.istio.io/VirtualService shop/a', 'delegate shop/b', true],
      ['networking.istio.io/VirtualService shop/b', 'delegate shop/a', true],
    ]);
    expect(phasesOf({ live: circle, desired: [] }).knots.map((k) => k.waits)).toEqual([false, false]);
  });

  test('nothing to do is no phase', () => {
    const all = [service('web'), subsets('web', 'v1')];
    expect(plan(all, all).phases).toEqual([]);
  });
});

test('from any mesh to any other nothing is missing at any moment, in any order within a phase', () => {
  fc.assert(
    fc.property(mesh, mesh, fc.array(fc.nat(), { minLength: 50, maxLength: 50 }), (live, desired, picks) => {
      const phases = phasesOf({ live, desired });
      let i = 0;
      expect(gaps(live, phases, (n) => picks[i++ % picks.length]! % n)).toEqual([]);
      expect(phases.knots).toEqual([]);
      expect(after(live, phases)).toEqual(new Map(desired.map((m) => [keyOf(m), m.object])));
    }),
    { numRuns: 500 },
  );
});
