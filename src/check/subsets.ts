import type { Ref } from '../model/config';
import { type CheckedMesh, ofMesh } from './checked-mesh';
import { filed } from './fields';

/** A subset of some DestinationRule. */
export interface DefinedSubset {
  readonly name: string;
  readonly at: Ref;
}

const SUFFIX = '.svc.cluster.local';
const FULL = /^(.+)\.(.+)\.svc\.cluster\.local$/;

/** A host as istioctl's analyzers tell it from others: `reviews` in `shop` is `reviews.shop.svc.cluster.local`. Source: analyzers/util/hosts.go. */
export function hostKey(host: string, namespace: string): string {
  if (!host.endsWith(SUFFIX)) return `${namespace}/${host}`;
  const [, name, space] = FULL.exec(host) ?? [];
  return name === undefined ? `${namespace}/${host}` : `${space}/${name}`;
}

const index = ofMesh((mesh) => {
  const out = new Map<string, DefinedSubset[]>();
  for (const { spec, namespace, manifest } of mesh.of('DestinationRule')) {
    const key = hostKey(spec.host ?? '', namespace);
    for (const [i, s] of ((spec.subsets ?? []) as any[]).entries())
      filed(out, key, { name: s?.name ?? '', at: { manifest, path: ['spec', 'subsets', i, 'name'] } });
  }
  return out;
});

/** The subsets that any DestinationRule defines for a host, as an object of the namespace names it. */
export const subsetsByHost =
  (mesh: CheckedMesh) =>
  (host: string, namespace: string): readonly DefinedSubset[] =>
    index(mesh).get(hostKey(host, namespace)) ?? [];
