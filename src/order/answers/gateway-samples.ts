import type { Manifest } from '../../manifests/manifest';
import { canonical } from '../../values/equal';
import { list } from '../facts/references';
import { gatewayName } from '../facts/served-hosts';

/** Requests that rules ask for: those that meet a condition of theirs, by a path that does. */
export interface Sample {
  /** As text, without Gateways; empty where there is none. */
  readonly condition: string;
  readonly path: string;
}

/** A path that no rule names. */
const OTHER = '/~';

const rulesOf = ({ object: { spec = {} } }: Manifest): any[] => [...list(spec.http), ...list(spec.tls), ...list(spec.tcp)];
const known = new WeakMap<object, string>();
function conditionOf(match: object): string {
  const { gateways: _, name: __, ...rest } = match as any;
  const text = known.get(match) ?? (Object.keys(rest).length > 0 ? canonical(rest) : '');
  known.set(match, text);
  return text;
}
const pathOf = ({ uri }: any): string => String(uri?.exact ?? uri?.prefix ?? OTHER);

/** What rules ask for, rule by rule. */
export const conditionsOf = (m: Manifest): readonly unknown[] => rulesOf(m).map((rule) => list(rule.match));

/** Requests that rules ask for. */
export const samplesOf = (m: Manifest): readonly Sample[] =>
  rulesOf(m)
    .flatMap((rule) => (list(rule.match).length > 0 ? list(rule.match) : [{}]))
    .map((match) => ({ condition: conditionOf(match), path: pathOf(match) }));

/**
 * Whether some rule of a VirtualService takes requests at a Gateway, at any where none is said; all requests that some rule does, where
 * none are said. What a rule asks for besides the path is told by its text alone.
 */
export function takes(m: Manifest, sample: Sample | undefined, gateway?: string): boolean {
  const isThere = ({ gateways }: any) =>
    gateway === undefined || list(gateways).length === 0 || list(gateways).some((g) => gatewayName(g, m.namespace) === gateway);
  return rulesOf(m).some(
    (rule) => list(rule.match).length === 0 || list(rule.match).some((x) => isThere(x) && (!sample || meets(sample, x))),
  );
}

function meets({ condition, path }: Sample, match: any): boolean {
  const { gateways: _, name: __, uri, ...others } = match;
  if (conditionOf(match) === condition) return true;
  if (Object.keys(others).length > 0) return false;
  if (uri === undefined) return true;
  return uri.exact !== undefined ? uri.exact === path : uri.prefix !== undefined && path.startsWith(String(uri.prefix));
}

/** Tells which of some VirtualServices, by their keys, take requests at some Gateway. */
export function takersOf(
  rules: readonly (readonly [key: string, m: Manifest])[],
): (sample: Sample | undefined) => readonly string[] {
  const exact = new Map<string, Set<string>>();
  const prefixes = new Map<string, Set<string>>();
  const add = (map: Map<string, Set<string>>, of: string, key: string) => map.set(of, (map.get(of) ?? new Set()).add(key));
  for (const [key, m] of rules)
    for (const match of rulesOf(m).flatMap((rule) => (list(rule.match).length > 0 ? list(rule.match) : [{}]))) {
      add(exact, conditionOf(match), key);
      const { gateways: _, name: __, uri, ...others } = match;
      if (Object.keys(others).length > 0) continue;
      if (uri?.exact !== undefined) add(exact, String(uri.exact), key);
      else if (uri === undefined || uri.prefix !== undefined) add(prefixes, String(uri?.prefix ?? ''), key);
    }
  return (sample) => {
    if (!sample) return rules.map(([key]) => key);
    const { condition, path } = sample;
    const met = [...prefixes].flatMap(([prefix, keys]) => (path.startsWith(prefix) ? [...keys] : []));
    return [...new Set([...(exact.get(condition) ?? []), ...(exact.get(path) ?? []), ...met])].sort();
  };
}
