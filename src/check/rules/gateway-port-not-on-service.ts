import { quoted } from '../../values/names';
import { type AnalyzedPod, type AnalyzedService, podsOf, servicesOf } from '../analyzed-pods';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { at, filed, selectorText } from '../fields';
import { items } from '../items';
import type { Rule } from '../rule';

/** A Gateway opens a port that no Service of its pods has. */
export const gatewayPortNotOnService: Rule = {
  id: 'MESH045',
  name: 'gateway-port-not-on-service',
  severity: 'warning',
  codes: ['IST0162'],
  summary: 'a Gateway opens a port that no Service of its pods leads to',
  why: 'The proxy opens the port, and nothing from outside arrives there: the load balancer has only the ports of the Service. A port of a Gateway is one of the Service, or of the pods. Source: pilot/pkg/model/gateway.go.',
  remedy: 'Add the port to the Service of the gateway, or use one that it has.',
  *check(mesh) {
    const pods = podsOf(mesh);
    const known = new Map<string, ReadonlySet<number> | undefined>();
    for (const c of mesh.of('Gateway')) {
      const selector: Record<string, string> = c.spec.selector ?? {};
      const key = selectorText(selector);
      if (!known.has(key)) known.set(key, portsOf(mesh, pods.matching(selector)));
      const ports = known.get(key);
      if (!ports) continue;
      for (const [i, { port }] of items(c.spec.servers)) {
        if (!port || ports.has(port.number ?? 0)) continue;
        yield {
          at: at(c, 'spec', 'servers', i, 'port', 'number'),
          message: `no Service of the pods "${key}" has port "${port.number ?? 0}"`,
          hint: ports.size > 0 ? `they have ${quoted([...ports].sort((a, b) => a - b).map(String))}` : 'no Service selects them',
        };
      }
    }
  },
};

/** Ports by which TCP comes to some pods; nothing where there are no pods. */
function portsOf(mesh: CheckedMesh, pods: Iterable<AnalyzedPod>): ReadonlySet<number> | undefined {
  const services = servicesOfPods(mesh);
  let ports: Set<number> | undefined;
  for (const pod of pods) {
    ports ??= new Set();
    for (const s of [...(services.byPod.get(pod) ?? []), ...(services.open.get(pod.namespace) ?? [])])
      for (const [, p] of items(s.spec.ports)) {
        if ((p.protocol ?? 'TCP') !== 'TCP') continue;
        const target = Number.parseInt(String(p.targetPort ?? 0), 10) || 0;
        const named = typeof p.targetPort === 'string' && !/^\d+$/.test(p.targetPort);
        if (target !== 0 && !named) ports.add(target);
        ports.add(p.port ?? 0);
      }
  }
  return ports;
}

const servicesOfPods = ofMesh((mesh) => {
  const byPod = new Map<AnalyzedPod, AnalyzedService[]>();
  // without a selector: its endpoints are written by hand, and may be any
  const open = new Map<string, AnalyzedService[]>();
  for (const s of servicesOf(mesh))
    if (Object.keys(s.spec.selector ?? {}).length === 0) filed(open, s.namespace, s);
    else for (const pod of podsOf(mesh).matchingIn(s.namespace, s.spec.selector)) filed(byPod, pod, s);
  return { byPod, open };
});
