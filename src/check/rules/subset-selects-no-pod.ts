import { type Config, keyOf, selects } from '../../model/config';
import { type AnalyzedPod, podsOf, servicesOf } from '../analyzed-pods';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { destinationsOf } from '../destinations';
import { at, filed, selectorText } from '../fields';
import { items } from '../items';
import { knownHosts } from '../known-hosts';
import { selectsMachine } from '../machines';
import type { Rule } from '../rule';
import { hostKey } from '../subsets';

const TOPOLOGY = /^(topology\.(kubernetes\.io\/(region|zone)|istio\.io\/(subzone|cluster|network))|kubernetes\.io\/hostname)$/;

/** A subset has labels that no pod has. */
export const subsetSelectsNoPod: Rule = {
  id: 'MESH043',
  name: 'subset-selects-no-pod',
  severity: 'error',
  codes: ['IST0173', 'KIA0203'],
  summary: 'a subset has labels that no pod of the host has',
  why: 'The cluster of the subset has no endpoints, and Envoy answers every request to it with 503 (flag UH). Source: pilot/pkg/xds/endpoints/endpoint_builder.go.',
  remedy: 'Give the subset labels that the pods’ template has, or deploy the version.',
  *check(mesh) {
    const hosts = knownHosts(mesh);
    for (const c of mesh.of('DestinationRule')) {
      const known = hosts.find(String(c.spec.host ?? ''), c.namespace, c.spec.exportTo);
      if (!known) continue;
      // of two subsets with one name istioctl looks at the last
      const byName = new Map([...items(c.spec.subsets)].map(([i, s]) => [s.name ?? '', [i, s] as const]));
      for (const [name, [i, subset]] of byName) {
        const labels: Record<string, string> = { ...known.selector, ...(subset.labels ?? {}) };
        const own = known.kind === 'Service' ? (podsOfServices(mesh).get(`${known.namespace}/${known.name}`) ?? []) : [];
        if (own.some((p) => selects(labels, p.labels))) continue;
        if (known.kind === 'Service' && selectsMachine(mesh, labels, known.namespace)) continue;
        const used = routed(mesh).has(`${hostKey(String(c.spec.host ?? ''), c.namespace)} ${name}`);
        const say = (message: string, codes: readonly string[], near: readonly AnalyzedPod[]) => ({
          // where no route leads to it, no request fails
          ...(used ? {} : { severity: 'warning' as const }),
          at: at(c, 'spec', 'subsets', i, ...(subset.labels ? ['labels'] : [])),
          message,
          codes,
          ...(near.length > 0
            ? {
                hint: `pods of the host have ${[...new Set(near.map((p) => `"${selectorText(p.labels)}"`))].slice(0, 4).join(', ')}`,
              }
            : {}),
        });
        if (!someMatch(mesh, labels)) {
          if (known.kind === 'ServiceEntry' && endpointsOf(mesh, known.namespace, known.name, subset.labels ?? {})) continue;
          yield say(`subset "${name}" selects no pod: none has "${selectorText(labels)}"`, ['IST0173', 'KIA0203'], own);
        } else if (used && own.length > 0 && !Object.keys(labels).some((k) => TOPOLOGY.test(k)))
          yield say(
            `subset "${name}" selects no pod of "${known.namespace}/${known.name}": none of them has "${selectorText(labels)}"`,
            ['KIA0203'],
            own,
          );
      }
    }
  },
};

/** Subsets that routes or mirrors lead to: host and name. */
const routed: (mesh: CheckedMesh) => ReadonlySet<string> = ofMesh(
  (mesh) =>
    new Set(
      destinationsOf(mesh).map(({ config, destination: d }) => `${hostKey(d.host ?? '', config.namespace)} ${d.subset ?? ''}`),
    ),
);

/** Whether a pod has the labels, those that its node gives it among them. Source: serviceregistry/util/label, AugmentLabels. */
function someMatch(mesh: CheckedMesh, labels: Readonly<Record<string, string>>): boolean {
  const pods = podsOf(mesh);
  for (const _ of pods.matching(labels)) return true;
  const given = Object.keys(labels).filter((k) => TOPOLOGY.test(k));
  if (given.length === 0) return false;
  const rest = Object.fromEntries(Object.entries(labels).filter(([k]) => !TOPOLOGY.test(k)));
  const nodes = nodeLabels(mesh);
  for (const pod of pods.matching(rest)) {
    const node = pod.spec.nodeName;
    if (!node) continue;
    const of = nodes.get(node) ?? {};
    const region = of['topology.kubernetes.io/region'];
    const zone = region === undefined ? undefined : of['topology.kubernetes.io/zone'];
    const subzone = zone === undefined ? undefined : of['topology.istio.io/subzone'];
    const all = {
      ...pod.labels,
      ...(region ? { 'topology.kubernetes.io/region': region } : {}),
      ...(zone ? { 'topology.kubernetes.io/zone': zone } : {}),
      ...(subzone ? { 'topology.istio.io/subzone': subzone } : {}),
      'kubernetes.io/hostname': node,
    };
    if (selects(labels, all)) return true;
  }
  return false;
}

const nodeLabels: (mesh: CheckedMesh) => ReadonlyMap<string, Readonly<Record<string, string>>> = ofMesh(
  (mesh) => new Map(mesh.of('Node').map((n) => [n.name, n.manifest.labels])),
);

/** The pods of each Service, by the Service's `namespace/name`. */
const podsOfServices: (mesh: CheckedMesh) => ReadonlyMap<string, readonly AnalyzedPod[]> = ofMesh((mesh) => {
  const out = new Map<string, readonly AnalyzedPod[]>();
  for (const s of servicesOf(mesh))
    if (Object.keys(s.spec.selector ?? {}).length > 0)
      out.set(`${s.namespace}/${s.name}`, [...podsOf(mesh).matchingIn(s.namespace, s.spec.selector)]);
  return out;
});

/** Whether a ServiceEntry has endpoints with the labels: of its own, or WorkloadEntries. istioctl looks at Pods alone. */
function endpointsOf(mesh: CheckedMesh, namespace: string, name: string, labels: Readonly<Record<string, string>>): boolean {
  const entry = entries(mesh).get(`${namespace}/${name}`);
  for (const [, e] of items(entry?.spec.endpoints)) if (selects(labels, e.labels ?? {})) return true;
  const selector = entry?.spec.workloadSelector?.labels;
  return (
    selector !== undefined &&
    (entriesByNamespace(mesh).get(namespace) ?? []).some((w) => selects(selector, w) && selects(labels, w))
  );
}

const entries: (mesh: CheckedMesh) => ReadonlyMap<string, Config> = ofMesh(
  (mesh) => new Map(mesh.of('ServiceEntry').map((e) => [keyOf(e), e])),
);

const entriesByNamespace: (mesh: CheckedMesh) => ReadonlyMap<string, readonly Readonly<Record<string, string>>[]> = ofMesh(
  (mesh) => {
    const out = new Map<string, Readonly<Record<string, string>>[]>();
    for (const w of mesh.of('WorkloadEntry')) filed(out, w.namespace, { ...w.manifest.labels, ...(w.spec.labels ?? {}) });
    return out;
  },
);
