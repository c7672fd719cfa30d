import type { Config } from '../model/config';
import { ruleMet, type Subject } from '../trace/authorize';
import type { CheckedMesh } from './checked-mesh';

/**
 * Whether some rule of ALLOW policies may let a caller in, whatever it asks for: what one request may have and another not
 * (ports, paths, addresses, tokens) is not looked at.
 * @param principal without `spiffe://`
 */
export function letsIn(mesh: CheckedMesh, allow: readonly Config[], principal: string): boolean {
  const { trustDomain, trustDomainAliases } = mesh.model.mesh;
  const subject = subjectOf(principal, [trustDomain, ...trustDomainAliases]);
  return allow.some((c) => ((c.spec.rules ?? []) as any[]).some((r) => ruleMet(byWhom(r), c.namespace, subject, 'ALLOW')));
}

const WHO = [
  'principals',
  'notPrincipals',
  'namespaces',
  'notNamespaces',
  'serviceAccounts',
  'notServiceAccounts',
  'trustDomains',
  'notTrustDomains',
];

/** The rule without what one request may have and another not. */
function byWhom(rule: any): any {
  const from = ((rule?.from ?? []) as any[]).map((f) => ({
    source: Object.fromEntries(Object.entries(f?.source ?? {}).filter(([k]) => WHO.includes(k))),
  }));
  const when = ((rule?.when ?? []) as any[]).filter((w) =>
    /^source\.(principal|namespace|serviceAccount|trustDomain)$/.test(w?.key ?? ''),
  );
  return { from, when };
}

/** Who calls with an identity, and says nothing of the request. */
export const subjectOf = (principal: string, trustDomains: readonly string[]): Subject => ({
  principal,
  sourceIp: '',
  remoteIp: '',
  port: 0,
  destinationIp: '',
  sni: undefined,
  http: { method: 'GET', path: '/', host: '', headers: new Map() },
  claims: undefined,
  trustDomains,
});
