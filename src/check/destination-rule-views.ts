import type { Config } from '../model/config';
import type { DestinationRule } from '../model/destination-rules';
import { fullName, hostsMeet, isWild } from '../model/host';
import type { Service } from '../model/service';
import { clientNamespaces } from './backends';
import { type CheckedMesh, ofMesh } from './checked-mesh';

const index = ofMesh((mesh) => {
  const exact = new Map<string, Config[]>();
  const wild: { readonly host: string; readonly config: Config }[] = [];
  for (const config of mesh.model.of('DestinationRule')) {
    const host = fullName(config.spec.host ?? '', config.namespace, mesh.model.mesh.domain);
    if (isWild(host)) wild.push({ host, config });
    else exact.set(host, [...(exact.get(host) ?? []), config]);
  }
  return { exact, wild };
});

/** DestinationRules that are about a host, wildcards among them. */
export const rulesAbout = (mesh: CheckedMesh, host: string): Config[] => [
  ...(index(mesh).exact.get(host) ?? []),
  ...index(mesh)
    .wild.filter((w) => hostsMeet(w.host, host))
    .map((w) => w.config),
];

/** Those whose host has a wildcard. */
export const wildRules = (mesh: CheckedMesh) => index(mesh).wild;

/** What clients of some namespaces obey for a service. */
export interface DestinationRuleView {
  readonly rule: DestinationRule | undefined;
  namespaces(): readonly string[];
}

const sets = new WeakMap<readonly string[], ReadonlySet<string>>();

function setOf(list: readonly string[]): ReadonlySet<string> {
  const known = sets.get(list) ?? new Set(list);
  sets.set(list, known);
  return known;
}

/**
 * What clients obey for a service: each namespace that some DestinationRule treats by itself, and all others together.
 * @param among the namespaces that are asked about; the same list again costs less
 */
export function viewsOf(mesh: CheckedMesh, s: Service, among: readonly string[] = clientNamespaces(mesh)): DestinationRuleView[] {
  const about = rulesAbout(mesh, s.host);
  const special = new Set([s.namespace, mesh.model.mesh.rootNamespace]);
  for (const c of about) {
    special.add(c.namespace);
    for (const e of (c.spec.exportTo ?? []) as string[]) special.add(e);
  }
  const asked = [...special].filter((n) => setOf(among).has(n));
  const views = asked.map((n): DestinationRuleView => ({ rule: mesh.model.rules.of(n, {}, s), namespaces: () => [n] }));
  const other = among.length > asked.length ? among.find((n) => !special.has(n)) : undefined;
  if (other === undefined) return views;
  return [...views, { rule: mesh.model.rules.of(other, {}, s), namespaces: () => among.filter((n) => !special.has(n)) }];
}
