import type { Rule } from '../rule';

/** A denial for a host that a client goes around by writing the port. */
export const denyHostWithoutPort: Rule = {
  id: 'MESH161',
  name: 'deny-host-without-port',
  severity: 'warning',
  codes: [],
  summary: 'a denial for a host does not hold for the host with a port',
  why: 'The host of a request is compared as it is sent, with its port where there is one: `Host: admin.example.com:443` is not "admin.example.com". Routes are chosen without the port, so the request arrives, and the DENY rule is gone around. Source: pilot/pkg/security/authz/model/generator.go, hostGenerator; istio.io, Security Best Practices, "host-match policies".',
  remedy:
    'Say each host twice: `admin.example.com` and `admin.example.com:*`; or allow what is right, in place of denying what is wrong.',
  *check(mesh) {
    for (const { spec, manifest } of mesh.of('AuthorizationPolicy')) {
      if (spec.action !== 'DENY') continue;
      for (const [i, rule] of ((spec.rules ?? []) as any[]).entries())
        for (const [j, to] of ((rule?.to ?? []) as any[]).entries()) {
          const hosts: string[] = to?.operation?.hosts ?? [];
          for (const [k, host] of hosts.entries())
            if (typeof host === 'string' && !host.includes(':') && !host.endsWith('*') && !hosts.includes(`${host}:*`))
              yield {
                at: { manifest, path: ['spec', 'rules', i, 'to', j, 'operation', 'hosts', k] },
                message: `a request with the host "${host.replace(/^\*/, 'www')}:443" is not denied: the port makes it another host`,
                hint: `add "${host}:*"`,
              };
        }
    }
  },
};
