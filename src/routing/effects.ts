import type { StringMatch } from './string-match';

/** Header operations, as Istio's `headers.request` and `headers.response`. Names are lower-case. */
export interface HeaderChanges {
  readonly request?: HeaderOperations;
  readonly response?: HeaderOperations;
}

/** `set` overwrites, `add` appends a line, `remove` drops every line. */
export interface HeaderOperations {
  readonly set?: Readonly<Record<string, string>>;
  readonly add?: Readonly<Record<string, string>>;
  readonly remove?: readonly string[];
}

/** When and how often a failed call is tried again. Times in milliseconds. */
export interface Retries {
  /** 0 switches retries off. */
  readonly attempts: number;
  readonly perTryTimeout?: number;
  readonly on?: string;
  readonly backoff?: number;
}

/** Where a copy of each request goes; its answers are thrown away. */
export interface Mirror {
  readonly host: string;
  readonly port?: number;
  readonly subset?: string;
  /** Above 0, up to 100. */
  readonly percent: number;
}

/** Cross-origin rules for browsers, as Istio's CorsPolicy. */
export interface Cors {
  readonly allowOrigins: readonly StringMatch[];
  readonly allowMethods?: readonly string[];
  readonly allowHeaders?: readonly string[];
  readonly exposeHeaders?: readonly string[];
  /** Seconds. */
  readonly maxAge?: number;
  readonly allowCredentials?: boolean;
}

/** A change of the path or authority that the destination sees. */
export type PathRewrite =
  | { readonly replacePrefix: string; readonly with: string }
  | { readonly replaceFull: string }
  | { readonly regex: string; readonly with: string };

/** What an overlay does to the requests that it accepts. */
export type Effect =
  | { readonly kind: 'delay'; readonly percent: number; readonly ms: number }
  | { readonly kind: 'abort'; readonly percent: number; readonly status: { readonly http: number } | { readonly grpc: string } }
  | { readonly kind: 'mirror'; readonly mirror: Mirror }
  | { readonly kind: 'timeout'; readonly ms: number }
  | { readonly kind: 'retries'; readonly retries: Retries }
  | { readonly kind: 'cors'; readonly cors: Cors }
  | { readonly kind: 'headers'; readonly changes: HeaderChanges }
  | { readonly kind: 'rewrite'; readonly path?: PathRewrite; readonly authority?: string };

export type EffectKind = Effect['kind'];
export type EffectOf<K extends EffectKind> = Extract<Effect, { kind: K }>;

/** Whether several effects of the kind hold at once; of the others the first wins. */
export const addsUp = (e: Effect): boolean => e.kind === 'mirror' || e.kind === 'headers';

/** Whether the effect is about a call as a whole, whoever answers it. */
export const ofCalls = (e: Effect): boolean => e.kind === 'timeout' || e.kind === 'retries';

/**
 * What of the effects of one share holds for the route as a whole, of which it gets `part`. Istio has faults and mirrors
 * for a route only: so as many requests meet them as go to the share. Header changes go with the share's destinations
 * ({@link headersOf}).
 */
export const forShare = (layer: readonly Effect[], part: number): Effect[] => {
  const scaled = (percent: number) => Math.max(Math.round(percent * part * 10_000) / 10_000, SMALLEST);
  return layer.flatMap((e): Effect[] => {
    if (ofCalls(e)) return [e];
    if (e.kind === 'delay' || e.kind === 'abort') return [{ ...e, percent: scaled(e.percent) }];
    return e.kind === 'mirror' ? [{ ...e, mirror: { ...e.mirror, percent: scaled(e.mirror.percent) } }] : [];
  });
};

/** Istio's smallest percentage. */
const SMALLEST = 0.0001;

/** The header changes among the effects of layers. */
export const headersOf = (layers: readonly (readonly Effect[])[]): HeaderChanges | undefined => collect(layers).headers;

/** All that happens to a request besides being sent somewhere. */
export interface Effects {
  readonly delay?: EffectOf<'delay'> | undefined;
  readonly abort?: EffectOf<'abort'> | undefined;
  readonly mirrors?: readonly Mirror[];
  readonly timeout?: number | undefined;
  readonly retries?: Retries | undefined;
  readonly cors?: Cors | undefined;
  readonly headers?: HeaderChanges;
  /** In the order in which they apply: the gateway's first. */
  readonly rewrites?: readonly EffectOf<'rewrite'>[];
}

/**
 * The effects of a request's tables, the outermost (the gateway's) first: for each kind the first wins, except that
 * the smallest timeout of the layers holds, mirrors add up, header changes merge header by header, and the rewrites
 * of the layers follow each other.
 */
export function collect(layers: readonly (readonly Effect[])[]): Effects {
  const out: { -readonly [K in keyof Effects]: Effects[K] } = {};
  const rewrites: EffectOf<'rewrite'>[] = [];
  for (const layer of layers) {
    const first = <K extends EffectKind>(kind: K) => layer.find((e): e is EffectOf<K> => e.kind === kind);
    out.delay ??= first('delay');
    out.abort ??= first('abort');
    out.retries ??= first('retries')?.retries;
    out.cors ??= first('cors')?.cors;
    const timeout = first('timeout')?.ms;
    if (timeout !== undefined) out.timeout = Math.min(out.timeout ?? timeout, timeout);
    const rewrite = first('rewrite');
    if (rewrite) rewrites.push(rewrite);
    for (const e of layer) {
      if (e.kind === 'headers') out.headers = mergeChanges(out.headers, e.changes);
      if (e.kind === 'mirror' && !out.mirrors?.some((m) => JSON.stringify(m) === JSON.stringify(e.mirror))) {
        out.mirrors = [...(out.mirrors ?? []), e.mirror];
      }
    }
  }
  if (rewrites.length > 0) out.rewrites = rewrites;
  return Object.fromEntries(Object.entries(out).filter(([, v]) => v !== undefined));
}

/** For each header the first change stands. */
export function mergeChanges(first: HeaderChanges | undefined, second: HeaderChanges): HeaderChanges {
  if (!first) return second;
  const out: { -readonly [K in keyof HeaderChanges]: HeaderChanges[K] } = {};
  for (const side of ['request', 'response'] as const) {
    const merged = mergeOperations(first[side], second[side]);
    if (merged) out[side] = merged;
  }
  return out;
}

function mergeOperations(a: HeaderOperations | undefined, b: HeaderOperations | undefined): HeaderOperations | undefined {
  if (!a || !b) return a ?? b;
  const taken = new Set([...Object.keys(a.set ?? {}), ...Object.keys(a.add ?? {}), ...(a.remove ?? [])]);
  const free = (o: Readonly<Record<string, string>> | undefined) =>
    Object.fromEntries(Object.entries(o ?? {}).filter(([k]) => !taken.has(k)));
  const set = { ...a.set, ...free(b.set) };
  const add = { ...a.add, ...free(b.add) };
  const remove = [...(a.remove ?? []), ...(b.remove ?? []).filter((k) => !taken.has(k))];
  return {
    ...(Object.keys(set).length > 0 ? { set } : {}),
    ...(Object.keys(add).length > 0 ? { add } : {}),
    ...(remove.length > 0 ? { remove } : {}),
  };
}
