import type { AuthorizationPolicySpec } from '../../imports/security.istio.io';
import type { CallLimits } from './caller';
import type { Grant } from './grant';
import type { ServiceHost } from './service-host';
import { sharingPods } from './shared-pods';

type Rule = NonNullable<AuthorizationPolicySpec['rules']>[number];

/** Who is meant with the same limits. */
interface Meant {
  readonly limits: CallLimits;
  readonly principals: Set<string>;
  readonly namespaces: Set<string>;
  readonly ipBlocks: Set<string>;
}

/** What an AuthorizationPolicy of the service says: a rule for all who are meant with the same limits. */
export function policyOf(service: ServiceHost<any, any>, grants: readonly Grant[], action?: 'DENY'): AuthorizationPolicySpec {
  const byLimits = new Map<string, Meant>();
  for (const g of grants) {
    const key = JSON.stringify([g.limits.methods, g.limits.paths, g.limits.claims]);
    const entry: Meant = byLimits.get(key) ?? {
      limits: g.limits,
      principals: new Set(),
      namespaces: new Set(),
      ipBlocks: new Set(),
    };
    for (const p of g.principals) entry.principals.add(p);
    for (const n of g.namespaces) entry.namespaces.add(n);
    for (const b of g.ipBlocks ?? []) entry.ipBlocks.add(b);
    byLimits.set(key, entry);
  }
  const notPorts = action === 'DENY' ? opaqueTargets(service) : [];
  const rules = [...byLimits.values()].map(
    ({ limits: { methods, paths, claims }, principals, namespaces, ipBlocks }): Rule => ({
      from: [
        ...(principals.size > 0 ? [{ source: { principals: [...principals].sort() } }] : []),
        ...(namespaces.size > 0 ? [{ source: { namespaces: [...namespaces].sort() } }] : []),
        ...(ipBlocks.size > 0 ? [{ source: { ipBlocks: [...ipBlocks].sort() } }] : []),
      ],
      ...(methods || paths || (claims && notPorts.length > 0)
        ? {
            to: [
              {
                operation: {
                  ...(methods ? { methods: [...methods] } : {}),
                  ...(paths ? { paths: [...paths] } : {}),
                  ...(notPorts.length > 0 ? { notPorts } : {}),
                },
              },
            ],
          }
        : {}),
      ...(claims
        ? {
            when: Object.entries(claims)
              .sort(([a], [b]) => (a < b ? -1 : 1))
              .map(([name, values]) => ({ key: `request.auth.claims[${name.replaceAll('.', '][')}]`, values: [...values] })),
          }
        : {}),
    }),
  );
  return {
    selector: { matchLabels: service.labels },
    ...(action ? { action } : {}),
    ...(rules.length > 0 ? { rules } : {}),
  };
}

/**
 * Ports of the pods that take connections alone. There istiod leaves methods and paths out of a denial, which would so
 * close them wholly. They are left out of it, not the others named: a target that was not said is closed then, not open.
 * Source: pilot/pkg/security/authz/model/model.go (`Generate`), security/authorization-policy reference (`notPorts`).
 */
export function opaqueTargets(service: ServiceHost<any, any>): string[] {
  const ports = [service, ...sharingPods(service)].flatMap((s) => s.ports);
  const http = new Set(ports.filter((p) => p.isHttp).map((p) => p.target));
  const opaque = ports.filter((p) => !p.isHttp && !http.has(p.target)).map((p) => p.target);
  return [...new Set(opaque)].sort((a, b) => a - b).map(String);
}
