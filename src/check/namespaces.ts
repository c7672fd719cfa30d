import type { Config } from '../model/config';
import { type CheckedMesh, ofMesh } from './checked-mesh';

/** Those of every cluster. */
const ALWAYS = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Namespaces that have an object of their own, or in which any object is; by name, with the object where there is one. */
export const namespacesOf: (mesh: CheckedMesh) => ReadonlyMap<string, Config | undefined> = ofMesh((mesh) => {
  const out = new Map<string, Config | undefined>();
  for (const name of [...ALWAYS, mesh.model.mesh.rootNamespace]) out.set(name, undefined);
  for (const m of mesh.manifests) if (m.namespace) out.set(m.namespace, undefined);
  for (const c of mesh.of('Namespace')) out.set(c.name, c);
  return out;
});

/** Labels of a namespace; none where its object is not among the manifests. */
export const namespaceLabels = (mesh: CheckedMesh, namespace: string): Readonly<Record<string, string>> =>
  namespacesOf(mesh).get(namespace)?.manifest.labels ?? {};

/** Names of namespaces for hints: Kubernetes' own are left out. */
export const userNamespaces = (mesh: CheckedMesh): string[] =>
  [...namespacesOf(mesh).keys()].filter((n) => !n.startsWith('kube-'));
