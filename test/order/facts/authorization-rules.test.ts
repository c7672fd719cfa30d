import fc from 'fast-check';
import { covers, effectOf, type Rule } from '../../../src/order/facts/authorization-rules';
import { ruleMet, type Subject } from '../../../src/trace/authorize';
import { ap, deny, from } from '../objects';

const some = (...values: string[]) => fc.subarray(values, { minLength: 1, maxLength: Math.min(values.length, 2) });
const optional = (fields: Readonly<Record<string, fc.Arbitrary<unknown>>>) => fc.record(fields, { requiredKeys: [] });
const PRINCIPALS = ['cluster.local/ns/a/sa/x', 'cluster.local/ns/b/sa/y', 'cluster.local/ns/a/*', '*'];
const rules = optional({
  from: fc.array(
    fc.record({ source: optional({ principals: some(...PRINCIPALS), namespaces: some('a', 'b'), notNamespaces: some('a') }) }),
    { minLength: 1, maxLength: 2 },
  ),
  to: fc.array(
    fc.record({
      operation: optional({ methods: some('GET', 'PUT'), paths: some('/a', '/b', '/a*', '*'), ports: some('80', '81') }),
    }),
    { minLength: 1, maxLength: 2 },
  ),
  when: fc.subarray(
    [
      { key: 'request.headers[x]', values: ['1'] },
      { key: 'source.namespace', values: ['a'] },
    ],
    { minLength: 1 },
  ),
}) as fc.Arbitrary<Rule>;

const subjects: fc.Arbitrary<Subject> = fc
  .record({
    principal: fc.constantFrom(undefined, 'cluster.local/ns/a/sa/x', 'cluster.local/ns/b/sa/y'),
    port: fc.constantFrom(80, 81),
    method: fc.constantFrom('GET', 'PUT'),
    path: fc.constantFrom('/a', '/b', '/ab'),
    x: fc.constantFrom('1', '2'),
  })
  .map(({ principal, port, method, path, x }) => ({
    principal,
    port,
    sourceIp: '10.0.0.1',
    remoteIp: '10.0.0.1',
    destinationIp: '10.0.0.2',
    sni: undefined,
    http: { method, path, host: 'web', headers: new Map([['x', [x]]]) },
    claims: undefined,
    trustDomains: ['cluster.local'],
  }));

const meets = (rule: Rule, s: Subject) => ruleMet(rule, 'a', s, 'ALLOW');
// rules that have parts of one another come up too rarely by themselves
const pairs = fc.oneof(
  fc.tuple(rules, rules),
  fc
    .tuple(rules, fc.subarray(['from', 'to', 'when']))
    .map(([r, fields]) => [Object.fromEntries(Object.entries(r).filter(([f]) => fields.includes(f))), r] as [Rule, Rule]),
);

test('what meets a rule meets each that covers it', () => {
  let covered = 0;
  fc.assert(
    fc.property(pairs, subjects, ([wide, narrow], s) => {
      fc.pre(covers(wide, narrow) && meets(narrow, s));
      covered++;
      expect(meets(wide, s)).toBe(true);
    }),
    { numRuns: 300 },
  );
  expect(covered).toBeGreaterThan(0);
});

test('policies that only log, or are about no pods, let nobody in and keep nobody out', () => {
  expect([ap('p', 'web'), ap('p', 'web', deny({})), ap('p', 'web', { ...from('*'), action: 'CUSTOM' })].map(effectOf)).toEqual([
    'allow',
    'deny',
    'deny',
  ]);
  const dry = { ...ap('p', 'web'), annotations: { 'istio.io/dry-run': 'true' } };
  const targeted = ap('p', undefined, { ...from('*'), targetRefs: [{ kind: 'Service', name: 'web' }] });
  expect([dry, targeted, ap('p', 'web', { ...from('*'), action: 'AUDIT' }), undefined].map(effectOf)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
