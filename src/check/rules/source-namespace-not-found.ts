import type { CheckedMesh } from '../checked-mesh';
import { ofMesh } from '../checked-mesh';
import { at } from '../fields';
import { candidates } from '../hints';
import { items } from '../items';
import type { Rule } from '../rule';

/** An AuthorizationPolicy speaks of callers of a namespace that is not there. */
export const sourceNamespaceNotFound: Rule = {
  id: 'MESH029',
  name: 'source-namespace-not-found',
  severity: 'warning',
  codes: ['IST0101', 'KIA0101'],
  summary: 'an AuthorizationPolicy speaks of callers of a namespace that is not there',
  why: 'No caller is ever of that namespace: an ALLOW lets nobody in by it, and a DENY keeps nobody out. Namespaces that other objects are in are taken to be there; where the manifests hold no Namespace, this is worth knowing, no more. Source: pilot/pkg/security/authz/matcher.',
  remedy: 'Mend the name; `*` may stand at one of its ends.',
  *check(mesh) {
    // manifests without Namespaces leave them to others
    const elsewhere = mesh.of('Namespace').length === 0;
    const known = namespaces(mesh);
    const met = new Map<string, boolean>();
    for (const c of mesh.of('AuthorizationPolicy'))
      for (const [i, rule] of items(c.spec.rules))
        for (const [j, { source }] of items(rule.from))
          for (const field of ['namespaces', 'notNamespaces'] as const)
            for (const [k, name] of ((source?.[field] ?? []) as string[]).entries()) {
              const is = met.get(name) ?? isMet(name, known);
              met.set(name, is);
              if (is) {
                // istioctl compares names without their case, the proxies do not
                if (name.includes('*') || known.has(name)) continue;
                yield {
                  at: at(c, 'spec', 'rules', i, 'from', j, 'source', field, k),
                  message: `there is no namespace "${name}": names of namespaces are lower-case`,
                  hint: `write "${name.toLowerCase()}"`,
                  codes: ['KIA0101'],
                };
                continue;
              }
              yield {
                at: at(c, 'spec', 'rules', i, 'from', j, 'source', field, k),
                ...(elsewhere ? { severity: 'info' as const } : {}),
                message: name.includes('*') ? `"${name}" is met by no namespace` : `there is no namespace "${name}"`,
                hint: candidates(name, known),
              };
            }
  },
};

/** Source: analyzers/authz/authorizationpolicies.go, namespaceMatch. */
function isMet(given: string, known: ReadonlySet<string>): boolean {
  if (given === '*') return true;
  if (given.startsWith('*')) return [...known].some((n) => n.endsWith(given.slice(1)));
  if (given.endsWith('*')) return [...known].some((n) => n.startsWith(given.slice(0, -1)));
  return known.has(given) || known.has(given.toLowerCase());
}

const namespaces: (mesh: CheckedMesh) => ReadonlySet<string> = ofMesh(
  (mesh) =>
    new Set([...mesh.of('Namespace').map((n) => n.name), ...mesh.manifests.map((m) => m.namespace).filter((n) => n !== '')]),
);
