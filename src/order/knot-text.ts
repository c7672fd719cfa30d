import { factsText, sortOf } from './facts/fact-sorts';
import type { Knot } from './phase';

/**
 * Why there is no order, and the way out.
 * @param given keys of what the files have
 * @param titles names of objects for people, by key
 */
export function knotText({ facts, waits, by }: Knot, given: ReadonlySet<string>, titles: ReadonlyMap<string, string>): string {
  const what = factsText(facts);
  const access = facts.some((f) => sortOf(f).isAccess);
  if (waits && facts.every((f) => f.startsWith('turned ')))
    return `there is no order without a gap: it delegates to ${what}, which delegates back in the end or waits for it otherwise: change the delegate first, and apply the rest after that`;
  if (access) {
    const others = by.map((key) => titles.get(key) ?? key);
    const last = others.length > 0 ? ` together with ${others.join(', ')}` : '';
    return `there is no order in which nobody is shut out, and nobody let in who may not be: it changes${last}, and so do the answers of ${what}: make two applies of it, the routes and the rest first, and then the policies; or give a changed policy another name, apply it beside the old one, then the rest, and take the old one away last`;
  }
  if (waits)
    return `there is no order without a gap: it needs ${what}, which waits for it in turn: let one of them do without the other, or make two applies of it`;
  const others = by.filter((key) => !given.has(key)).map((key) => titles.get(key) ?? key);
  if (others.length > 0)
    return `${others.join(', ')}, in none of these files, ${others.length === 1 ? 'needs' : 'need'} ${what}, which would be gone: have ${others.length === 1 ? 'it' : 'them'} changed first, or keep what ${others.length === 1 ? 'it needs' : 'they need'}`;
  const names = by.map((key) => titles.get(key) ?? key);
  return `there is no order without a gap: ${names.join(', ') || 'others'} ${names.length === 1 ? 'needs' : 'need'} ${what} at every moment, and it would be gone for one: change ${names.length === 1 ? 'that one' : 'those'} first, and apply the rest after that`;
}
