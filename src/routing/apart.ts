import type { HeaderMatch } from './header-match';
import type { Match } from './match';
import { disjoint, type StringMatch, type ValueMatch } from './string-match';

/**
 * Whether no request that has one value for each header, cookie and baggage key meets both: they ask for different values
 * of one. A request can send both, as two lines or as one cookie twice, so they are not disjoint, but hardly any does.
 * A match that itself asks for two values of a header means requests that send both: it is not apart by that header.
 */
export function apart(x: Match, y: Match): boolean {
  for (const name in x.headers) {
    const mine = x.headers[name]!;
    const other = y.headers?.[name];
    if (other && !several(mine) && !several(other) && differing(mine.all, other.all)) return true;
  }
  return false;
}

const several = (h: HeaderMatch): boolean => h.all.length > 1 && differing(h.all, h.all);

const differing = (a: readonly ValueMatch[], b: readonly ValueMatch[]): boolean => a.some((x) => b.some((y) => differ(x, y)));

function differ(a: ValueMatch, b: ValueMatch): boolean {
  const one = keyed(a);
  const two = keyed(b);
  if (one && two) return one.key === two.key && one.value !== two.value;
  return disjoint(text(a), text(b));
}

const text = (v: ValueMatch): StringMatch => ('present' in v ? { prefix: '' } : v);

// how values/condition.ts writes a cookie and a key of baggage or tracestate, and with what value
const COOKIE = /^(\(\?:\.\*;\\s\*\)\?.+?=)((?:[^\\()[\]*+?|]|\\.)*)\(\?:;\.\*\)\?$/;
const LIST = /^(\(\?:\.\*,\)\?\\s\*.+?\\s\*=\\s\*)((?:[^\\()[\]*+?|]|\\[^s])*)\\s\*\(\?:(?:\[,;\]|,)\.\*\)\?$/;

/** The key and the one value of a condition on a cookie or a list header. */
function keyed(v: ValueMatch): { key: string; value: string } | undefined {
  const parts = 'regex' in v ? (COOKIE.exec(v.regex) ?? LIST.exec(v.regex)) : null;
  return parts ? { key: parts[1]!, value: parts[2]! } : undefined;
}
