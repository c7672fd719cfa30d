import { grantsOf } from '../gateway-api';
import { candidates } from '../hints';
import { items, textOf } from '../items';
import { namespacesOf, userNamespaces } from '../namespaces';
import type { Rule } from '../rule';

/** A ReferenceGrant is for a namespace that is not there. */
export const referenceGrantNamespaceUnknown: Rule = {
  id: 'MESH099',
  name: 'reference-grant-namespace-unknown',
  severity: 'warning',
  codes: ['KIA1601'],
  summary: 'a ReferenceGrant is for a namespace that is not there',
  why: 'It grants nothing to anyone, and whoever was meant is refused: routes lead to 500. A namespace of another repository is right. Source: pilot/pkg/config/kube/gateway/route_collections.go.',
  remedy: 'Name the namespace of the routes.',
  *check(mesh) {
    const namespaces = namespacesOf(mesh);
    for (const { spec, manifest } of grantsOf(mesh))
      for (const [i, from] of items(spec.from)) {
        const name = textOf(from.namespace);
        if (!name || namespaces.has(name)) continue;
        yield {
          at: { manifest, path: ['spec', 'from', i, 'namespace'] },
          message: `there is no namespace "${name}"`,
          hint: candidates(name, userNamespaces(mesh)) || 'add the Namespace',
        };
      }
  },
};
