import { accepts, implies, quote, type StringMatch, type ValueMatch } from './string-match';

/**
 * Conditions on one header. Each of `all` must be met by some line of the header, none of `none` by any line.
 *
 * Lines are matched one by one, so two exact values are no contradiction: a request can send both.
 * A missing header meets none of `all`; for the string conditions of `none` it counts as one empty line
 * (istiod sets Envoy's `treat_missing_header_as_empty` on inverted matchers).
 */
export interface HeaderMatch {
  readonly all: readonly ValueMatch[];
  readonly none: readonly ValueMatch[];
}

/** Whether the lines sent under the header's name meet the conditions. */
export function headerAccepts(h: HeaderMatch, lines: readonly string[]): boolean {
  const asSent = lines.length > 0 ? lines : [''];
  return (
    h.all.every((c) => lines.some((line) => accepts(c, line))) &&
    !h.none.some((c) => ('present' in c ? lines.length > 0 : asSent.some((line) => accepts(c, line))))
  );
}

/** Whether the conditions contradict each other for certain. */
export function headerEmpty(h: HeaderMatch): boolean {
  if (h.none.some((n) => 'present' in n)) {
    return h.all.length > 0 || h.none.some((n) => !('present' in n) && accepts(n, ''));
  }
  return h.all.some((a) => h.none.some((n) => implies(a, n)));
}

const joined = (a: HeaderMatch, b: HeaderMatch): HeaderMatch => ({ all: [...a.all, ...b.all], none: [...a.none, ...b.none] });

/** Whether no lines meet both: {@link headerAnd} of them is `undefined`. */
export const headerDisjoint = (a: HeaderMatch, b: HeaderMatch): boolean => headerEmpty(joined(a, b));

/** The conjunction, without what follows from the rest; `undefined` when nothing can meet it. */
export function headerAnd(a: HeaderMatch, b: HeaderMatch): HeaderMatch | undefined {
  const both = joined(a, b);
  if (headerEmpty(both)) return undefined;
  const absent = both.none.find((n) => 'present' in n);
  if (absent) return { all: [], none: [absent] };
  return { all: weakestOut(both.all, (x, y) => implies(x, y)), none: weakestOut(both.none, (x, y) => implies(y, x)) };
}

/** Drops each condition that another one makes needless (`stronger(x, y)`: x makes y needless). */
function weakestOut(list: readonly ValueMatch[], stronger: (x: ValueMatch, y: ValueMatch) => boolean): ValueMatch[] {
  return list.filter((y, i) => !list.some((x, j) => j !== i && stronger(x, y) && !(stronger(y, x) && i < j)));
}

/** True only if lines that meet `a` (`undefined`: no condition) certainly meet `b`. */
export function headerImplies(a: HeaderMatch | undefined, b: HeaderMatch): boolean {
  if (!a) return b.all.length === 0 && b.none.length === 0;
  const absent = a.none.some((n) => 'present' in n);
  return (
    b.all.every((c) => a.all.some((x) => implies(x, c))) &&
    b.none.every((c) => ('present' in c ? absent : a.none.some((x) => ('present' in x ? !accepts(c, '') : implies(c, x)))))
  );
}

/** Istio holds one `withoutHeaders` condition a name: several become one regex. */
export function oneOf(conditions: readonly ValueMatch[]): ValueMatch {
  // a header that is absent meets the other exclusions too, or the match is empty
  const only = conditions.length === 1 ? conditions[0] : conditions.find((c) => 'present' in c);
  if (only) return only;
  return { regex: (conditions as StringMatch[]).map(pattern).join('|') };
}

const pattern = (m: StringMatch): string =>
  'exact' in m ? quote(m.exact) : 'prefix' in m ? `${quote(m.prefix)}.*` : `(?:${m.regex})`;
