import type { RE2JS } from 're2js';

/** A condition on one string, with Envoy's meaning: `regex` is RE2 and has to match in full. */
export type StringMatch = { readonly exact: string } | { readonly prefix: string } | { readonly regex: string };

/** A condition on a header or a query parameter: one on its value, or that it is there at all. */
export type ValueMatch = StringMatch | { readonly present: true };

const compiled = new Map<string, RE2JS>();

/** A compiled pattern: what is used of the engine, so that its own types stay out of ours. */
export interface Re2 {
  /** Whether the whole text matches. */
  matches(text: string): boolean;
  matcher(text: string): {
    replaceAll(replacement: string): string;
    find(): boolean;
    start(): number;
    end(): number;
    group(n: number): string | null;
  };
}

/** Compiles as RE2 (Envoy's engine), not as JavaScript's. Throws an error that quotes the pattern. */
export function re2(pattern: string): Re2 {
  let re = compiled.get(pattern);
  if (!re) {
    try {
      // loaded with the first regex: most meshes have none
      re = (require('re2js') as typeof import('re2js')).RE2JS.compile(pattern);
    } catch (e) {
      throw new Error(`regex "${pattern}" is not valid RE2: ${(e as Error).message}`);
    }
    if (compiled.size > 10_000) compiled.clear();
    compiled.set(pattern, re);
  }
  return re;
}

/** Quotes a literal for use inside an RE2 pattern. */
export const quote = (literal: string): string => literal.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');

/** Whether the string meets the condition (`present` is met by any string). */
export function accepts(m: ValueMatch, s: string): boolean {
  if ('exact' in m) return s === m.exact;
  if ('prefix' in m) return s.startsWith(m.prefix);
  if ('regex' in m) return re2(m.regex).matches(s);
  return true;
}

/** Whether both conditions are written the same. */
export function same(a: ValueMatch, b: ValueMatch): boolean {
  if ('exact' in a) return 'exact' in b && a.exact === b.exact;
  if ('prefix' in a) return 'prefix' in b && a.prefix === b.prefix;
  if ('regex' in a) return 'regex' in b && a.regex === b.regex;
  return 'present' in b;
}

const everything = (m: ValueMatch) => 'present' in m || ('prefix' in m && m.prefix === '') || ('regex' in m && m.regex === '.*');

/** True only if every string that meets `a` certainly meets `b`. */
export function implies(a: ValueMatch, b: ValueMatch): boolean {
  if (same(a, b) || everything(b)) return true;
  if ('exact' in a) return accepts(b, a.exact);
  if ('prefix' in a) return 'prefix' in b && a.prefix.startsWith(b.prefix);
  return false;
}

/** True only if certainly no string meets both. */
export function disjoint(a: ValueMatch, b: ValueMatch): boolean {
  if ('exact' in a) return !accepts(b, a.exact);
  if ('exact' in b) return !accepts(a, b.exact);
  if ('prefix' in a && 'prefix' in b) return !a.prefix.startsWith(b.prefix) && !b.prefix.startsWith(a.prefix);
  return false;
}

/** The one of two overlapping conditions that is included in the other; `undefined` when neither certainly is. */
export function stricter<T extends ValueMatch>(a: T, b: T): T | undefined {
  return implies(a, b) ? a : implies(b, a) ? b : undefined;
}

/** The conjunction of two conditions that are not disjoint; `undefined` when it cannot be written as one. */
export const intersect = (a: StringMatch, b: StringMatch): StringMatch | undefined => stricter(a, b);
