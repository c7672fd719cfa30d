import fc from 'fast-check';
import type { Manifest } from '../../src/manifests/manifest';
import { manifest, service, subsets } from './support';

const name = fc.constantFrom('a', 'b', 'c', 'd');
const versions = fc.subarray(['v1', 'v2', 'v3'], { minLength: 1 });

/** A mesh in which every reference is to something that is there. */
export const mesh = fc
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
