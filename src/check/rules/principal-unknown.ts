import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { candidates } from '../hints';
import { items, textOf, texts } from '../items';
import { podsOf } from '../pods';
import type { Rule } from '../rule';

/** Accounts of gateways that Istio's own installations make. */
const INSTALLED = [
  'istio-ingressgateway-service-account',
  'istio-ingressgateway',
  'istio-egressgateway-service-account',
  'istio-egressgateway',
];

/** An AuthorizationPolicy names a service account that is not there. */
export const principalUnknown: Rule = {
  id: 'MESH076',
  name: 'principal-unknown',
  severity: 'error',
  codes: ['KIA0106'],
  summary: 'an AuthorizationPolicy names a service account that is not there',
  why: "A principal is the service account that the caller's pods run with. No pod runs with one that is not there, so an ALLOW rule shuts out the caller that was meant (403), and a DENY rule lets it in. Accounts are known from ServiceAccounts and from the pods' templates. Where nothing of the namespace is among the manifests it is an info; accounts of other trust domains are not judged. Source: pilot/pkg/security/authz/matcher and pkg/spiffe.",
  remedy: 'Write "<trust domain>/ns/<namespace>/sa/<account>" with the account that the caller\'s pods have.',
  *check(mesh) {
    if (mesh.of('AuthorizationPolicy').length === 0) return;
    const accounts = accountsOf(mesh);
    for (const { spec, namespace, manifest } of mesh.of('AuthorizationPolicy'))
      for (const [i, rule] of items(spec.rules)) {
        for (const [j, from] of items(rule.from))
          for (const field of ['principals', 'notPrincipals', 'serviceAccounts', 'notServiceAccounts'])
            for (const [k, given] of texts(from.source?.[field])) {
              const one = field.endsWith('rincipals') ? principal(mesh, given) : account(given, namespace);
              const found = one && unknown(given, one, accounts);
              if (found) yield { at: { manifest, path: ['spec', 'rules', i, 'from', j, 'source', field, k] }, ...found };
            }
        for (const [j, when] of items(rule.when)) {
          if (when.key !== 'source.principal') continue;
          for (const field of ['values', 'notValues'])
            for (const [k, given] of texts(when[field])) {
              const one = principal(mesh, given);
              const found = one && unknown(given, one, accounts);
              if (found) yield { at: { manifest, path: ['spec', 'rules', i, 'when', j, field, k] }, ...found };
            }
        }
      }
  },
};

interface Account {
  readonly namespace: string;
  readonly name: string;
}

/** The account of a principal; nothing where it is a pattern, or of another trust domain. */
function principal({ model: { mesh } }: CheckedMesh, given: string): Account | undefined {
  const [, domain, namespace, name] = /^(.+)\/ns\/([^/*]+)\/sa\/([^/*]+)$/.exec(given.replace(/^spiffe:\/\//, '')) ?? [];
  if (domain === undefined) return undefined;
  // `*/ns/…` is any domain; "cluster.local" stands for the mesh's own, whatever that is
  const own = ['*', 'cluster.local', mesh.trustDomain, ...mesh.trustDomainAliases];
  return own.includes(domain) ? { namespace: namespace!, name: name! } : undefined;
}

function account(given: string, namespace: string): Account | undefined {
  if (given.includes('*')) return undefined;
  const [first, second] = given.split('/');
  return second === undefined ? { namespace, name: given } : { namespace: first!, name: second };
}

function unknown(given: string, { namespace, name }: Account, accounts: ReadonlyMap<string, ReadonlySet<string>>) {
  const known = accounts.get(namespace);
  if (known?.has(name)) return undefined;
  if (!known || known.size <= 1)
    return known && name === 'default'
      ? undefined
      : {
          message: `there is no service account "${name}" in namespace "${namespace}", of which nothing is among the manifests`,
          hint: candidates(namespace, accounts.keys()).replace('there are', 'there are the namespaces'),
          severity: 'info' as const,
        };
  return {
    message: `there is no service account "${name}" in namespace "${namespace}" for "${given}"`,
    hint: candidates(name, known) || 'add the ServiceAccount, and give it to the pods that call',
  };
}

const accountsOf = ofMesh((mesh) => {
  const out = new Map<string, Set<string>>();
  const add = (namespace: string, name: string) => {
    const known = out.get(namespace) ?? new Set(['default']);
    out.set(namespace, known.add(name));
  };
  for (const name of INSTALLED) add(mesh.model.mesh.rootNamespace, name);
  for (const c of mesh.of('ServiceAccount')) add(c.namespace, c.name);
  for (const p of podsOf(mesh)) if (textOf(p.serviceAccount)) add(p.namespace, p.serviceAccount);
  // a gateway of the Gateway API runs with an account of its name and class
  for (const c of mesh.of('gateway.networking.k8s.io/Gateway')) {
    add(c.namespace, c.name);
    if (textOf(c.spec.gatewayClassName)) add(c.namespace, `${c.name}-${c.spec.gatewayClassName}`);
  }
  return out;
});
