import { type Destination, ladder, type Origin, RULE_TIERS, type RuleTier } from './table';
import { simplified } from './weights';

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

/** Whether an SNI pattern stands for the name. A wildcard `*.x` stands for one or more labels. */
const sniAccepts = (pattern: string, name: string | undefined): boolean =>
  name !== undefined && (pattern.startsWith('*') ? name.endsWith(pattern.slice(1)) : name === pattern);

/** Whether the rule accepts the connection. An SNI wildcard `*.x` stands for one or more labels. */
export function l4Accepts(
  m: L4Match,
  c: {
    readonly port: number;
    readonly sni?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly namespace: string;
  },
): boolean {
  if (m.port !== undefined && m.port !== c.port) return false;
  if (m.sourceNamespace !== undefined && m.sourceNamespace !== c.namespace) return false;
  if (Object.entries(m.sourceLabels ?? {}).some(([k, v]) => c.labels[k] !== v)) return false;
  return !m.sniHosts || m.sniHosts.some((h) => sniAccepts(h, c.sni));
}

/** True only if every connection that `a` accepts is accepted by `b`. */
export const l4Implies = (a: L4Match, b: L4Match): boolean =>
  (b.port === undefined || a.port === b.port) &&
  (b.sourceNamespace === undefined || a.sourceNamespace === b.sourceNamespace) &&
  Object.entries(b.sourceLabels ?? {}).every(([k, v]) => a.sourceLabels?.[k] === v) &&
  (!b.sniHosts || (a.sniHosts?.every((h) => b.sniHosts!.some((w) => sniAccepts(w, h))) ?? false));

/** The rules in the order in which they decide: by tier, the narrower first, then (order, name). */
export function compileL4(rules: readonly L4Rule[]): L4Rule[] {
  if (rules.length === 0) return [];
  const entries = rules.map((rule) => ({ ...rule, order: rule.order ?? 0, when: [rule.match], rule }));
  const out: L4Rule[] = [];
  for (const { rule } of ladder(entries, RULE_TIERS, l4Implies))
    if (!out.some((o) => l4Implies(rule.match, o.match))) out.push(rule);
  return out;
}

const clean = (o: Record<string, unknown>) => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined));
const routeOf = (r: L4Rule) =>
  simplified(r.to).map((d) =>
    clean({
      destination: clean({ host: d.host, subset: d.subset, port: d.port === undefined ? undefined : { number: d.port } }),
      weight: d.weight,
    }),
  );
const at = (r: L4Rule) => `"${r.name}" (${r.origin.construct}${r.origin.source ? `, ${r.origin.source}` : ''})`;

/** The rule as an entry of a VirtualService's `tcp`: istiod takes the first that accepts the client and the port. */
export function renderTcp(r: L4Rule): Record<string, unknown> {
  if (r.match.sniHosts) throw new Error(`rule ${at(r)} asks for SNI hosts on a TCP port: plain connections name no host`);
  return clean({ match: Object.keys(r.match).length > 0 ? [r.match] : undefined, route: routeOf(r) });
}

const names = (r: L4Rule): readonly string[] => {
  if (!r.match.sniHosts?.length) throw new Error(`rule ${at(r)} of a TLS port names no SNI host: Istio needs one`);
  return r.match.sniHosts;
};

/** A rule that no other rule meets, as an entry of a VirtualService's `tls`; else see {@link renderTlsRules}. */
export const renderTls = (r: L4Rule): Record<string, unknown> => ({
  match: [{ ...r.match, sniHosts: names(r) }],
  route: routeOf(r),
});

/**
 * The rules, as {@link compileL4} orders them, as a VirtualService's `tls`.
 *
 * Among the names that a client's entries ask for Envoy takes the most specific, whatever their order; only for equal
 * names does the first entry stand. So where the rules ask for different names, each name is a match of its own, and a
 * wildcard also says each narrower name that a later rule asks for.
 */
export function renderTlsRules(rules: readonly L4Rule[]): Record<string, unknown>[] {
  const same = (r: L4Rule) => names(r).join() === names(rules[0]!).join();
  if (rules.every(same)) return rules.map(renderTls);
  return rules.map((r, i) => {
    const later = rules.slice(i + 1).flatMap(names);
    const mine = new Set([...names(r), ...later.filter((h) => names(r).some((w) => sniAccepts(w, h)))]);
    return { match: [...mine].map((h) => ({ ...r.match, sniHosts: [h] })), route: routeOf(r) };
  });
}
