import type { BatchAnswer, BatchCase } from '../../src/trace/batch';

type Json = Readonly<Record<string, unknown>>;

/** A case with what istiod's own code and a real Envoy answered (see docs/real-lane.md). */
export interface Recorded extends BatchCase {
  readonly expected: readonly Json[];
  readonly clusters?: Readonly<Record<string, Json | null>>;
  /** Objects that the webhook would not let in. */
  readonly invalid?: readonly string[];
}

/** Where the trace says something else than what was recorded. */
export type Difference = { readonly is: unknown; readonly be: unknown } & (
  | { readonly request: number }
  | { readonly cluster: string }
);

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

const same = (a: unknown, b: unknown): boolean => {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [ka, kb] = [Object.keys(a), Object.keys(b)];
  return ka.length === kb.length && ka.every((k) => same((a as any)[k], (b as any)[k]));
};

/** Everything in which answers differ from those that were recorded. */
export function differences(
  { expected, clusters = {} }: Pick<Recorded, 'requests' | 'expected' | 'clusters'>,
  answer: BatchAnswer,
): Difference[] {
  const results = expected.map((be, request) => ({ request, is: compared(answer.results[request]), be: compared(be) }));
  const named = Object.entries(clusters).map(([cluster, be]) => ({
    cluster,
    is: sorted(compared(answer.clusters[cluster])),
    be: sorted(compared(be)),
  }));
  return [...results, ...named].filter(({ is, be }) => !same(is, be));
}
