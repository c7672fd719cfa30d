import type { Cell } from './cells';
import { RoutingError } from './routing-error';
import type { Origin, Overlay, Rule } from './table';

/** Envoy routes that one host may need before it is refused, with the culprits named. */
export const LIMIT = 2_000;

/** Cells that one host may be cut into: more than the routes that they make, since what others cover is dropped. */
export const CELLS = 4 * LIMIT;

/** How many of the culprits are named. */
const NAMED = 5;

/** Envoy routes of one host from which on it is worth a look where overlays multiply: each further one may double them. */
const NOTABLE = 300;

/** What to say of a host with that many routes; nothing where they are many because its rules are, such as environments. */
export function notablyMany(host: string, routes: number, cells: () => readonly Cell[]): string | undefined {
  if (routes < NOTABLE) return undefined;
  const all = cells();
  const multiplied = all.filter((c) => conditional(c).length > 1).length;
  return multiplied > all.length / 2
    ? `makes ${routes} routes in Envoy of host "${host}" (${LIMIT} are the most); ${culprits(all)}`
    : undefined;
}

/** The refusal of a host whose overlays and rules multiply: names those that most of the cells come from, and their places. */
export function tooMany(host: string, needs: string, cells: readonly Cell[]): RoutingError {
  return new RoutingError(`host "${host}" needs ${needs}; ${culprits(cells)}`);
}

const conditional = (c: Cell) => c.overlays.filter((o) => o.when.some((m) => Object.keys(m).length > 0));

/** Where the routes come from, and how to have fewer. */
function culprits(cells: readonly Cell[]): string {
  const overlays = ranked(cells.flatMap(conditional));
  const rules = ranked(cells.flatMap((c) => c.rules));
  const many = cells.some((c) => conditional(c).length > 1);
  const above = many && overlays.some((o) => o.over === 'everything') && rules.length > 1;
  const ways = [
    ...(many
      ? [
          'give them conditions of which a request meets one only (different values of one header, cookie or query parameter, or different paths)',
        ]
      : []),
    ...(above ? ["say over: 'base' where environments and audiences need not be affected"] : []),
    'join those with one effect into one, with their conditions joined by a.or(b)',
  ];
  const from = many
    ? `one request can meet any of these overlays together, so each of them doubles the routes: ${named(overlays)}`
    : `most of them are for ${named([...(rules.length > 1 ? rules : []), ...overlays])}`;
  return `${from}: ${ways.join('; ')}`;
}

/** Each once, those first that come most often. */
function ranked<T extends Rule | Overlay>(list: readonly T[]): T[] {
  // most come again as the very same
  const same = new Map<T, number>();
  for (const entry of list) same.set(entry, (same.get(entry) ?? 0) + 1);
  const count = new Map<string, { entry: T; times: number }>();
  for (const [entry, times] of same) {
    const key = JSON.stringify([entry.name, entry.origin]);
    const known = count.get(key);
    if (known) known.times += times;
    else count.set(key, { entry, times });
  }
  return [...count.values()].sort((a, b) => b.times - a.times).map((c) => c.entry);
}

function named(list: readonly (Rule | Overlay)[]): string {
  const all = list.slice(0, NAMED).map((x) => `"${x.name}" (${place(x.origin)})`);
  return `${all.join(', ')}${list.length > NAMED ? ` and ${list.length - NAMED} more` : ''}`;
}

const place = (o: Origin) => `${o.construct}${o.source ? `, ${o.source}` : ''}`;
