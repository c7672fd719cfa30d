import { workloadsWith } from '../backends';
import { at } from '../fields';
import { items } from '../items';
import type { Rule } from '../rule';

/** A UDP port where the mesh is taken to decide something. */
export const datagramsPastTheMesh: Rule = {
  id: 'MESH201',
  name: 'datagrams-past-the-mesh',
  severity: 'info',
  codes: [],
  summary: 'a UDP port, which no proxy gets',
  why: 'Proxies are given TCP alone. Datagrams go to a pod as if there were no mesh: no route, no mutual TLS also where PeerAuthentication is STRICT, no AuthorizationPolicy, no telemetry; and REGISTRY_ONLY does not hold them back. A ServiceEntry for them decides nothing. Source: tools/istio-iptables/pkg/capture/run.go; pilot/pkg/networking/networking.go, ModelProtocolToListenerProtocol.',
  remedy: 'Say who may send with a NetworkPolicy, or use TCP. A ServiceEntry port for UDP may go.',
  *check(mesh) {
    for (const c of mesh.of('ServiceEntry'))
      for (const [i, p] of items(c.spec.ports))
        if (String(p.protocol ?? '').toUpperCase() === 'UDP')
          yield {
            at: at(c, 'spec', 'ports', i, 'protocol'),
            message: `port "${p.number ?? ''}" is UDP, which no proxy gets: this entry neither lets datagrams out nor holds them back`,
            hint: 'take the port out; a NetworkPolicy is what holds datagrams',
          };
    const { peers } = mesh.model;
    for (const s of mesh.model.services) {
      if (s.registry !== 'Kubernetes') continue;
      for (const [i, p] of s.ports.entries()) {
        if (p.protocol !== 'UDP') continue;
        const strict = workloadsWith(mesh, s.namespace, s.selector ?? {}).flatMap((w) => {
          const { mode, by } = peers.ofWorkload(w.namespace, w.labels, 0);
          return w.hasSidecar && mode === 'STRICT' && by ? [by] : [];
        })[0];
        if (!strict) continue;
        yield {
          at: at(s.config, 'spec', 'ports', i),
          message: `port "${p.port}" is UDP: datagrams come to the pods in plain text, from anyone, though mutual TLS is STRICT there`,
          hint: 'say who may send with a NetworkPolicy',
          related: [{ at: strict, message: 'holds for TCP alone' }],
        };
      }
    }
  },
};
