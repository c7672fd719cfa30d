import type { AuthorizationPolicySpec } from '../../imports/security.istio.io';
import type { AppModel } from './app-model';
import type { Served } from './egress-servers';

type Rule = NonNullable<AuthorizationPolicySpec['rules']>[number];

/** Identities of those who may call a host: who declared it, and who calls a host whose routes lead there. */
export const callersThrough = (model: AppModel, hosts: readonly string[]): readonly string[] =>
  [
    ...new Set(
      hosts.flatMap((h) => [...model.callersOf(h), ...(model.arrivals.get(h) ?? [])].flatMap((grant) => grant.principals)),
    ),
  ].sort();

/**
 * Who may call which host through the gateway. Of a request its Host counts, as the gateway's routes go by it; of a connection the
 * name in the hello of the mutual TLS that it comes in. Where nobody may, nobody gets in: a policy without rules.
 * Source: Istio's security/authorization-policy reference; security/authorization-policy-conditions (`connection.sni`).
 */
export function egressPolicy(
  model: AppModel,
  all: readonly Served[],
  labels: Readonly<Record<string, string>>,
): AuthorizationPolicySpec {
  const rules = [...all]
    .sort((a, b) => (a.service.host < b.service.host ? -1 : 1))
    .flatMap(({ service: { hosts }, isHttp }): Rule[] => {
      const principals = callersThrough(model, hosts);
      if (principals.length === 0) return [];
      const from = [{ source: { principals } }];
      return isHttp
        ? [{ from, to: [{ operation: { hosts: hosts.flatMap((h) => [h, `${h}:*`]) } }] }]
        : [{ from, when: [{ key: 'connection.sni', values: hosts }] }];
    });
  return { selector: { matchLabels: labels }, ...(rules.length > 0 ? { rules } : {}) };
}
