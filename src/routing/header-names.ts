import { claimOfHeader } from './claims';
import type { Effect, HeaderChanges, HeaderOperations } from './effects';
import type { Match } from './match';
import type { Action, Destination, Overlay, Rule } from './table';

// Envoy holds header names in lower case, so `X-User` and `x-user` are one header: whatever the case that a table has.

/** A claim's name, which stands among headers, has its case. */
const lower = (name: string) => (claimOfHeader(name) === undefined ? name.toLowerCase() : name);
const isLower = (names: readonly string[]) => names.every((n) => n === lower(n));

/** A match whose header names are in lower case. */
export function lowerMatch(m: Match): Match {
  if (!m.headers || isLower(Object.keys(m.headers))) return m;
  const headers: Record<string, NonNullable<Match['headers']>[string]> = {};
  for (const [name, h] of Object.entries(m.headers)) {
    const other = headers[lower(name)];
    headers[lower(name)] = other ? { all: [...other.all, ...h.all], none: [...other.none, ...h.none] } : h;
  }
  return { ...m, headers };
}

/** Changes whose header names are in lower case; of one header the first change stands. */
export function lowerChanges(c: HeaderChanges): HeaderChanges {
  return {
    ...(c.request ? { request: lowerOperations(c.request) } : {}),
    ...(c.response ? { response: lowerOperations(c.response) } : {}),
  };
}

function lowerOperations(o: HeaderOperations): HeaderOperations {
  const keys = (values: Readonly<Record<string, string>>) => {
    const out: Record<string, string> = {};
    for (const [name, v] of Object.entries(values)) out[lower(name)] ??= v;
    return out;
  };
  return {
    ...(o.set ? { set: keys(o.set) } : {}),
    ...(o.add ? { add: keys(o.add) } : {}),
    ...(o.remove ? { remove: [...new Set(o.remove.map(lower))] } : {}),
  };
}

const lowerEffect = (e: Effect): Effect => (e.kind === 'headers' ? { ...e, changes: lowerChanges(e.changes) } : e);
const lowerShare = (d: Destination): Destination => (d.headers ? { ...d, headers: lowerChanges(d.headers) } : d);
const lowerAction = (a: Action): Action =>
  a.kind === 'split' && a.to.some((d) => d.headers) ? { ...a, to: a.to.map(lowerShare) } : a;

/** A rule whose header names are in lower case. */
export const lowerRule = (r: Rule): Rule => ({
  ...r,
  when: r.when.map(lowerMatch),
  ...(r.asked ? { asked: r.asked.map(lowerMatch) } : {}),
  action: lowerAction(r.action),
  ...(r.effects ? { effects: r.effects.map(lowerEffect) } : {}),
});

/** An overlay whose header names are in lower case. */
export const lowerOverlay = (o: Overlay): Overlay => ({ ...o, when: o.when.map(lowerMatch), effect: lowerEffect(o.effect) });
