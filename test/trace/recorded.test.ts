import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { answerCase, type BatchCase } from '../../src/trace/batch';
import { isSigned } from '../../src/trace/signature';

// What istiod's own code and a real Envoy answered (see docs/real-lane.md); the trace says the same of every request.
type Json = Readonly<Record<string, unknown>>;
interface Recorded extends BatchCase {
  readonly expected: readonly Json[];
  readonly clusters?: Readonly<Record<string, Json | null>>;
}

const read = (name: string): Recorded[] =>
  gunzipSync(readFileSync(join(__dirname, 'recorded', `${name}.jsonl.gz`)))
    .toString()
    .split('\n')
    .filter((l) => l !== '')
    .map((l) => JSON.parse(l));

/** How a proxy names things inside, and Envoy's words for what came about. */
const INSIDE = new Set(['listener', 'routeConfig', 'vhost', 'routeIndex', 'details']);
const compared = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(compared);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([k, v]) => (INSIDE.has(k) || v === undefined ? [] : [[k, compared(v)]])),
  );
};
/** Endpoints have no order. */
const sorted = (cluster: any) =>
  cluster?.endpoints
    ? { ...cluster, endpoints: [...cluster.endpoints].sort((a: any, b: any) => (a.to < b.to ? -1 : 1)) }
    : cluster;

test.each([
  ['handmade', 684],
  ['selector-rules', 16],
  ['random-1', 2640],
  ['policy-1', 1760],
  ['inbound-1', 1734],
])('%s: all %i recorded answers come out the same', (name, count) => {
  let answers = 0;
  const differences: unknown[] = [];
  for (const c of read(name)) {
    const { results, clusters } = answerCase(c, { isSigned });
    c.expected.forEach((expected, i) => {
      answers++;
      const [is, be] = [compared(results[i]), compared(expected)];
      if (!same(is, be)) differences.push({ id: c.id, request: c.requests[i], is, be });
    });
    for (const [cluster, expected] of Object.entries(c.clusters ?? {}))
      if (!same(sorted(compared(clusters[cluster])), sorted(compared(expected))))
        differences.push({ id: c.id, cluster, is: clusters[cluster], be: expected });
  }
  expect(differences.slice(0, 5)).toEqual([]);
  expect(answers).toBe(count);
});

const same = (a: unknown, b: unknown): boolean => {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [ka, kb] = [Object.keys(a), Object.keys(b)];
  return ka.length === kb.length && ka.every((k) => same((a as any)[k], (b as any)[k]));
};
