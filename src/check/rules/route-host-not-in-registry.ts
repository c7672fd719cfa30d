import { fullName, hostsMeet, isWild } from '../../model/host';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { gatewaysOf, serversFor } from '../gateway-bindings';
import { candidates } from '../hints';
import type { Rule } from '../rule';

const names = ofMesh((mesh) => ({
  wild: [...mesh.model.byHost.keys()].filter(isWild),
  hosts: [...mesh.model.byHost.keys()],
  namespaces: new Set(mesh.model.services.map((s) => s.namespace)),
}));

/** A host of a VirtualService for the mesh that no Service and no ServiceEntry has. */
export const routeHostNotInRegistry: Rule = {
  id: 'MESH138',
  name: 'route-host-not-in-registry',
  severity: 'warning',
  codes: [],
  summary: 'a VirtualService for the mesh is about a host that is no service',
  why: 'Sidecars route the hosts of services. What a VirtualService says for another host counts on port 80 alone, where a client sends requests for that very name; a slip in the name, a short name in another namespace than the service\'s, and "reviews.shop" for "reviews.shop.svc.cluster.local" (a name with a dot is taken as it is) therefore do nothing. Source: pilot/pkg/networking/core/httproute.go, selectVirtualServices; pkg/config/host; istio/istio#19972.',
  remedy: 'Write the full name of the service; for a host outside the mesh add a ServiceEntry.',
  *check(mesh) {
    const { hosts, wild } = names(mesh);
    if (hosts.length === 0) return;
    const gateways = gatewaysOf(mesh);
    for (const vs of mesh.model.virtualServices) {
      if (!vs.gateways.includes('mesh')) continue;
      const others = vs.gateways.filter((g) => g !== 'mesh');
      if (others.some((g) => !gateways.has(g))) continue;
      const to = new Set(destinationHosts(vs));
      // names that clients give in TLS have to stand among the hosts
      const sni = new Set(vs.tls.flatMap((rule: any) => (rule?.match ?? []).flatMap((m: any) => m?.sniHosts ?? [])));
      for (const [i, host] of vs.hosts.entries()) {
        if (isWild(host) || mesh.model.byHost.has(host) || wild.some((w) => hostsMeet(w, host))) continue;
        // a destination that is not there is found there
        if (to.has(host) || others.some((g) => serversFor(gateways.get(g)!, vs, [host]).length > 0)) continue;
        const given: string = vs.config.spec.hosts[i];
        if (sni.has(given)) continue;
        yield {
          at: { manifest: vs.config.manifest, path: ['spec', 'hosts', i] },
          // a name of the outside may be meant so
          ...(looksInside(mesh, given) ? {} : { severity: 'info' as const }),
          message: `"${given}"${given === host ? '' : ` (${host})`} is no service: these rules count on port 80 alone, for clients that call this very name`,
          hint: hintFor(mesh, given, vs.namespace, hosts),
        };
      }
    }
  },
};

/** A short name, one of the cluster, or `name.namespace`. */
function looksInside(mesh: CheckedMesh, given: string): boolean {
  const [, second, ...rest] = given.split('.');
  if (second === undefined || rest[0] === 'svc') return true;
  return rest.length === 0 && names(mesh).namespaces.has(second);
}

function* destinationHosts(vs: {
  readonly http: readonly any[];
  readonly tls: readonly any[];
  readonly tcp: readonly any[];
}): Iterable<string> {
  for (const rule of [...vs.http.map((e) => e.rule), ...vs.tls, ...vs.tcp])
    for (const r of rule.route ?? []) if (r?.destination?.host) yield r.destination.host;
}

function hintFor(mesh: CheckedMesh, given: string, namespace: string, hosts: readonly string[]): string {
  const { domain } = mesh.model.mesh;
  const full = fullName(given, namespace, domain);
  const short = given.split('.')[0]!;
  const named = hosts.filter((h) => h.split('.')[0] === short && h !== full);
  if (named.length > 0)
    return `did you mean ${named
      .slice(0, 3)
      .map((n) => `"${n}"`)
      .join(' or ')}?`;
  return candidates(full, hosts);
}
