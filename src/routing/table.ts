import type { Effect, HeaderChanges } from './effects';
import { lowerOverlay, lowerRule } from './header-names';
import { implies, type Match } from './match';

/** Tiers of rules, the one that decides first at the top. */
export const RULE_TIERS = ['platform', 'development', 'audience', 'experiment', 'release', 'default'] as const;
/** Tiers of overlays, the one that decides first at the top. */
export const OVERLAY_TIERS = ['platform', 'experiment', 'development', 'service', 'default'] as const;

export type RuleTier = (typeof RULE_TIERS)[number];
export type OverlayTier = (typeof OVERLAY_TIERS)[number];

/** The rules that an overlay `over: 'base'` is about. */
export const BASE_TIERS: readonly RuleTier[] = ['release', 'default'];

/** Where a rule or overlay comes from, for findings and `mesh precedence`. */
export interface Origin {
  /** Construct path, such as `bookinfo/ReviewsCanary`. */
  readonly construct: string;
  /** The user's own line, such as `main.ts:14`, where it is known. */
  readonly source?: string | undefined;
}

/** One share of the traffic. */
export interface Destination {
  readonly host: string;
  readonly subset?: string;
  /** Without one: the port that the request came for. */
  readonly port?: number;
  /** A whole number, relative to its siblings' sum. @default 1 */
  readonly weight?: number;
  /** Header changes for this share alone. */
  readonly headers?: HeaderChanges;
  /** A controller sets its weight while it releases: it stays in its route, whatever the weight is. */
  readonly moved?: true;
  /** The host's own table: what it says about a request decides within this share. */
  readonly table?: HttpTable;
}

/** Who gets a request. */
export type Action =
  | { readonly kind: 'split'; readonly to: readonly Destination[] }
  | {
      readonly kind: 'redirect';
      readonly uri?: string;
      readonly prefix?: string;
      readonly authority?: string;
      readonly scheme?: 'http' | 'https';
      readonly port?: number;
      readonly code?: 301 | 302 | 303 | 307 | 308;
    }
  | { readonly kind: 'respond'; readonly status: number; readonly body?: string }
  | { readonly kind: 'delegate'; readonly name: string; readonly namespace: string };

interface Entry<M = Match> {
  /** The intent, as it shows in Envoy's logs: `dev1`, `alice-sees-500`, `canary`. */
  readonly name: string;
  /** Within a tier and where no match includes the other: the smaller goes first, then the name. */
  readonly order: number;
  /** The union of these; `[{}]` is every request. */
  readonly when: readonly M[];
  /** What was asked for, where `when` is only a part of it: precedence goes by this. @default - `when` */
  readonly asked?: readonly M[];
  readonly origin: Origin;
}

/** Who goes where. */
export interface Rule extends Entry {
  readonly tier: RuleTier;
  readonly action: Action;
  /** What happens to the requests that this rule decides; goes before overlays of the same kind. */
  readonly effects?: readonly Effect[];
  /**
   * Its shares are whole services, whose own tables say what happens within them: of this table's overlays only timeouts
   * and retries hold, which are about the calls, whoever answers. See {@link sharing}.
   */
  readonly shares?: true;
}

/** What happens on the way. */
export interface Overlay extends Entry {
  readonly tier: OverlayTier;
  /** `base`: only requests that a release or the default decides. */
  readonly over: 'everything' | 'base';
  readonly effect: Effect;
}

/** All that is said about one host, by whomever. */
export interface HttpTable {
  readonly host: string;
  /** The host's HTTP ports. */
  readonly ports: readonly number[];
  readonly rules: readonly Rule[];
  readonly overlays: readonly Overlay[];
}

/**
 * Rules or overlays in the order in which they decide: by tier, the narrower match first, then (order, name).
 * `included` tells whether one match certainly includes another, of whatever kind they are.
 */
export function ladder<M, T extends Entry<M> & { readonly tier: string }>(
  entries: readonly T[],
  tiers: readonly string[],
  included: (a: M, b: M) => boolean,
): T[] {
  if (entries.length < 2) return entries.filter((e) => tiers.includes(e.tier));
  const byTier = new Map<string, T[]>(tiers.map((tier) => [tier, []]));
  for (const e of entries) byTier.get(e.tier)?.push(e);
  return [...byTier.values()].flatMap((list) => narrowerFirst(list, included));
}

function narrowerFirst<M, T extends Entry<M>>(entries: readonly T[], included: (a: M, b: M) => boolean): T[] {
  if (entries.length < 2) return [...entries];
  const left = [...entries].sort((a, b) => a.order - b.order || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const asked = (e: T) => e.asked ?? e.when;
  const within = (a: T, b: T) => asked(a).every((x) => asked(b).some((y) => included(x, y)));
  const narrower = (a: T, b: T) => within(a, b) && !within(b, a);
  const waitsFor = new Map(left.map((e) => [e, left.filter((other) => other !== e && narrower(other, e))]));
  const out: T[] = [];
  const done = new Set<T>();
  while (left.length > 0) {
    const next = left.findIndex((e) => waitsFor.get(e)!.every((w) => done.has(w)));
    const [entry] = left.splice(Math.max(next, 0), 1);
    done.add(entry!);
    out.push(entry!);
  }
  return out;
}

/** The rules as they decide. */
export const ruleLadder = (t: HttpTable): Rule[] => ladder(t.rules.map(lowerRule), RULE_TIERS, implies);
/** The overlays as they decide. */
export const overlayLadder = (t: HttpTable): Overlay[] => ladder(t.overlays.map(lowerOverlay), OVERLAY_TIERS, implies);

/** Hosts that requests to the table's host may end at: where its rules lead, through linked tables, and its mirrors. */
export function endsOf(table: HttpTable): ReadonlySet<string> {
  const ends = new Set<string>();
  for (const { action } of table.rules) {
    if (action.kind !== 'split') continue;
    for (const to of action.to) {
      ends.add(to.host);
      if (to.table) for (const end of endsOf(to.table)) ends.add(end);
    }
  }
  for (const { effect } of table.overlays) if (effect.kind === 'mirror') ends.add(effect.mirror.host);
  return ends;
}

/** The net under a table: all that no other rule decides goes there. */
export const defaultRule = (to: Destination, origin: Origin): Rule => ({
  name: 'default',
  tier: 'default',
  order: 0,
  when: [{}],
  origin,
  action: { kind: 'split', to: [to] },
});
