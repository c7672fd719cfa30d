import type { Destination, Origin, RuleTier } from './table';
import { RULE_TIERS } from './table';

/** A condition on a connection. */
export interface L4Match {
  readonly port?: number;
  /** Names that the client asks for in its TLS hello; only for TLS tables. */
  readonly sniHosts?: readonly string[];
  readonly sourceLabels?: Readonly<Record<string, string>>;
  readonly sourceNamespace?: string;
}

/** Who gets a connection. */
export interface L4Rule {
  readonly name: string;
  readonly tier: RuleTier;
  readonly order?: number;
  readonly match: L4Match;
  readonly to: readonly Destination[];
  readonly origin: Origin;
}

/** Whether the rule accepts the connection. An SNI wildcard `*.x` stands for one or more labels. */
export function l4Accepts(
  m: L4Match,
  c: { port: number; sni?: string; labels: Readonly<Record<string, string>>; namespace: string },
): boolean {
  if (m.port !== undefined && m.port !== c.port) return false;
  if (m.sourceNamespace !== undefined && m.sourceNamespace !== c.namespace) return false;
  if (Object.entries(m.sourceLabels ?? {}).some(([k, v]) => c.labels[k] !== v)) return false;
  return !m.sniHosts || m.sniHosts.some((h) => (h.startsWith('*') ? c.sni?.endsWith(h.slice(1)) : c.sni === h));
}

const narrower = (a: L4Match, b: L4Match): boolean =>
  (b.port === undefined || a.port === b.port) &&
  (b.sourceNamespace === undefined || a.sourceNamespace === b.sourceNamespace) &&
  Object.entries(b.sourceLabels ?? {}).every(([k, v]) => a.sourceLabels?.[k] === v) &&
  (!b.sniHosts ||
    (a.sniHosts?.every((h) => b.sniHosts!.some((w) => w === h || (w.startsWith('*') && h.endsWith(w.slice(1))))) ?? false));

/** The rules as istiod takes them, the first that matches: by tier, the narrower first, then (order, name). */
export function compileL4(rules: readonly L4Rule[]): L4Rule[] {
  const out: L4Rule[] = [];
  for (const tier of RULE_TIERS) {
    const left = rules
      .filter((r) => r.tier === tier)
      .sort((a, b) => (a.order ?? 0) - (b.order ?? 0) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    while (left.length > 0) {
      const next = left.findIndex((r) => !left.some((o) => o !== r && narrower(o.match, r.match) && !narrower(r.match, o.match)));
      const [rule] = left.splice(Math.max(next, 0), 1);
      if (!out.some((o) => narrower(rule!.match, o.match))) out.push(rule!);
    }
  }
  return out;
}

const clean = (o: Record<string, unknown>) => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined));
const routeOf = (r: L4Rule) =>
  r.to
    .filter((d) => r.to.length === 1 || d.weight !== 0)
    .map((d, _, all) =>
      clean({
        destination: clean({ host: d.host, subset: d.subset, port: d.port === undefined ? undefined : { number: d.port } }),
        weight: all.length === 1 ? undefined : d.weight,
      }),
    );

/** The rule as an entry of a VirtualService's `tcp`. */
export function renderTcp(r: L4Rule): Record<string, unknown> {
  const { sniHosts: _, ...match } = r.match;
  return clean({ match: Object.keys(match).length > 0 ? [match] : undefined, route: routeOf(r) });
}

/** The rule as an entry of a VirtualService's `tls`. */
export const renderTls = (r: L4Rule): Record<string, unknown> => ({ match: [r.match], route: routeOf(r) });
