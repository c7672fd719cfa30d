import type { AuthorizationPolicySpec } from '../../imports/security.istio.io';
import type { Port } from '../values/port';
import type { CallLimits } from './caller';
import type { Grant, RuleLimits } from './grant';
import type { ServiceHost } from './service-host';
import { sharingPods } from './shared-pods';

type Rule = NonNullable<AuthorizationPolicySpec['rules']>[number];

/** Who is meant with the same limits. */
interface Meant {
  readonly limits: RuleLimits;
  readonly self: boolean;
  readonly principals: Set<string>;
  readonly namespaces: Set<string>;
  readonly ipBlocks: Set<string>;
}

/** What an AuthorizationPolicy of the service says: a rule for all who are meant with the same limits. */
export function policyOf(service: ServiceHost<any, any>, grants: readonly Grant[], action?: 'DENY'): AuthorizationPolicySpec {
  const byLimits = new Map<string, Meant>();
  for (const g of grants) {
    const key = JSON.stringify([g.limits.methods, g.limits.paths, g.limits.claims, g.limits.unlessClaims, g.self]);
    const entry: Meant = byLimits.get(key) ?? {
      limits: g.limits,
      self: g.self === true,
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
  // callers from elsewhere have nothing to do at the ports that pods have for each other
  const clients = action !== 'DENY' && service.peerPorts.length > 0 ? targetsOf(service.ports) : [];
  const rules = [...byLimits.values()].flatMap(
    ({ limits: { methods, paths, claims, unlessClaims }, self, principals, namespaces, ipBlocks }) =>
      // who is spared has all of the claims, so a rule for each denies who lacks it
      Object.entries(unlessClaims ?? { '': [] })
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(
          ([spared, values]): Rule => ({
            from: [
              ...(principals.size > 0 ? [{ source: { principals: [...principals].sort() } }] : []),
              ...(namespaces.size > 0 ? [{ source: { namespaces: [...namespaces].sort() } }] : []),
              ...(ipBlocks.size > 0 ? [{ source: { ipBlocks: [...ipBlocks].sort() } }] : []),
            ],
            ...(methods || paths || ((claims || unlessClaims) && notPorts.length > 0) || (clients.length > 0 && !self)
              ? {
                  to: [
                    {
                      operation: {
                        ...(methods ? { methods: [...methods] } : {}),
                        ...(paths ? { paths: [...paths] } : {}),
                        ...(notPorts.length > 0 ? { notPorts } : {}),
                        ...(clients.length > 0 && !self ? { ports: clients } : {}),
                      },
                    },
                  ],
                }
              : {}),
            ...(claims || unlessClaims
              ? {
                  when: [
                    ...conditionsOf(claims).map(([key, values]) => ({ key, values })),
                    ...conditionsOf(unlessClaims && { [spared]: values }).map(([key, notValues]) => ({ key, notValues })),
                  ],
                }
              : {}),
          }),
        ),
  );
  return {
    selector: { matchLabels: service.labels },
    ...(action ? { action } : {}),
    ...(rules.length > 0 ? { rules } : {}),
  };
}

const conditionsOf = (claims: CallLimits['claims'] = {}) =>
  Object.entries(claims)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, values]) => [`request.auth.claims[${name.replaceAll('.', '][')}]`, [...values]] as const);

/**
 * Ports of the pods that take connections alone. There istiod leaves methods and paths out of a denial, which would so
 * close them wholly. They are left out of it, not the others named: a target that was not said is closed then, not open.
 * Source: pilot/pkg/security/authz/model/model.go (`Generate`), security/authorization-policy reference (`notPorts`).
 */
export function opaqueTargets(service: ServiceHost<any, any>): string[] {
  const ports = [service, ...sharingPods(service)].flatMap((s) => [...s.ports, ...s.peerPorts]);
  const http = new Set(ports.filter((p) => p.isHttp).map((p) => p.target));
  return targetsOf(ports.filter((p) => !p.isHttp && !http.has(p.target)));
}

const targetsOf = (ports: readonly Port[]): string[] =>
  [...new Set(ports.map((p) => p.target))].sort((a, b) => a - b).map(String);
