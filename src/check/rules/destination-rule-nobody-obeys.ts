import { fullName, isWild } from '../../model/host';
import { quoted } from '../../values/names';
import { clientNamespaces } from '../backends';
import { gatewayPods } from '../gateway-bindings';
import type { Rule } from '../rule';

/** A DestinationRule in a namespace where no client looks for it. */
export const destinationRuleNobodyObeys: Rule = {
  id: 'MESH160',
  name: 'destination-rule-nobody-obeys',
  severity: 'warning',
  codes: [],
  summary: 'a DestinationRule stands neither beside its clients, nor beside the service, nor in the root namespace',
  why: "A client looks for the DestinationRule of a host in its own namespace, then in the service's, then in the root namespace (istio-system), and nowhere else: `exportTo` opens no other. One that is kept in a namespace for configuration counts for nobody; its subsets end in 503 (flag NC), its policies do nothing. VirtualServices are found anywhere, so this is often missed. Source: pilot/pkg/model/push_context.go, destinationRule; istio/istio#42570.",
  remedy: 'Move it into the namespace of the service (for a ServiceEntry, its namespace), or into the root namespace.',
  *check(mesh) {
    const clients = new Set(clientNamespaces(mesh));
    if (clients.size === 0) return;
    const ambient = new Set(
      mesh.of('Namespace').flatMap((n) => (n.manifest.labels['istio.io/dataplane-mode'] === 'ambient' ? [n.name] : [])),
    );
    for (const { client } of gatewayPods(mesh).values()) clients.add(client.namespace);
    for (const { spec, namespace, manifest } of mesh.model.of('DestinationRule')) {
      const host = fullName(spec.host ?? '', namespace, mesh.model.mesh.domain);
      const spaces = mesh.model.byHost.get(host);
      if (
        isWild(host) ||
        !spaces ||
        spaces.has(namespace) ||
        namespace === mesh.model.mesh.rootNamespace ||
        clients.has(namespace)
      )
        continue;
      // waypoints are another matter
      if (ambient.has(namespace) || [...spaces.keys()].some((n) => ambient.has(n))) continue;
      yield {
        at: { manifest, path: ['spec', 'host'] },
        message: `nobody obeys this: clients look in their own namespace, in the one of "${host}" (${quoted([...spaces.keys()])}) and in "${mesh.model.mesh.rootNamespace}", and in "${namespace}" there is no client`,
        hint: `move it into namespace ${quoted([...spaces.keys()])}`,
        related: [{ at: { manifest: [...spaces.values()][0]!.config.manifest, path: ['metadata'] }, message: 'the service' }],
      };
    }
  },
};
