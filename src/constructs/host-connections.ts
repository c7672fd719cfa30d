import { compileL4, type L4Rule, l4Implies } from '../routing/l4';
import type { HostFacts } from './host-routes';

const sameConnections = (a: L4Rule, b: L4Rule) => l4Implies(a.match, b.match) && l4Implies(b.match, a.match);

/** Throws where another rule is about the same connections, as only one of the two could ever decide. */
export function checkRival(added: L4Rule, others: readonly L4Rule[], host: string): void {
  const rival = others.find((r) => r.tier === added.tier && r.order === added.order && sameConnections(r, added));
  if (rival)
    throw new Error(
      `rules "${rival.name}" (${rival.origin.construct}) and "${added.name}" (${added.origin.construct}) of host "${host}" are both about the same connections: only one could ever decide, so take one out`,
    );
}

/**
 * The rules about connections, in order. istiod reads no `tcp` route for a port that speaks TLS, but `tls` ones, which
 * have to say the names that clients ask for. Source: pilot/pkg/networking/core/tls.go.
 */
export function sectionsOf(
  rules: readonly L4Rule[],
  facts: HostFacts['tls'],
): { readonly tcp: readonly L4Rule[]; readonly tls: readonly L4Rule[] } {
  const { ports = [], names = [] } = facts ?? {};
  const encrypted = (r: L4Rule) => r.to.every((d) => d.port !== undefined && ports.includes(d.port));
  const named = (r: L4Rule): L4Rule => ({ ...r, match: { ...r.match, sniHosts: names } });
  return {
    tcp: compileL4(rules.filter((r) => !encrypted(r))),
    tls: compileL4(rules.filter(encrypted).map(named)),
  };
}
