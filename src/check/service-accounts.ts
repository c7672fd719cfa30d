import { ofMesh } from './checked-mesh';

/** Names of the ServiceAccounts that are written, by namespace. */
export const accountsOf = ofMesh((mesh): ReadonlyMap<string, ReadonlySet<string>> => {
  const out = new Map<string, Set<string>>();
  for (const c of mesh.of('ServiceAccount')) out.set(c.namespace, (out.get(c.namespace) ?? new Set()).add(c.name));
  return out;
});
