import { factsText, sortOf } from './facts/fact-sorts';
import type { Knot } from './phase';

const ASIDE = 'make two changes of it, and give what is new a name of its own in the first, beside what is old';

/**
 * Why there is no order, and the way out.
 * @param waiting {@link waitingIn} the same change
 * @param given keys of what the files have
 * @param titles names of objects for people, by key
 */
export function knotText(
  knot: Knot,
  waiting: ReadonlyMap<string, Knot>,
  given: ReadonlySet<string>,
  titles: ReadonlyMap<string, string>,
): string {
  const { facts, waits, by } = knot;
  const what = factsText(facts);
  const namesOf = (keys: readonly string[]) => keys.map((key) => titles.get(key) ?? key);
  if (waits && facts.every((f) => f.startsWith('turned ')))
    return `there is no order without a gap: it delegates to ${what}, which delegates back in the end or waits for it otherwise: change the delegate first, and the rest after that`;
  if (facts.some((f) => sortOf(f).isAccess)) {
    const last = by.length > 0 ? ` together with ${namesOf(by).join(', ')}` : '';
    return `there is no order in which nobody is shut out, and nobody let in who may not be: it changes${last}, and so do the answers of ${what}: make two changes of it, the routes and the rest first, and then the policies; or give a changed policy another name, put it beside the old one, then the rest, and take the old one away last`;
  }
  if (waits) {
    const circle = circleFrom(knot, waiting);
    const names = namesOf([...circle, ...circle.slice(0, 1)].map((k) => k.key));
    if (circle.length > 0 && circle.every((k) => k.facts.some((f) => f.startsWith('delegate '))))
      return `there is no order without a gap: it needs ${what}, and these delegate in a circle: ${names.join(' → ')}: a delegate cannot delegate itself: let its rules lead to services`;
    const who = circle.length > 0 ? `${names.join(' → ')} wait for each other` : 'which waits for it in turn';
    return `there is no order without a gap: it needs ${what}, ${who}: let one of them do without the other, or ${ASIDE}`;
  }
  const others = namesOf(by.filter((key) => !given.has(key)));
  if (others.length > 0)
    return `${others.join(', ')}, in none of these files, ${others.length === 1 ? 'needs' : 'need'} ${what}, which would be gone: have ${others.length === 1 ? 'it' : 'them'} changed first, or keep what ${others.length === 1 ? 'it needs' : 'they need'}`;
  const names = namesOf(by);
  // who is held up as well cannot go first
  const isHeld = by.some((key) => waiting.has(key));
  const out = isHeld ? ASIDE : `change ${names.length === 1 ? 'that one' : 'those'} first, and the rest after that`;
  return `there is no order without a gap: ${names.join(', ') || 'others'} ${names.length === 1 ? 'needs' : 'need'} ${what} at every moment, and it would be gone for one: ${out}`;
}

/**
 * Of knots that only follow from others, these others: nobody needs what would be gone but who is held up itself by something else. Knots that
 * are a cause, and such as wait for each other, are not in it.
 */
export function causesIn(knots: readonly Knot[]): ReadonlyMap<Knot, readonly Knot[]> {
  const byKey = new Map(knots.map((k) => [k.key, k]));
  const nextOf = (k: Knot) => k.by.flatMap((key) => byKey.get(key) ?? []);
  const from = (k: Knot): ReadonlySet<Knot> => {
    const seen = new Set<Knot>();
    const next = [...nextOf(k)];
    for (let n = next.pop(); n; n = next.pop())
      if (!seen.has(n)) {
        seen.add(n);
        next.push(...nextOf(n));
      }
    return seen;
  };
  const isCause = (k: Knot): boolean =>
    k.facts.length > 0 && (k.facts.some((f) => sortOf(f).isAccess) || k.by.length === 0 || k.by.some((key) => !byKey.has(key)));
  const causes = new Set(knots.filter((k) => isCause(k) || from(k).has(k)));
  const out = new Map<Knot, readonly Knot[]>();
  if (causes.size === 0) return out;
  for (const k of knots) {
    if (causes.has(k)) continue;
    const own = [...from(k)].filter((n) => causes.has(n));
    out.set(k, own.length > 0 ? own : [...causes]);
  }
  return out;
}

/** Those of some knots that wait for something, by their keys. */
export const waitingIn = (knots: readonly Knot[]): ReadonlyMap<string, Knot> =>
  new Map(knots.filter((k) => k.waits).map((k) => [k.key, k]));

/** Those that wait for each other in a circle, to which one leads that waits; none where it waits for something else. */
function circleFrom(knot: Knot, waiting: ReadonlyMap<string, Knot>): readonly Knot[] {
  const seen = new Set<Knot>();
  const path: Knot[] = [];
  const walk = (k: Knot): readonly Knot[] => {
    if (path.includes(k)) return path.slice(path.indexOf(k));
    if (seen.has(k)) return [];
    seen.add(k);
    path.push(k);
    for (const next of k.by.flatMap((key) => waiting.get(key) ?? [])) {
      const circle = walk(next);
      if (circle.length > 0) return circle;
    }
    path.pop();
    return [];
  };
  return walk(knot);
}
