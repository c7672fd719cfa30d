import type { Config } from '../../model/config';
import { quoted } from '../../values/names';
import { podsOf, servicesOf } from '../analyzed-pods';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { destinationsOf } from '../destinations';
import { at } from '../fields';
import { items } from '../items';
import type { Rule } from '../rule';
import { hostKey } from '../subsets';

/** A version is deployed, and all routes of its service lead to others. */
export const subsetWithoutRoute: Rule = {
  id: 'MESH162',
  name: 'subset-without-route',
  severity: 'info',
  codes: [],
  summary: 'pods of a subset are there, and no route leads to them',
  why: 'Once a VirtualService decides for a service, its pods get the requests that some rule leads to their subset, and no others: a canary that no rule names runs for nothing, and looks healthy. Source: pilot/pkg/networking/core/route/route.go.',
  remedy: 'Lead some requests to the subset, by a weight or a match, or take its pods away.',
  *check(mesh) {
    const services = new Map(servicesOf(mesh).map((s) => [`${s.namespace}/${s.name}`, s]));
    for (const c of mesh.of('DestinationRule')) {
      const key = hostKey(String(c.spec.host ?? ''), c.namespace);
      const named = ledTo(mesh).get(key);
      const decides = deciders(mesh).get(key);
      const service = services.get(key);
      // where a route names no subset, it leads to all pods
      if (!named || named.has('') || !decides || !service?.spec.selector) continue;
      const subsets = [...items(c.spec.subsets)];
      const reached = subsets.filter(([, s]) => named.has(s.name ?? '')).map(([, s]) => s.labels ?? {});
      // subsets that routes name may be defined elsewhere
      if (reached.length < named.size) continue;
      for (const [i, s] of subsets) {
        if (named.has(s.name ?? '')) continue;
        const pods = [...podsOf(mesh).matchingIn(service.namespace, { ...service.spec.selector, ...(s.labels ?? {}) })];
        const isReached = (labels: Readonly<Record<string, string>>) =>
          reached.some((r) => Object.entries(r).every(([k, v]) => labels[k] === v));
        if (pods.length === 0 || pods.some((p) => isReached(p.labels))) continue;
        yield {
          at: at(c, 'spec', 'subsets', i, 'name'),
          message: `no route leads to subset "${s.name ?? ''}" of "${c.spec.host}", and pods of it are there`,
          hint: `routes lead to ${quoted([...named])}: add "${s.name ?? ''}" to them, with a weight or a match of its own`,
          related: [{ at: at(decides, 'spec'), message: 'the routes' }],
        };
      }
    }
  },
};

/** By host, the subsets that routes and mirrors lead to; empty text for all pods. */
const ledTo: (mesh: CheckedMesh) => ReadonlyMap<string, ReadonlySet<string>> = ofMesh((mesh) => {
  const out = new Map<string, Set<string>>();
  for (const { config, destination: d } of destinationsOf(mesh)) {
    const key = hostKey(String(d.host ?? ''), config.namespace);
    out.set(key, (out.get(key) ?? new Set()).add(d.subset ?? ''));
  }
  return out;
});

/** By host, the VirtualService that decides for all clients in the mesh. */
const deciders: (mesh: CheckedMesh) => ReadonlyMap<string, Config> = ofMesh((mesh) => {
  const out = new Map<string, Config>();
  for (const c of mesh.of('VirtualService')) {
    const { hosts, gateways, exportTo } = c.spec;
    if (gateways?.length > 0 && !gateways.includes('mesh')) continue;
    if (exportTo?.length > 0 && !exportTo.includes('*')) continue;
    // others than those clients go past a rule for some clients, to all pods
    const all = [...items(c.spec.http), ...items(c.spec.tcp), ...items(c.spec.tls)].some(
      ([, r]) => !(r.match?.length > 0) || items(r.match).some(([, m]) => !m.sourceLabels && !m.sourceNamespace && !m.gateways),
    );
    if (all) for (const h of hosts ?? []) out.set(hostKey(String(h ?? ''), c.namespace), c);
  }
  return out;
});
