import type { Config, Ref } from '../model/config';
import type { RouteMatch } from '../model/route';
import { routeMatch } from '../model/route-match';
import type { HttpRule, VirtualService } from '../model/virtual-service';
import type { HeaderMatch } from '../routing/header-match';
import type { Match } from '../routing/match';
import type { PathMatch } from '../routing/path-match';
import type { StringMatch, ValueMatch } from '../routing/string-match';
import { items } from './items';

/** A match of an http rule as the proxies of one gateway, or the sidecars, take it. */
export interface BoundMatch {
  /** What it accepts, as far as the algebra knows; conditions on a token's claims stand apart. */
  readonly match: Match;
  readonly claims: RouteMatch['claims'];
  readonly entry: HttpRule;
  /** The match, or the rule where it has none. */
  readonly by: Ref;
}

/**
 * The matches of a VirtualService that count where it is bound, in order; those that are for other gateways are left out.
 * @param gateway `mesh`, or `namespace/name`
 */
export function boundMatches(vs: VirtualService, gateway: string): readonly BoundMatch[] {
  const made = known.get(vs) ?? new Map<string, readonly BoundMatch[]>();
  known.set(vs, made);
  const matches = made.get(gateway) ?? boundTo(vs, gateway);
  made.set(gateway, matches);
  return matches;
}

const known = new WeakMap<VirtualService, Map<string, readonly BoundMatch[]>>();

function boundTo(vs: VirtualService, gateway: string): BoundMatch[] {
  return vs.http.flatMap((entry) => {
    const { manifest } = entry.from;
    const given: readonly any[] = entry.rule.match ?? [];
    if (given.length === 0) return [{ match: {}, claims: [], entry, by: { manifest, path: entry.path } }];
    return given.flatMap((m, i) => {
      const named = m?.gateways?.length > 0;
      if (named && !m.gateways.includes(gateway)) return [];
      // of a delegate the matches are products with the root's: only the rule has a place
      const path = entry.from === vs.config ? [...entry.path, 'match', i] : entry.path;
      return [{ ...matchOf(m ?? {}, !named), entry, by: { manifest, path } }];
    });
  });
}

/**
 * What an HTTPMatchRequest accepts.
 * @param sources whether its source labels and namespace are looked at: not where it names gateways
 */
export function matchOf(m: any, sources: boolean): { readonly match: Match; readonly claims: RouteMatch['claims'] } {
  const route = routeMatch(m);
  const out: { -readonly [K in keyof Match]: Match[K] } = {};
  const path = pathOf(route);
  if (path) out.path = path;
  const headers: Record<string, { all: ValueMatch[]; none: ValueMatch[] }> = {};
  for (const { name, match, invert } of route.headers) {
    if (name === ':method' || name === ':authority' || name === ':scheme') {
      if (!('present' in match)) out[name.slice(1) as 'method' | 'authority' | 'scheme'] = match;
      continue;
    }
    headers[name] ??= { all: [], none: [] };
    headers[name][invert ? 'none' : 'all'].push(match);
  }
  if (Object.keys(headers).length > 0) out.headers = headers satisfies Record<string, HeaderMatch>;
  if (route.query.length > 0) out.query = Object.fromEntries(route.query.map((q) => [q.name, q.match]));
  if (m.port) out.port = m.port;
  if (sources && m.sourceNamespace) out.sourceNamespace = m.sourceNamespace;
  if (sources && Object.keys(m.sourceLabels ?? {}).length > 0) out.sourceLabels = m.sourceLabels;
  return { match: out, claims: route.claims };
}

function pathOf({ path: { kind, value }, ignoreCase }: RouteMatch): PathMatch | undefined {
  if (kind === 'prefix' && value === '/') return undefined;
  const match: StringMatch = kind === 'exact' ? { exact: value } : kind === 'prefix' ? { prefix: value } : { regex: value };
  return { match, ...(ignoreCase ? { ignoreCase: true as const } : {}) };
}

/** What people call a rule: `rule "canary"`, or `rule 2` where it has no name. */
export function ruleText(rule: any, path: readonly (string | number)[]): string {
  return rule?.name ? `rule "${rule.name}"` : `rule ${Number(path[2]) + 1}`;
}

/** An http rule of a VirtualService as it is written, delegates' too. */
export interface WrittenRule {
  readonly config: Config;
  readonly rule: Readonly<Record<string, any>>;
  readonly index: number;
  /** A field of the rule. */
  at(...path: readonly (string | number)[]): Ref;
}

const written = new WeakMap<readonly Config[], readonly WrittenRule[]>();

/** The http rules of VirtualServices. */
export function writtenRules(configs: readonly Config[]): readonly WrittenRule[] {
  const rules = written.get(configs) ?? rulesIn(configs);
  written.set(configs, rules);
  return rules;
}

function rulesIn(configs: readonly Config[]): WrittenRule[] {
  const out: WrittenRule[] = [];
  for (const config of configs)
    for (const [index, rule] of items(config.spec.http))
      out.push({
        config,
        rule,
        index,
        at: (...path) => ({ manifest: config.manifest, path: ['spec', 'http', index, ...path] }),
      });
  return out;
}
