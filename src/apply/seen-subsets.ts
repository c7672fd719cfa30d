import type { Manifest } from '../manifests/manifest';
import { fullName, hostWithin, isWild } from '../model/host';
import { type Fact, NOTHING, type References, referencesOf } from './references';

/**
 * Subsets that a DestinationRule has by more than its name: one of a wildcard has them for the hosts that routes name, one that
 * is exported to its namespace alone has them for no other.
 */
export function seenSubsets(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  domain: string,
): (m: Manifest) => References {
  const hostOf = (m: Manifest): string =>
    m.kind === 'DestinationRule' ? fullName(m.object.spec?.host ?? '', m.namespace, domain) : '';
  const rules = [...live, ...desired].filter((m) => m.kind === 'DestinationRule');
  const hidden = new Set(rules.filter((m) => !isShown(m)).map(hostOf));
  if (hidden.size === 0 && !rules.some((m) => isWild(hostOf(m)))) return () => NOTHING;
  // a host's own DestinationRule goes before
  const [before, after] = [live, desired].map((all) => new Set(all.map(hostOf)));
  const wanted = new Map<Fact, Subset>();
  for (const m of [...live, ...desired])
    for (const s of subsetsOf(m, domain)) if (!(before!.has(s.host) && after!.has(s.host))) wanted.set(s.fact, s);
  return (m) => {
    if (m.kind === 'VirtualService') {
      // to proxies of the host's own namespace nothing has to be shown
      const own = (m.object.spec?.exportTo ?? []).join() === '.' ? m.namespace : undefined;
      const shown = subsetsOf(m, domain).filter((s) => hidden.has(s.host) && s.host.split('.')[1] !== own);
      return shown.length > 0 ? { ...NOTHING, needs: new Set(shown.map(shownFact)) } : NOTHING;
    }
    const host = hostOf(m);
    if (!isWild(host) && !hidden.has(host)) return NOTHING;
    const names: string[] = (m.object.spec?.subsets ?? []).map((s: any) => s?.name);
    if (!isWild(host)) return { ...NOTHING, provides: new Set(isShown(m) ? names.map((name) => shownFact({ host, name })) : []) };
    const facts = [...wanted.values()].filter((s) => names.includes(s.name) && hostWithin(s.host, host)).map((s) => s.fact);
    return { ...NOTHING, provides: new Set(facts) };
  };
}

interface Subset {
  readonly fact: Fact;
  readonly host: string;
  readonly name: string;
}

const shownFact = ({ host, name }: Pick<Subset, 'host' | 'name'>): Fact => `shown ${host} ${name}`;

/** Whether namespaces besides its own see it. */
const isShown = (rule: Manifest): boolean => {
  const to: readonly string[] = rule.object.spec?.exportTo ?? [];
  return to.length === 0 || to.some((ns) => ns !== '.' && ns !== rule.namespace);
};

/** The subsets that routes lead to. */
function subsetsOf(m: Manifest, domain: string): Subset[] {
  if (m.kind !== 'VirtualService') return [];
  return [...referencesOf(m, domain).needs].flatMap((fact) => {
    const [kind, host, name] = fact.split(' ') as [string, string, string];
    return kind === 'subset' ? { fact, host, name } : [];
  });
}
