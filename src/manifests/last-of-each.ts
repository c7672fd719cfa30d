import type { Manifest } from './manifest';

/** Of manifests of one object the last, in its place: what a cluster would hold when all are applied. */
export function lastOfEach(manifests: readonly Manifest[]): readonly Manifest[] {
  const last = new Map<string, Manifest>();
  const keyOf = (m: Manifest) => `${m.group} ${m.kind} ${m.namespace || 'default'} ${m.name}`;
  for (const m of manifests) if (m.name !== '') last.set(keyOf(m), m);
  return manifests.filter((m) => m.name === '' || last.get(keyOf(m)) === m);
}
