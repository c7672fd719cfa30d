import { normalizedPath } from '../trace/path';
import type { TraceRequest } from '../trace/request';
import { AtomIndex } from './atom-index';
import type { Atom, Value } from './atoms';
import { samples, type TextTest } from './samples';
import type { Clause } from './solve';
import { tokenHeader, tokenText } from './tokens';

interface Dimension {
  readonly name: string;
  /** The first is the plain request's. */
  readonly values: readonly Value[];
  /** All values that were tried: some answer all conditions as others do. */
  readonly tried: readonly Value[];
}

/** Values of a dimension to begin with, the plain request's first; and those that a request can have at all. */
const KINDS: Record<string, { readonly first: readonly Value[]; readonly can: (v: string) => boolean }> = {
  path: { first: ['/', '/~'], can: (v) => v.startsWith('/') && !/[?#\s]/.test(v) && normalizedPath(v) === v },
  method: { first: ['GET', 'POST', 'OTHER'], can: (v) => /^[A-Z]+$/i.test(v) },
  header: { first: [undefined, 'other', ''], can: (v) => v.trim() === v && !/[\r\n]/.test(v) },
  query: { first: [undefined, 'other', ''], can: (v) => !/[&#\s]/.test(v) },
};

/** Requests for one host and port as points of a grid: for each dimension that something asks about, a value for each way to answer. */
export class Space {
  private readonly dimensions: readonly Dimension[];
  private readonly masks = new Map<string, bigint>();
  private readonly index: ReadonlyMap<string, number>;

  /**
   * @param atoms all conditions, of both sides
   * @param hosts other names of the host, for the client
   * @param tokens to try; nothing first
   */
  constructor(
    private readonly base: TraceRequest,
    atoms: readonly Atom[],
    hosts: { readonly names: readonly string[]; readonly same: (host: string) => boolean },
    tokens: readonly Value[],
    private readonly tokenRules: readonly any[],
  ) {
    const byDimension = new Map<string, Map<string, Atom>>();
    for (const a of atoms) {
      const known = byDimension.get(a.dimension) ?? new Map<string, Atom>();
      byDimension.set(a.dimension, known);
      if (!known.has(a.id)) known.set(a.id, a);
    }
    if (tokens.length > 1 && !byDimension.has('token')) byDimension.set('token', new Map());
    this.dimensions = [...byDimension].map(([name, of]) => {
      const list = [...of.values()];
      const kind = KINDS[name.replace(/:.*/, '')];
      const tests = list.flatMap((a) => a.tests);
      const tried: readonly Value[] =
        name === 'token' ? tokens : name === 'authority' ? authorities(base.host, hosts, tests) : valuesOf(kind!, tests);
      const asked = new AtomIndex(list);
      const all = tried.map((value) => ({ value, met: asked.met(value) }));
      const kept = name === 'token' ? all : apart(all);
      const values = list.map((): number[] => []);
      kept.forEach(({ met }, i) => {
        for (const n of met) values[n]!.push(i);
      });
      list.forEach((a, n) => void this.masks.set(a.id, maskOf(values[n]!)));
      return { name, values: kept.map((k) => k.value), tried };
    });
    this.index = new Map(this.dimensions.map((d, i) => [d.name, i]));
  }

  /** Of each dimension, in their order. */
  get names(): readonly string[] {
    return this.dimensions.map((d) => d.name);
  }

  get sizes(): number[] {
    return this.dimensions.map((d) => d.values.length);
  }

  /** All conditions together, on the grid. */
  clause(atoms: readonly Atom[]): Clause {
    const masks = new Map<number, bigint>();
    for (const a of atoms) {
      const d = this.index.get(a.dimension)!;
      const mask = this.masks.get(a.id)!;
      masks.set(d, masks.has(d) ? masks.get(d)! & mask : mask);
    }
    return { masks };
  }

  /** Each value of a dimension, as a condition. */
  each(dimension: number): Clause[] {
    return this.dimensions[dimension]!.values.map((_, v) => ({ masks: new Map([[dimension, 1n << BigInt(v)]]) }));
  }

  /** Each token, as a condition; none where nothing asks for one. */
  get tokens(): Clause[] {
    const dimension = this.index.get('token');
    return dimension === undefined ? [] : this.each(dimension);
  }

  /** The request at a point of the grid, and what sets it apart from the plain one, in words. */
  request(point: readonly number[]): { readonly request: TraceRequest; readonly when: readonly string[] } {
    return this.made((values, d) => values[point[d] ?? 0]);
  }

  /** A request with any value in every other dimension: also those that are as good as others here. */
  any(random: () => number): TraceRequest {
    const pick = (list: readonly Value[]) => list[Math.floor(random() * list.length)];
    return this.made((values, d) => (random() < 0.5 ? values[0] : pick(this.dimensions[d]!.tried))).request;
  }

  private made(pick: (values: readonly Value[], dimension: number) => Value) {
    let { path, method, host } = this.base;
    const headers: Record<string, readonly string[]> = { ...this.base.headers };
    const query: string[] = [];
    const when: string[] = [];
    this.dimensions.forEach(({ name, values }, d) => {
      const v = pick(values, d);
      if (v === undefined || v === values[0]) return;
      if (name === 'path') path = v;
      else if (name === 'method') method = v;
      else if (name === 'authority') host = v;
      else if (name === 'token') {
        const [header, text] = tokenHeader(v, this.tokenRules);
        headers[header] = [text];
      } else if (name.startsWith('query:')) query.push(`${name.slice(6)}=${v}`);
      else headers[name.slice(7)] = [v];
      when.push(words(name, v));
    });
    if (query.length > 0) path += `?${query.join('&')}`;
    return { request: { ...this.base, path, method, host, headers }, when };
  }
}

interface Answers {
  readonly value: Value;
  /** The numbers of the conditions that hold. */
  readonly met: readonly number[];
}

/** The bits of these numbers, which rise. */
function maskOf(values: readonly number[]): bigint {
  if (values.length === 0) return 0n;
  const digits = new Uint8Array((values.at(-1)! >> 2) + 1);
  for (const v of values) digits[digits.length - 1 - (v >> 2)]! |= 1 << (v & 3);
  let hex = '';
  for (const d of digits) hex += d.toString(16);
  return BigInt(`0x${hex}`);
}

/** One value for each way to answer all conditions, the first that was given. */
function apart(list: readonly Answers[]): Answers[] {
  const kept = new Map<string, Answers>();
  for (const a of list) {
    const key = a.met.join();
    if (!kept.has(key)) kept.set(key, a);
  }
  return [...kept.values()];
}

const valuesOf = (kind: (typeof KINDS)[string], tests: readonly TextTest[]): Value[] => [
  ...new Set([
    ...kind.first,
    ...samples(
      tests,
      kind.first.filter((v): v is string => v !== undefined),
    ).filter(kind.can),
  ]),
];

function authorities(
  host: string,
  { names, same }: { readonly names: readonly string[]; readonly same: (host: string) => boolean },
  tests: readonly TextTest[],
): string[] {
  const given = [host, ...names];
  const more = samples(tests, []).filter((v) => /^[A-Za-z0-9.\-:]+$/.test(v));
  return [host, ...new Set([...given, ...given.map((h) => h.toUpperCase()), ...more].filter((h) => h !== host && same(h)))];
}

function words(name: string, value: string): string {
  if (name === 'path') return `path ${value}`;
  if (name === 'method') return `method ${value}`;
  if (name === 'authority') return `host ${value}`;
  if (name === 'token') return tokenText(value);
  const [kind, key] = [name.slice(0, name.indexOf(':')), name.slice(name.indexOf(':') + 1)];
  return `${kind} ${key} ${value === '' ? 'empty' : value}`;
}
