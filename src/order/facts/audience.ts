import type { Manifest } from '../../manifests/manifest';
import { selects } from '../../model/config';
import { isWorkload, podLabels } from './readiness';
import { delegatesOf, list, nameOf } from './references';
import { gatewaysOf, isGateway, MESH } from './served-hosts';

/** Namespaces that see the same of a host, by the name of one; {@link OTHERS} are all that nobody names. */
export type Audience = string;

/** Namespaces that no `exportTo` and no rule of theirs tells apart. */
export const OTHERS: Audience = '*';

/** Where an object is shown: namespaces, or `*` for all. Without a list all see it. */
export const shownTo = (exportTo: unknown, namespace: string): readonly string[] => {
  const names = list(exportTo).map((ns) => (ns === '.' ? namespace : String(ns).trim()));
  return names.length === 0 ? [OTHERS] : names;
};

/** The annotation of a Service. */
export const EXPORT_TO = 'networking.istio.io/exportTo';

/** Where the hosts of a Service or ServiceEntry, the rules of a VirtualService or the policies of a DestinationRule are shown. */
export const audienceOf = (m: Manifest): readonly string[] =>
  shownTo(m.kind === 'Service' ? m.object.metadata?.annotations?.[EXPORT_TO]?.split(',') : m.object.spec?.exportTo, m.namespace);

/** Whether all namespaces see it. */
export const isPublic = (m: Manifest): boolean => audienceOf(m).includes(OTHERS);

/** Whether some namespaces are among those to whom a thing is shown. */
export const sees = (audience: Audience, shown: readonly string[]): boolean => shown.includes(OTHERS) || shown.includes(audience);

/** Who calls: namespaces with pods, and those of the pods of gateways. */
export class Callers {
  private readonly inhabited = new Set<string>();
  private readonly workloads: readonly Manifest[];
  private readonly gateways = new Map<string, Set<string>>();
  /** Of delegates, by `namespace/name`: who calls by those that delegate to them. */
  private readonly delegating = new Map<string, Set<string>>();

  constructor(objects: readonly Manifest[]) {
    this.workloads = objects.filter(isWorkload);
    for (const w of this.workloads) this.inhabited.add(w.namespace);
    for (const m of objects)
      if (isGateway(m)) {
        const known = this.gateways.get(nameOf(m)) ?? new Set();
        const pods = this.workloads.filter((w) => selects(m.object.spec?.selector, podLabels(w)));
        for (const w of pods) known.add(w.namespace);
        this.gateways.set(nameOf(m), known);
      }
    for (const m of objects)
      if (m.kind === 'VirtualService')
        for (const d of delegatesOf(m)) this.delegating.set(d, new Set([...(this.delegating.get(d) ?? []), ...this.of(m)]));
  }

  /** The namespaces of those who go by the rules of a VirtualService; `*` for all. */
  of(m: Manifest): readonly string[] {
    if (list(m.object.spec?.hosts).length === 0) return [...(this.delegating.get(nameOf(m)) ?? [])];
    return gatewaysOf(m).flatMap((g) => (g === MESH ? audienceOf(m) : [...(this.gateways.get(g) ?? [])]));
  }

  /** Those of some audiences that a list of namespaces means; of all namespaces those that somebody lives in. */
  among(audiences: ReadonlySet<Audience>, namespaces: readonly string[]): Audience[] {
    const all = namespaces.includes(OTHERS) ? [...new Set([...namespaces, ...this.inhabited])] : namespaces;
    return [...new Set(all.filter((ns) => ns !== OTHERS).map((ns) => (audiences.has(ns) ? ns : OTHERS)))];
  }

  /** The labels of pods in a namespace. */
  labelsIn(namespace: string): readonly Readonly<Record<string, string>>[] {
    return this.workloads.filter((w) => w.namespace === namespace).map(podLabels);
  }
}
