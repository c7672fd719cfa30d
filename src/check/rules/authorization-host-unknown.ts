import { candidates } from '../hints';
import { items, texts } from '../items';
import { gatewayHosts, namedHosts } from '../named-hosts';
import { namespacesOf } from '../namespaces';
import type { Rule } from '../rule';

/** An AuthorizationPolicy names a host of the cluster that is not there. */
export const authorizationHostUnknown: Rule = {
  id: 'MESH074',
  name: 'authorization-host-unknown',
  severity: 'warning',
  codes: ['KIA0104'],
  summary: 'an AuthorizationPolicy names a host of the cluster that is not there',
  why: 'The host is compared with the request\'s Host header as it was sent. A name of the cluster that no Service has is in no request, so the rule never matches. Names of the outside and names with "*" are not judged; Kiali passes full names of services by, which are as wrong. Source: pilot/pkg/security/authz/matcher/header.go, HostMatcher.',
  remedy: 'Write the name that callers use, with every form of it: "reviews", "reviews.shop", "reviews.shop.svc.cluster.local".',
  *check(mesh) {
    if (mesh.of('AuthorizationPolicy').length === 0) return;
    const domain = mesh.model.mesh.domain;
    const { services, routes } = namedHosts(mesh);
    const gateways = gatewayHosts(mesh);
    const namespaces = namespacesOf(mesh);
    for (const { spec, namespace, manifest } of mesh.of('AuthorizationPolicy'))
      for (const [i, rule] of items(spec.rules))
        for (const [j, to] of items(rule.to))
          for (const field of ['hosts', 'notHosts'])
            for (const [k, given] of texts(to.operation?.[field])) {
              const host = given.replace(/:\d+$/, '').toLowerCase();
              const full = fullHost(host, namespace, domain, (n) => namespaces.has(n));
              if (full === undefined) continue;
              if ([host, full].some((h) => services.covers(h) || routes.covers(h) || gateways.covers(h))) continue;
              const names = [...services.names].filter((n) => n.endsWith(full.slice(full.indexOf('.'))));
              const hint = candidates(full, names);
              yield {
                at: { manifest, path: ['spec', 'rules', i, 'to', j, 'operation', field, k] },
                message: `no Service, ServiceEntry, VirtualService or Gateway has the host "${given}"`,
                hint: hint || 'write the host as callers send it',
              };
            }
  },
};

/** The full name of a host of the cluster; nothing where it may be any other host. */
function fullHost(host: string, namespace: string, domain: string, isNamespace: (name: string) => boolean): string | undefined {
  if (host === '' || host.includes('*') || host.includes(':') || /^[\d.]+$/.test(host) || host === 'localhost') return undefined;
  const parts = host.split('.');
  if (parts.length === 1) return `${host}.${namespace}.svc.${domain}`;
  if (parts.length === 2) return isNamespace(parts[1]!) ? `${host}.svc.${domain}` : undefined;
  if (parts.length === 3 && parts[2] === 'svc') return `${host}.${domain}`;
  return host.endsWith(`.svc.${domain}`) ? host : undefined;
}
