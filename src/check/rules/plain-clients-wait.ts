import { backendsOf, targetPortOf } from '../backends';
import { at } from '../fields';
import type { Rule } from '../rule';
import { serverFirst } from '../server-first';

/** A server that speaks first, at pods that take plain text beside mutual TLS. */
export const plainClientsWait: Rule = {
  id: 'MESH202',
  name: 'plain-clients-wait',
  severity: 'info',
  codes: [],
  summary: 'a server that speaks first, where mutual TLS is PERMISSIVE',
  why: 'Where both mutual TLS and plain text are taken, the sidecar waits for the first bytes of a connection to tell them apart. A client of the mesh sends a TLS hello. One without a proxy (outside, a job without a sidecar, a probe) waits for the greeting of the server, which never comes. Source: pilot/pkg/networking/core/listener_inbound.go (the TLS inspector, with protocolDetectionTimeout, by default 0s); tried on Envoy.',
  remedy:
    'Say STRICT for the port, which clients of the mesh meet, or DISABLE, if most clients have no proxy: a PeerAuthentication with portLevelMtls.',
  *check(mesh) {
    for (const s of mesh.model.services) {
      if (s.registry !== 'Kubernetes') continue;
      for (const [i, p] of s.ports.entries()) {
        if (p.protocol !== 'TCP' && p.protocol !== 'MySQL') continue;
        const speaks = p.protocol === 'MySQL' ? 'MySQL' : serverFirst(p.name, p.port, s.targetPorts.get(p.port));
        if (!speaks) continue;
        const open = backendsOf(mesh, s).find(
          (w) =>
            w.hasSidecar && mesh.model.peers.ofWorkload(w.namespace, w.labels, targetPortOf(s, p.port, w)).mode === 'PERMISSIVE',
        );
        if (!open) continue;
        yield {
          at: at(s.config, 'spec', 'ports', i),
          message: `a client without a proxy waits for ever at port "${p.port}": ${speaks} is spoken by the server first, and mutual TLS is PERMISSIVE at "${open.config.name}"`,
          hint: `portLevelMtls: { ${targetPortOf(s, p.port, open)}: { mode: STRICT } } in a PeerAuthentication for these pods`,
        };
      }
    }
  },
};
