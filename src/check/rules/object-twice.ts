import type { Manifest } from '../../manifests/manifest';
import { filed } from '../fields';
import type { Rule } from '../rule';

/** Two manifests are of one object. */
export const objectTwice: Rule = {
  id: 'MESH164',
  name: 'object-twice',
  severity: 'warning',
  codes: [],
  summary: 'two manifests are of one object, and differ',
  why: 'A cluster has one object of a kind, namespace and name: the manifest that is applied last takes the place of the other, of which nothing is left. Where it matters what the mesh does, the other rules go by the last one; of manifests that no cluster has together they may say what is wrong. Source: Kubernetes, object names.',
  remedy: 'Give one of them another name or namespace, or check overlays of the same objects one by one.',
  *check(mesh) {
    const byName = new Map<string, Manifest[]>();
    for (const m of mesh.manifests) if (m.name) filed(byName, `${m.group} ${m.kind} ${m.namespace}/${m.name}`, m);
    for (const [first, ...others] of byName.values())
      for (const manifest of others) {
        if (isSame(first!.object, manifest.object)) continue;
        yield {
          at: { manifest, path: ['metadata', 'name'] },
          message: `${manifest.kind} "${manifest.namespace ? `${manifest.namespace}/` : ''}${manifest.name}" is written twice, and not the same: the one that is applied last wins`,
          related: [{ at: { manifest: first!, path: ['metadata', 'name'] }, message: 'the other one' }],
        };
      }
  },
};

/** Whether two values of JSON are the same, whatever the order of their fields. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  if (keys.length !== others.length || Array.isArray(a) !== Array.isArray(b)) return false;
  return keys.every((k) => Object.hasOwn(b, k) && isSame((a as Record<string, unknown>)[k], (b as Record<string, unknown>)[k]));
}
