import type { Answering } from '../recorded-oracle';
import { asked, type Disagreement, disagreements } from './compare';
import type { RandomCase } from './world';

type Path = readonly (string | number)[];

/** Fields that an object cannot do without. Of equally old objects istiod takes some in any order. */
const KEPT = new Set([
  'apiVersion',
  'kind',
  'metadata.name',
  'metadata.namespace',
  'metadata.creationTimestamp',
  'metadata',
  'spec',
]);
/** Of ports, without which there is none. */
const NUMBERS = new Set(['port', 'number']);
/** Without it istiod makes a key of its own. */
const KEYS = 'jwks';
const ROUNDS = 12;

/**
 * The smallest case that still disagrees: parts are dropped, all candidates of a round at once, as many together as still
 * disagree. One request is left, and the oracle is asked in batches, so that a case takes seconds.
 */
export async function shrink(oracle: Answering, first: Disagreement): Promise<Disagreement> {
  let best = alone(first);
  const sort = Object.keys(first.about)[0]!;
  const [checked] = await still(oracle, sort, [best.case]);
  if (!checked) best = first;
  else best = checked;
  for (let round = 0; round < ROUNDS; round++) {
    const paths = droppable(best.case, round);
    const each = await still(
      oracle,
      sort,
      paths.map((p) => without(best.case, [p])),
    );
    const good = paths.filter((_, i) => each[i]);
    if (good.length === 0) {
      if (round === 0) continue; // objects first, then what is in them
      break;
    }
    const sizes = [...new Set([1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, good.length])].filter((n) => n <= good.length);
    const together = await still(
      oracle,
      sort,
      sizes.map((n) => without(best.case, good.slice(0, n))),
    );
    best = together.findLast((d) => d !== undefined) ?? best;
  }
  return best;
}

/** The case with the request alone that is disagreed about. */
function alone(d: Disagreement): Disagreement {
  if (!('request' in d.about)) return d;
  return { ...d, about: { request: 0 }, case: { ...d.case, requests: [d.case.requests[d.about.request]!] } };
}

/** For each case a disagreement about it, of the same sort, or nothing. */
async function still(oracle: Answering, sort: string, cases: readonly RandomCase[]): Promise<(Disagreement | undefined)[]> {
  const named = cases.map((c, i) => ({ ...c, id: `${c.id.split('-')[0]}-${i}` }));
  const answers = await oracle.ask(named.map(asked));
  return named.map((c, i) => {
    const answer = answers[i]!;
    if (answer.error || answer.expected?.some((e) => e.action === 'error')) return undefined;
    return disagreements(c, answer).find((d) => sort in d.about);
  });
}

/** Ways to what may be dropped: whole objects first, then everything in them and in the requests. */
function droppable(c: RandomCase, round: number): Path[] {
  const objects: Path[] = c.objects.map((_, i) => ['objects', i]);
  const settings: Path[] = Object.keys(c.meshConfig).map((k) => ['meshConfig', k]);
  const requests: Path[] = c.requests.length > 1 ? c.requests.map((_, i) => ['requests', i]) : [];
  if (round === 0) return [...objects, ...settings, ...requests];
  const inside: Path[] = [];
  const walk = (value: unknown, path: Path) => {
    if (typeof value !== 'object' || value === null) return;
    for (const [k, v] of Object.entries(value)) {
      const key = Array.isArray(value) ? Number(k) : k;
      const way = [...path, key];
      const isNumber = NUMBERS.has(String(key)) && typeof v === 'number';
      if (!KEPT.has(way.slice(2).join('.')) && !isNumber && key !== KEYS) inside.push(way);
      walk(v, way);
    }
  };
  c.objects.forEach((o, i) => {
    walk(o, ['objects', i]);
  });
  c.requests.forEach((r, i) => {
    for (const k of Object.keys(r)) if (!['host', 'port', 'inbound'].includes(k)) inside.push(['requests', i, k]);
    for (const k of Object.keys(r.headers ?? {})) inside.push(['requests', i, 'headers', k]);
  });
  return [...objects, ...settings, ...requests, ...inside.sort((a, b) => a.length - b.length)];
}

/** A case without some of its parts. */
function without(c: RandomCase, paths: readonly Path[]): RandomCase {
  const gone = new Set(paths.map((p) => p.join('\n')));
  const copy = (value: unknown, path: Path): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const left = Object.entries(value)
      .map(([k, v]) => [Array.isArray(value) ? Number(k) : k, v] as const)
      .filter(([k]) => !gone.has([...path, k].join('\n')))
      .map(([k, v]) => [k, copy(v, [...path, k])] as const);
    return Array.isArray(value) ? left.map(([, v]) => v) : Object.fromEntries(left);
  };
  const { objects, meshConfig, requests } = copy(
    { objects: c.objects, meshConfig: c.meshConfig, requests: c.requests },
    [],
  ) as Pick<RandomCase, 'objects' | 'meshConfig' | 'requests'>;
  return { ...c, objects, meshConfig, requests };
}
