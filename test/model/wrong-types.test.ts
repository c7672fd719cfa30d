import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parseAllDocuments, stringify } from 'yaml';
import { answerCase, type BatchCase } from '../../src/trace/batch';

const cases = (name: string): BatchCase[] =>
  gunzipSync(readFileSync(join(__dirname, '..', 'trace', 'recorded', `${name}.jsonl.gz`)))
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const CASES = ['handmade', 'random-1', 'policy-1', 'inbound-1', 'selector-rules'].flatMap((n) => cases(n).slice(0, 60));

/** Every place in a value, as a path. */
function paths(value: unknown, at: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [at];
  const inner = Object.entries(value).flatMap(([k, v]) => paths(v, [...at, Array.isArray(value) ? Number(k) : k]));
  return at.length === 0 ? inner : [at, ...inner];
}

function put(root: any, path: readonly (string | number)[], value: unknown): void {
  const parent = path.slice(0, -1).reduce((v, k) => v?.[k], root);
  if (typeof parent !== 'object' || parent === null) return;
  if (value === undefined) delete parent[path.at(-1)!];
  else parent[path.at(-1)!] = value;
}

const WRONG = [
  null,
  undefined,
  0,
  -1,
  1e99,
  true,
  '',
  'x',
  '*',
  '.',
  '/',
  ':',
  '[',
  [],
  {},
  [null],
  [[]],
  [{}],
  ['x'],
  { a: 1 },
  { exact: 1 },
];

/** What JavaScript says when code did not expect a value. */
const CRASH =
  /cannot read|not a function|not iterable|undefined|is not an object|cannot convert|reading '|stack size|invalid array|object\.entries/i;

test('values of wrong types are refused with words, wherever they stand', () => {
  const crashes = new Map<string, string>();
  let refused = 0;
  fc.assert(
    fc.property(
      fc.nat(CASES.length - 1),
      fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(WRONG.length - 1)), { minLength: 1, maxLength: 3 }),
      (i, changes) => {
        const c = CASES[i]!;
        const documents = parseAllDocuments(c.mesh).map((d) => d.toJS() as Record<string, unknown>);
        const touched: string[] = [];
        for (const [d, p, w] of changes) {
          const document = documents[d % documents.length];
          if (!document) continue;
          const all = paths(document).filter((x) => x[0] !== 'apiVersion' && x[0] !== 'kind');
          if (all.length === 0) continue;
          const path = all[p % all.length]!;
          put(document, path, structuredClone(WRONG[w]));
          touched.push(`${document.kind} ${path.join('.')} = ${JSON.stringify(WRONG[w])}`);
        }
        const a = answerCase({ ...c, mesh: documents.map((d) => stringify(d)).join('---\n') });
        if (a.refused !== undefined || a.error !== undefined) refused++;
        const bad = [a.error, ...(a.refused ?? [])].filter((e) => e !== undefined && CRASH.test(e));
        if (bad.length > 0) crashes.set(bad[0]!, touched.join(' & '));
      },
    ),
    { numRuns: Number(process.env.RUNS ?? 250), seed: 7 },
  );
  expect([...crashes]).toEqual([]);
  expect(refused).toBeGreaterThan(100);
});

test.each<[object, RegExp]>([
  [{ a: 1 }, /no "mesh"/],
  [{ mesh: '' }, /no "client"/],
  [{ mesh: '', client: { kind: 'pod' } }, /no "client"/],
  [{ mesh: '', client: { kind: 'sidecar' } }, /no "requests"/],
  [{ mesh: '{', client: { kind: 'sidecar' }, requests: [] }, /cannot be read/],
])('a case that is none: %j', (c, says) => {
  expect(answerCase(c as BatchCase).error).toMatch(says);
});

test('a request that is none is one error, and the others are answered', () => {
  const requests = [{ host: 'a', port: 80 }, { host: 'a', port: '80' }, {}, { host: 'b', port: 80 }];
  const { error, results } = answerCase({ id: '1', mesh: '', client: { kind: 'sidecar' }, requests } as never);
  expect(error).toBeUndefined();
  expect(results.map((r) => r.error ?? r.action)).toEqual([
    'l4',
    'request 1 has no port: it is a whole number',
    'request 2 has no host',
    'l4',
  ]);
});
