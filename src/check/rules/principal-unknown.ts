import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { candidates } from '../hints';
import { items, textOf, texts } from '../items';
import { podsOf } from '../pods';
import { principalOf } from '../principal';
import type { Found, Rule } from '../rule';

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
  why: "A principal is the service account that the caller's pods run with. No pod runs with one that is not there, so an ALLOW rule shuts out the caller that was meant (403), and a DENY rule lets it in. Accounts are known from ServiceAccounts and from the pods' templates. Where no account or pod of the namespace is among the manifests it is an info, once for an account, at the first policy that names it; what has not the shape of a principal is nobody's; accounts of other trust domains are not judged. Source: pilot/pkg/security/authz/matcher and pkg/spiffe.",
  remedy: 'Write "<trust domain>/ns/<namespace>/sa/<account>" with the account that the caller\'s pods have.',
  *check(mesh) {
    if (mesh.of('AuthorizationPolicy').length === 0) return;
    const accounts = accountsOf(mesh);
    const told = new Set<string>();
    /** What may well be there, in manifests that are not here, is one thing to look up, however many policies name it. */
    const once = (fault: Fault | undefined): Fault | undefined => {
      if (fault?.severity !== 'info') return fault;
      const again = told.has(fault.message);
      told.add(fault.message);
      return again ? undefined : fault;
    };
    for (const { spec, namespace, manifest } of mesh.of('AuthorizationPolicy'))
      for (const [i, rule] of items(spec.rules)) {
        for (const [j, from] of items(rule.from))
          for (const field of ['principals', 'notPrincipals', 'serviceAccounts', 'notServiceAccounts'])
            for (const [k, given] of texts(from.source?.[field])) {
              const found = once(
                field.endsWith('rincipals')
                  ? ofPrincipal(mesh, given, accounts)
                  : unknown(given, account(given, namespace), accounts),
              );
              if (found) yield { at: { manifest, path: ['spec', 'rules', i, 'from', j, 'source', field, k] }, ...found };
            }
        for (const [j, when] of items(rule.when)) {
          if (when.key !== 'source.principal') continue;
          for (const field of ['values', 'notValues'])
            for (const [k, given] of texts(when[field])) {
              const found = once(ofPrincipal(mesh, given, accounts));
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

type Fault = Pick<Found, 'message' | 'hint' | 'severity'>;

/** What is wrong with a principal; of patterns, and of other trust domains, it is not known. */
function ofPrincipal(mesh: CheckedMesh, given: string, accounts: Accounts): Fault | undefined {
  const { trustDomain } = mesh.model.mesh;
  const bare = given.replace(/^spiffe:\/\//, '');
  // a `*` at one of the ends makes a pattern; anywhere else it stands for itself
  const pattern = /^\*|\*$/.test(bare);
  if (bare !== given || (!pattern && !/^.+\/ns\/[^/*\s]+\/sa\/[^/*\s]+$/.test(bare)))
    return {
      message: `"${given}" is no caller's principal: one is "<trust domain>/ns/<namespace>/sa/<account>"`,
      hint: meant(bare, trustDomain || 'cluster.local'),
      severity: 'warning',
    };
  const [namespace, name] = principalOf(mesh.model.mesh, bare)?.split('/') ?? [];
  return namespace === undefined ? undefined : unknown(given, { namespace, name: name! }, accounts);
}

/** `shop/sa/web` and the like, as they have to be written. */
function meant(given: string, trustDomain: string): string {
  if (given.includes('*'))
    return given.includes('/ns/') && /^\*|\*$/.test(given) ? `write "${given}"` : '"*" may stand at the beginning or at the end';
  const [, domain, namespace, name] = /^(?:(.+?)\/)??(?:ns\/)?([^/]+)\/(?:sa\/)?([^/]+)$/.exec(given.trim()) ?? [];
  return name === undefined
    ? `the trust domain is "${trustDomain}"`
    : `write "${domain ?? trustDomain}/ns/${namespace}/sa/${name}"`;
}

function account(given: string, namespace: string): Account | undefined {
  if (given.includes('*')) return undefined;
  const [first, second] = given.split('/');
  return second === undefined ? { namespace, name: given } : { namespace: first!, name: second };
}

function unknown(given: string, one: Account | undefined, accounts: Accounts): Fault | undefined {
  if (!one) return undefined;
  const { namespace, name } = one;
  const known = accounts.known.get(namespace);
  if (known?.has(name)) return undefined;
  if (!known || !accounts.seen.has(namespace))
    return {
      message: `there is no service account "${name}" in namespace "${namespace}", no account or pod of which is among the manifests`,
      hint: known
        ? 'check it together with the ServiceAccounts of that namespace'
        : candidates(namespace, accounts.known.keys()).replace('there are', 'there are the namespaces'),
      severity: 'info',
    };
  return {
    message: `there is no service account "${name}" in namespace "${namespace}" for "${given}"`,
    hint: candidates(name, known) || 'add the ServiceAccount, and give it to the pods that call',
  };
}

interface Accounts {
  /** By namespace. */
  readonly known: ReadonlyMap<string, ReadonlySet<string>>;
  /** Namespaces with accounts or pods among the manifests. */
  readonly seen: ReadonlySet<string>;
}

const accountsOf = ofMesh<Accounts>((mesh) => {
  const known = new Map<string, Set<string>>();
  const seen = new Set<string>();
  const add = (namespace: string, name: string) => {
    const names = known.get(namespace) ?? new Set(['default']);
    known.set(namespace, names.add(name));
  };
  for (const name of INSTALLED) add(mesh.model.mesh.rootNamespace, name);
  for (const c of [
    ...mesh.of('ServiceAccount').map((c) => [c.namespace, c.name] as const),
    ...podsOf(mesh).map((p) => [p.namespace, p.serviceAccount] as const),
  ]) {
    if (!textOf(c[1])) continue;
    add(...c);
    seen.add(c[0]);
  }
  // a gateway of the Gateway API runs with an account of its name and class
  for (const c of mesh.of('gateway.networking.k8s.io/Gateway')) {
    add(c.namespace, c.name);
    if (textOf(c.spec.gatewayClassName)) add(c.namespace, `${c.name}-${c.spec.gatewayClassName}`);
  }
  return { known, seen };
});
