import type { Route } from '../model/route';
import type { ValueMatch } from '../routing/string-match';
import { effectPrint, matchPrint } from './facts';
import { literalStart } from './literal-start';
import { regexSamples } from './regex-samples';

/** A change of which no example was found, and which may be one all the same. */
export interface Unsure {
  readonly route: Route;
  /** The regex that it hangs on. */
  readonly pattern: string;
}

/**
 * Changes of which nothing is known. Requests are made from samples of regexes, so two things may have been missed: a rule
 * that differs and whose regex has no sample, and, where no request of the host differs at all, a rule whose regex differs,
 * or two rules in another order that both may take a request that no sample is.
 * @param shown routes of which an example was found
 * @param none whether no request differs
 */
export function unsure(old: readonly Route[], now: readonly Route[], shown: ReadonlySet<Route>, none: boolean): Unsure[] {
  const print = (r: Route) => `${matchPrint(r)} ${effectPrint(r)}`;
  const [a, b] = [new Map(old.map((r, i) => [print(r), i])), new Set(now.map(print))];
  const changed = [...old.filter((r) => !b.has(print(r))), ...now.filter((r) => !a.has(print(r)))];
  const moved = none ? turned(now, (r) => a.get(print(r))) : [];
  return [...changed.filter((r) => !shown.has(r)), ...moved].flatMap((route) => {
    const pattern = patternsOf(route).find((p) => none || regexSamples(p).length === 0);
    return pattern === undefined ? [] : [{ route, pattern }];
  });
}

/** Routes that come before another now and came after it, where both may take one request and do not do the same. */
function turned(now: readonly Route[], before: (r: Route) => number | undefined): Route[] {
  const places = now.map((route) => ({ route, was: before(route) }));
  const known = places.flatMap((p) => p.was ?? []);
  if (known.every((was, i) => i === 0 || known[i - 1]! <= was)) return [];
  const out = new Set<Route>();
  // only routes with a regex are uncertain: the others were asked
  places.forEach(({ route: r, was }, i) => {
    if (was === undefined || patternsOf(r).length === 0) return;
    places.forEach(({ route: s, was: other }, j) => {
      if (other === undefined || i === j || i < j === was < other) return;
      if (effectPrint(r) !== effectPrint(s) && mayMeet(r, s)) out.add(r);
    });
  });
  return [...out];
}

const patternsOf = ({ match: m }: Route): string[] => [
  ...(m.path.kind === 'regex' ? [m.path.value] : []),
  ...[...m.headers, ...m.query].flatMap((h) => ('regex' in h.match ? [h.match.regex] : [])),
];

/** Whether a request may be both routes'. What a regex begins with, and exact values and prefixes, tell some apart. */
function mayMeet({ match: a }: Route, { match: b }: Route): boolean {
  if (a.ignoreCase || b.ignoreCase || apart(beginning(a.path), beginning(b.path))) return a.ignoreCase || b.ignoreCase;
  const lists = [
    [a.headers.filter((h) => !h.invert), b.headers.filter((h) => !h.invert)],
    [a.query, b.query],
  ] as const;
  return !lists.some(([x, y]) => x.some((h) => y.some((g) => h.name === g.name && apart(textOf(h.match), textOf(g.match)))));
}

interface Beginning {
  readonly text: string;
  /** Nothing comes after it. */
  readonly whole: boolean;
}

const beginning = (p: Route['match']['path']): Beginning =>
  p.kind === 'regex' ? { text: literalStart(p.value), whole: false } : { text: p.value, whole: p.kind === 'exact' };

function textOf(m: ValueMatch): Beginning {
  if ('exact' in m) return { text: m.exact, whole: true };
  if ('prefix' in m) return { text: m.prefix, whole: false };
  return { text: 'regex' in m ? literalStart(m.regex) : '', whole: false };
}

function apart(a: Beginning, b: Beginning): boolean {
  const fits = (x: Beginning, y: Beginning) => (x.whole && y.whole ? x.text === y.text : x.text.startsWith(y.text));
  const [long, short] = a.text.length >= b.text.length ? [a, b] : [b, a];
  return !fits(long, short) || (short.whole && long.text !== short.text);
}
