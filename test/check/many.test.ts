import fc from 'fast-check';
import { check } from '../../src/check/check';
import { PathIndex } from '../../src/check/path-index';
import { RULES } from '../../src/check/rules';
import { parseManifests } from '../../src/manifests/parse';
import { disjoint } from '../../src/routing/match';
import type { PathMatch } from '../../src/routing/path-match';

// What holds for two holds for hundreds: limits are far, and told.

const rules = (...names: string[]) => RULES.filter((r) => names.includes(r.name));
const GATEWAY = `{ apiVersion: networking.istio.io/v1, kind: Gateway, metadata: { name: g, namespace: big },
  spec: { selector: { istio: ingressgateway }, servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: [a.example.com] }] } }`;
const vs = (i: number, match: string) =>
  `{ apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: { name: v${i}, namespace: big },
  spec: { hosts: [a.example.com], gateways: [g], http: [{ match: [{ ${match} }], route: [{ destination: { host: "x${i}.example.com" } }] }] } }`;
const found = (matches: readonly string[]) =>
  check(parseManifests([GATEWAY, ...matches.map((m, i) => vs(i, m))].join('\n---\n'), 'f.yaml'), {
    rules: rules('order-depends-on-age'),
  }).diagnostics;
const times = (n: number, of: (i: number) => string) => Array.from({ length: n }, (_, i) => of(i));

describe('order-depends-on-age', () => {
  test('finds two among 400 that accept the same', () => {
    const others = times(400, (i) => `uri: { prefix: "/p/${i}/" }`);
    expect(found(others)).toEqual([]);
    const both = [...others, 'uri: { prefix: "/p/7/x" }'];
    expect(found(both).map((d) => [d.severity, d.resource?.name])).toEqual([['warning', 'v7']]);
  });

  test('tells each of many with three others, not with all', () => {
    expect(found(times(40, () => 'uri: { prefix: /same }'))).toHaveLength(1 + 2 + 37 * 3);
  });

  test('says where there were too many to compare', () => {
    const all = found(times(600, (i) => `headers: { x-user: { exact: "u${i}" } }`));
    expect(all.map((d) => [d.severity, d.message])).toEqual([
      ['info', expect.stringMatching(/^600 VirtualServices .* was not looked at$/)],
    ]);
  });
});

test('a PathIndex leaves none out that may have requests in common', () => {
  const text = fc.stringMatching(/^\/[ab]{0,3}$/);
  const path: fc.Arbitrary<PathMatch | undefined> = fc.oneof(
    text.map((exact) => ({ match: { exact } })),
    text.map((prefix) => ({ match: { prefix } })),
    text.map((regex) => ({ match: { regex } })),
    text.map((prefix) => ({ match: { prefix }, ignoreCase: true as const })),
    fc.constant(undefined),
  );
  const of = (p: PathMatch | undefined) => (p ? { path: p } : {});
  let apart = 0;
  fc.assert(
    fc.property(fc.array(path, { maxLength: 12 }), path, (paths, asked) => {
      const index = new PathIndex(paths.map((p, i) => ({ path: p, of: i })));
      const got = index.meeting(asked);
      apart += paths.length - got.length;
      const missing = paths.flatMap((p, i) => (got.includes(i) || disjoint(of(p), of(asked)) ? [] : [i]));
      return missing.length === 0 && got.every((x, i) => i === 0 || got[i - 1]! < x);
    }),
  );
  expect(apart).toBeGreaterThan(0);
});
