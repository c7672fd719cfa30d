import type { AuthorizationPolicySpec } from '../../imports/security.istio.io';
import type { Grant } from './access';
import type { CallLimits } from './caller';
import type { ServiceHost } from './service-host';
import { sharingPods } from './shared-pods';

type Rule = NonNullable<AuthorizationPolicySpec['rules']>[number];

/** What an AuthorizationPolicy of the service says: a rule for all who are meant with the same limits. */
export function policyOf(service: ServiceHost<any, any>, grants: readonly Grant[], action?: 'DENY'): AuthorizationPolicySpec {
  const byLimits = new Map<string, { limits: CallLimits; principals: Set<string>; namespaces: Set<string> }>();
  for (const g of grants) {
    const key = JSON.stringify([g.limits.methods, g.limits.paths]);
    const entry = byLimits.get(key) ?? { limits: g.limits, principals: new Set<string>(), namespaces: new Set<string>() };
    for (const p of g.principals) entry.principals.add(p);
    for (const n of g.namespaces) entry.namespaces.add(n);
    byLimits.set(key, entry);
  }
  const notPorts = action === 'DENY' ? opaqueTargets(service) : [];
  const rules = [...byLimits.values()].map(
    ({ limits: { methods, paths }, principals, namespaces }): Rule => ({
      from: [
        ...(principals.size > 0 ? [{ source: { principals: [...principals].sort() } }] : []),
        ...(namespaces.size > 0 ? [{ source: { namespaces: [...namespaces].sort() } }] : []),
      ],
      ...(methods || paths
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
