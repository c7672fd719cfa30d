import fc from 'fast-check';
import {
  compileL4,
  type L4Match,
  type L4Rule,
  l4Accepts,
  l4Implies,
  renderTcp,
  renderTls,
  renderTlsRules,
} from '../../src/routing/l4';
import { RULE_TIERS } from '../../src/routing/table';
import './arbitrary';

const RUNS = Number(process.env.FC_RUNS ?? 1000);

interface Connection {
  readonly port: number;
  readonly sni?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly namespace: string;
}

const patterns = ['a.x', 'b.x', 'c.a.x', '*.x', '*.a.x', '*', 'y'];
const labels = fc.constantFrom<Record<string, string>>({ app: 'a' }, { app: 'b' }, { app: 'a', version: '1' });
const maybe = <T>(a: fc.Arbitrary<T>) => fc.option(a, { nil: undefined });
const match = (tls: boolean): fc.Arbitrary<L4Match> =>
  fc
    .record({
      port: maybe(fc.constantFrom(1, 2)),
      sourceLabels: maybe(labels),
      sourceNamespace: maybe(fc.constantFrom('n', 'm')),
      sniHosts: tls ? fc.uniqueArray(fc.constantFrom(...patterns), { minLength: 1, maxLength: 3 }) : fc.constant(undefined),
    })
    .map((m) => Object.fromEntries(Object.entries(m).filter(([, v]) => v !== undefined)));
const rules = (tls: boolean): fc.Arbitrary<L4Rule[]> =>
  fc
    .array(fc.record({ tier: fc.constantFrom(...RULE_TIERS), order: fc.constantFrom(0, 0, 1), match: match(tls) }), {
      minLength: 1,
      maxLength: 6,
    })
    .map((all) => all.map((r, i) => ({ ...r, name: `r${i}`, origin: { construct: 'test' }, to: [{ host: `h${i}`, port: 1 }] })));
const connections = fc.array(
  fc.record({
    port: fc.constantFrom(1, 2, 3),
    sni: fc.constantFrom('a.x', 'b.x', 'c.a.x', 'd.c.a.x', 'y', 'z'),
    labels: fc.oneof(labels, fc.constant({})),
    namespace: fc.constantFrom('n', 'm'),
  }),
  { minLength: 10, maxLength: 10 },
);

/** The meaning, plainly and by itself: the highest tier's rules that no narrower one goes before, then (order, name). */
function meant(all: readonly L4Rule[], c: Connection): string | undefined {
  for (const tier of RULE_TIERS) {
    let left = all.filter((r) => r.tier === tier);
    while (left.length > 0) {
      const free = left.filter((r) => !left.some((o) => l4Implies(o.match, r.match) && !l4Implies(r.match, o.match)));
      const [first] = free.sort((a, b) => a.order! - b.order! || (a.name < b.name ? -1 : 1));
      if (l4Accepts(first!.match, c)) return first!.to[0]!.host;
      left = left.filter((r) => r !== first);
    }
  }
  return undefined;
}

const subset = (labels: any, c: Connection) => Object.entries(labels ?? {}).every(([k, v]) => c.labels[k] === v);
/** istiod's matchTCP and matchTLS: what of a match a client's proxy is asked, before any connection. */
const forClient = (m: any, c: Connection) =>
  (m.port === undefined || m.port === c.port) &&
  (m.sourceNamespace === undefined || m.sourceNamespace === c.namespace) &&
  subset(m.sourceLabels, c);

/** istiod: the first `tcp` entry without matches or with one for this client is the one filter chain. */
const istiodTcp = (entries: readonly any[], c: Connection): string | undefined =>
  entries.find((e) => !e.match || e.match.some((m: any) => forClient(m, c)))?.route[0].destination.host;

/**
 * istiod: each `tls` match for this client is a filter chain, except where its names were there before. Envoy: the
 * chain with the exact name, else with the longest wildcard; two chains with one name are refused.
 */
function istiodTls(entries: readonly any[], c: Connection): string | undefined {
  const chains = new Map<string, string>();
  const seen = new Set<string>();
  for (const e of entries)
    for (const m of e.match) {
      const key = m.sniHosts.join(',');
      if (!forClient(m, c) || seen.has(key)) continue;
      seen.add(key);
      for (const name of m.sniHosts) {
        if (chains.has(name)) throw new Error(`Envoy refuses two filter chains for ${name}`);
        chains.set(name, e.route[0].destination.host);
      }
    }
  const parts = c.sni!.split('.');
  const names = [c.sni!, ...parts.slice(1).map((_, i) => `*.${parts.slice(i + 1).join('.')}`), '*'];
  return names.map((n) => chains.get(n)).find((h) => h !== undefined);
}

test('tcp: the first entry for the client is the rule', () => {
  fc.assert(
    fc.property(rules(false), connections, (all, cs) => {
      const entries = compileL4(all).map(renderTcp);
      expect(cs.map((c) => istiodTcp(entries, c))).toEqual(cs.map((c) => meant(all, c)));
    }),
    { numRuns: RUNS },
  );
});

test('tls: the filter chain that Envoy takes is of the rule', () => {
  fc.assert(
    fc.property(rules(true), connections, (all, cs) => {
      const entries = renderTlsRules(compileL4(all));
      expect(cs.map((c) => istiodTls(entries, c))).toEqual(cs.map((c) => meant(all, c)));
    }),
    { numRuns: RUNS },
  );
});

test('tls: rules that ask for the same names hold them in one match each', () => {
  const names = fc.uniqueArray(fc.constantFrom('a.x', 'b.x', 'y', '*.x'), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(rules(true), names, connections, (all, sniHosts, cs) => {
      const same = all.map((r) => ({ ...r, match: { ...r.match, sniHosts } }));
      const entries = renderTlsRules(compileL4(same));
      for (const e of entries) expect(e.match).toHaveLength(1);
      expect(cs.map((c) => istiodTls(entries, c))).toEqual(cs.map((c) => meant(same, c)));
    }),
    { numRuns: RUNS },
  );
});

test('inclusion: never a wrong yes', () => {
  fc.assert(
    fc.property(fc.boolean().chain(match), fc.boolean().chain(match), connections, (a, b, cs) => {
      if (l4Implies(a, b)) expect(cs.filter((c) => l4Accepts(a, c) && !l4Accepts(b, c))).toEqual([]);
    }),
    { numRuns: RUNS },
  );
});

const rule = (match: L4Match, ...to: L4Rule['to']): L4Rule => ({
  name: 'r',
  tier: 'default',
  match,
  to,
  origin: { construct: 'app/Db', source: 'main.ts:3' },
});

test.each([
  ['nothing else', {}, { port: 1, labels: {}, namespace: 'n' }, true],
  ['another namespace', { sourceNamespace: 'm' }, { port: 1, labels: {}, namespace: 'n' }, false],
  ['another label', { sourceLabels: { app: 'a' } }, { port: 1, labels: { app: 'b' }, namespace: 'n' }, false],
  ['another port', { port: 2 }, { port: 1, labels: {}, namespace: 'n' }, false],
  ['a wildcard takes several labels', { sniHosts: ['*.x'] }, { port: 1, sni: 'a.b.x', labels: {}, namespace: 'n' }, true],
  ['a wildcard does not take the bare name', { sniHosts: ['*.x'] }, { port: 1, sni: 'x', labels: {}, namespace: 'n' }, false],
  ['no name is no wildcard', { sniHosts: ['*'] }, { port: 1, labels: {}, namespace: 'n' }, false],
] as const)('accepts: %s', (_, m, c, yes) => expect(l4Accepts(m, c)).toBe(yes));

test('tiers decide first; a rule that an earlier one covers is left out', () => {
  const all = [
    { ...rule({}, { host: 'd' }), name: 'd' },
    { ...rule({ port: 1 }, { host: 'p' }), name: 'p', tier: 'platform' as const },
    { ...rule({ port: 1, sourceNamespace: 'n' }, { host: 'r' }), name: 'r', tier: 'release' as const },
  ];
  expect(compileL4(all).map((r) => r.name)).toEqual(['p', 'd']);
});

test('weights: percent where they can be, else lowest terms, none without traffic, none on a single destination, 1 where none is said', () => {
  const weights = (...to: L4Rule['to']) => (renderTcp(rule({}, ...to)) as any).route.map((d: any) => d.weight);
  expect(weights({ host: 'a', weight: 90 }, { host: 'b', weight: 10 })).toEqual([90, 10]);
  expect(weights({ host: 'a', weight: 199 }, { host: 'b', weight: 1 })).toEqual([995, 5]);
  expect(weights({ host: 'a' }, { host: 'b', weight: 2 })).toEqual([1, 2]);
  expect(weights({ host: 'a', weight: 5 }, { host: 'b', weight: 0 })).toEqual([undefined]);
  expect(weights({ host: 'a', weight: 5 })).toEqual([undefined]);
});

test('SNI hosts are for TLS ports, and needed there', () => {
  expect(() => renderTcp(rule({ sniHosts: ['a.x'] }, { host: 'a' }))).toThrow(
    'rule "r" (app/Db, main.ts:3) asks for SNI hosts on a TCP port',
  );
  expect(() => renderTls(rule({ port: 1 }, { host: 'a' }))).toThrow('names no SNI host');
  expect(() => renderTlsRules([rule({ port: 1 }, { host: 'a' })])).toThrow('names no SNI host');
  expect(renderTls(rule({ sniHosts: ['a.x', '*.y'] }, { host: 'a', subset: 'v1', port: 3 }))).toEqual({
    match: [{ sniHosts: ['a.x', '*.y'] }],
    route: [{ destination: { host: 'a', subset: 'v1', port: { number: 3 } } }],
  });
});
