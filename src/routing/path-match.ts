import { accepts, disjoint, implies, quote, type StringMatch, stricter } from './string-match';

/** A condition on the path. `ignoreCase` does nothing for a regex (Envoy). */
export interface PathMatch {
  readonly match: StringMatch;
  readonly ignoreCase?: true;
}

const literal = (m: StringMatch): string => ('exact' in m ? m.exact : 'prefix' in m ? m.prefix : m.regex);
const ignoresCase = (p: PathMatch) => p.ignoreCase === true && !('regex' in p.match);
const isLowerCaseOnly = (s: string) => s.toLowerCase() === s && s.toUpperCase() === s;

/** ASCII only, as Envoy compares (`absl::EqualsIgnoreCase`). */
const lower = (s: string) => s.replace(/[A-Z]/g, (c) => c.toLowerCase());
const lowered = (m: StringMatch): StringMatch =>
  'exact' in m ? { exact: lower(m.exact) } : 'prefix' in m ? { prefix: lower(m.prefix) } : m;

/** Whether the path (without query) meets the condition. */
export function pathAccepts(p: PathMatch, path: string): boolean {
  return ignoresCase(p) ? accepts(lowered(p.match), lower(path)) : accepts(p.match, path);
}

/** True only if every path that meets `a` certainly meets `b`. */
export function pathImplies(a: PathMatch, b: PathMatch): boolean {
  if ('prefix' in b.match && b.match.prefix === '/') return true; // what Istio writes for no condition at all
  if (!ignoresCase(b)) {
    if (!ignoresCase(a)) return implies(a.match, b.match);
    // a case-insensitive condition fits into a sensitive one only where no letter is involved
    const needed = literal(b.match);
    return 'prefix' in b.match && isLowerCaseOnly(needed) && implies(a.match, b.match);
  }
  if ('regex' in a.match) return implies(a.match, b.match);
  return implies(lowered(a.match), lowered(b.match));
}

/** True only if certainly no path meets both. */
export function pathDisjoint(a: PathMatch, b: PathMatch): boolean {
  if (!ignoresCase(a) && !ignoresCase(b)) return disjoint(a.match, b.match);
  if ('regex' in a.match && 'exact' in b.match) return false;
  if ('regex' in b.match && 'exact' in a.match) return false;
  return disjoint(lowered(a.match), lowered(b.match));
}

/** The conjunction of two conditions that are not disjoint; `undefined` when one path condition cannot say it. */
export function pathAnd(a: PathMatch, b: PathMatch): PathMatch | undefined {
  if (pathImplies(a, b)) return a;
  if (pathImplies(b, a)) return b;
  if (ignoresCase(a) === ignoresCase(b)) {
    const one = stricter(lowered(a.match), lowered(b.match));
    return one && ignoresCase(a) ? { match: one, ignoreCase: true } : undefined;
  }
  const [loose, strict] = ignoresCase(a) ? [a.match, b.match] : [b.match, a.match];
  // "ignoring case it begins with /Api/v1" and "it begins with /api": the first part as written, the rest in any case
  if ('regex' in loose || 'regex' in strict || 'exact' in strict) return undefined;
  const whole = literal(loose);
  if (!lower(whole).startsWith(lower(strict.prefix))) return undefined;
  const rest = whole.slice(strict.prefix.length);
  if (isLowerCaseOnly(rest))
    return { match: 'prefix' in loose ? { prefix: strict.prefix + rest } : { exact: strict.prefix + rest } };
  return { match: { regex: `${quote(strict.prefix)}(?i:${quote(rest)})${'prefix' in loose ? '.*' : ''}` } };
}
