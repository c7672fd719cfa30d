import { isWild } from '../../model/host';
import { candidates } from '../hints';
import { items, texts } from '../items';
import { namedHosts } from '../named-hosts';
import { namespacesOf, userNamespaces } from '../namespaces';
import type { Rule } from '../rule';

/** A Sidecar lets in a host that is not there. */
export const sidecarHostUnknown: Rule = {
  id: 'MESH084',
  name: 'sidecar-host-unknown',
  severity: 'warning',
  codes: ['KIA1004'],
  summary: 'a Sidecar lets in a host that is not there',
  why: 'The entry means nothing: the service that was meant stays unknown to the proxies, and calls to it take the way out of the mesh, or end at BlackHoleCluster with 502 where only known hosts may be called. Where nothing of the namespace is among the manifests it is an info. Source: pilot/pkg/model/sidecar.go.',
  remedy: 'Write "<namespace>/<host name>", or "<namespace>/*" for all of a namespace.',
  *check(mesh) {
    const { byNamespace, services, routesByNamespace, routes } = namedHosts(mesh);
    const namespaces = namespacesOf(mesh);
    for (const { spec, namespace, manifest } of mesh.of('Sidecar'))
      for (const [i, listener] of items(spec.egress))
        for (const [j, given] of texts(listener.hosts)) {
          const slash = given.indexOf('/');
          const [of, host] = [given.slice(0, slash), given.slice(slash + 1)];
          if (slash < 0 || host === '*' || host === '' || of === '~') continue;
          // the webhook refuses short names
          if (!host.includes('.') && !isWild(host)) continue;
          const space = of === '.' ? namespace : of;
          const [known, routed] = space === '*' ? [services, routes] : [byNamespace.get(space), routesByNamespace.get(space)];
          if (known?.meets(host) || routed?.meets(host)) continue;
          const where = space === '*' ? 'any namespace' : `namespace "${space}"`;
          yield {
            at: { manifest, path: ['spec', 'egress', i, 'hosts', j] },
            message: `no Service, ServiceEntry or VirtualService of ${where} has the host "${host}"`,
            hint:
              space !== '*' && !namespaces.has(space)
                ? candidates(space, userNamespaces(mesh)).replace('there are', 'there are the namespaces')
                : services.meets(host)
                  ? `it is in another namespace: write "*/${host}", or that namespace`
                  : candidates(host, known?.names ?? []) || `nothing is known of ${where}`,
            ...(known || routed || space === namespace || services.meets(host) ? {} : { severity: 'info' as const }),
          };
        }
  },
};
