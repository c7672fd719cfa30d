import { at, selectorText } from '../fields';
import type { Rule } from '../rule';

/** A PeerAuthentication with a selector in the root namespace. */
export const selectorInRootNamespace: Rule = {
  id: 'MESH186',
  name: 'selector-in-root-namespace',
  severity: 'warning',
  codes: [],
  summary: 'a PeerAuthentication in the root namespace has a selector',
  why: 'In the root namespace a PeerAuthentication is for the whole mesh or for nobody: one with a selector is in force nowhere, not even for pods of the root namespace. Source: pilot/pkg/security/authn/policy_applier.go, ComposePeerAuthentication.',
  remedy: 'Take the selector out, for the whole mesh; or move the PeerAuthentication to the namespace of the workloads.',
  *check(mesh) {
    for (const c of mesh.of('PeerAuthentication')) {
      const labels = c.spec.selector?.matchLabels ?? {};
      if (c.namespace !== mesh.model.mesh.rootNamespace || Object.keys(labels).length === 0) continue;
      yield {
        at: at(c, 'spec', 'selector'),
        message: `in "${c.namespace}", the root namespace, a PeerAuthentication with a selector ("${selectorText(labels)}") is in force nowhere`,
      };
    }
  },
};
