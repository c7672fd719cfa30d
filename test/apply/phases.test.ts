import fc from 'fast-check';
import { phasesOf } from '../../src/apply/phases';
import { keyOf } from '../../src/apply/references';
import type { Manifest } from '../../src/manifests/manifest';
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

  test('from nothing, and to nothing', () => {
    const all = [manifest('v1', 'Namespace', 'shop', {}, ''), service('web'), subsets('web', 'v1'), routes('web', 'web/v1')];
    expect(shown(plan([], all))).toEqual([
      ['create Namespace shop'],
      ['create Service web'],
      ['create DestinationRule web'],
      ['create VirtualService web'],
    ]);
    expect(shown(plan(all, []))).toEqual([
      ['delete VirtualService web'],
      ['delete DestinationRule web'],
      ['delete Service web'],
      ['delete Namespace shop'],
    ]);
  });

  test('nothing to do is no phase', () => {
    const all = [service('web'), subsets('web', 'v1')];
    expect(plan(all, all).phases).toEqual([]);
  });
});

const name = fc.constantFrom('a', 'b', 'c', 'd');
const versions = fc.subarray(['v1', 'v2', 'v3'], { minLength: 1 });

/** A mesh in which every reference is to something that is there. */
const mesh = fc
  .record({
    services: fc.uniqueArray(fc.record({ name, versions }), { selector: (s) => s.name, minLength: 1 }),
    routes: fc.uniqueArray(
      fc.record({
        name: fc.constantFrom('r1', 'r2', 'r3'),
        to: fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 3 }),
        at: fc.nat(3),
      }),
      { selector: (r) => r.name },
    ),
    delegates: fc.uniqueArray(fc.record({ name: fc.constantFrom('l1', 'l2'), to: fc.tuple(fc.nat(), fc.nat()) }), {
      selector: (r) => r.name,
    }),
    gateways: fc.uniqueArray(fc.constantFrom('g1', 'g2')),
  })
  .map(({ services, routes: rs, delegates, gateways }) => {
    const target = ([s, v]: readonly [number, number]) => {
      const to = services[s % services.length]!;
      return { host: `${to.name}.shop.svc.cluster.local`, subset: to.versions[v % to.versions.length]! };
    };
    const out: Manifest[] = services.flatMap((s) => [service(s.name), subsets(s.name, ...s.versions)]);
    for (const g of gateways)
      out.push(
        manifest('networking.istio.io/v1', 'Gateway', g, { servers: [{ port: { number: 80 }, hosts: ['x.example.com'] }] }),
      );
    for (const d of delegates)
      out.push(
        manifest('networking.istio.io/v1', 'VirtualService', d.name, { http: [{ route: [{ destination: target(d.to) }] }] }),
      );
    for (const r of rs) {
      const delegate =
        r.at > 1 && delegates[0] ? [{ match: [{ uri: { prefix: '/d' } }], delegate: { name: delegates[0].name } }] : [];
      const gateway = r.at % 2 === 1 && gateways[0] ? { gateways: [gateways[0]] } : {};
      out.push(
        manifest('networking.istio.io/v1', 'VirtualService', r.name, {
          hosts: [`${r.name}.example.com`],
          ...gateway,
          http: [...delegate, { route: r.to.map((t) => ({ destination: target(t) })) }],
        }),
      );
    }
    return out;
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
