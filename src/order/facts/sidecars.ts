import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { isEqual } from '../../values/equal';
import { type Fact, NOTHING, type References } from './references';

/** Whether it is a Sidecar of Istio's. */
export const isSidecar = (m: Manifest): boolean => m.group === 'networking.istio.io' && m.kind === 'Sidecar';

/**
 * Of the Sidecars about pods one alone is in effect: that of their labels, before that of their namespace, before the mesh's. So one
 * that is more about them comes before the others change, and goes when these are as they are to be.
 * Source: istio.io, Sidecar, and pilot/pkg/model/push_context.go, getSidecarScope.
 * @param root the mesh's root namespace
 * @param isUsed whether there are pods about whom it is
 */
export function sidecarFacts(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  root: string,
  isUsed: (m: Manifest) => boolean,
): (m: Manifest | undefined, key: string) => References {
  const [before, after] = [live, desired].map((all) => new Map(all.filter(isSidecar).map((m) => [keyOf(m), m])));
  const level = (m: Manifest) => (m.object.spec?.workloadSelector?.labels ? 2 : m.namespace === root ? 0 : 1);
  const isNearer = (a: Manifest, b: Manifest) => level(a) > level(b) && (a.namespace === b.namespace || b.namespace === root);
  const keys = [...new Set([...before!.keys(), ...after!.keys()])];
  const turning = keys.filter((key) => !isEqual(before!.get(key)?.object.spec, after!.get(key)?.object.spec));
  const coming = turning.flatMap((key) => (before!.has(key) ? [] : [after!.get(key)!])).filter(isUsed);
  return (m, key) => {
    const was = before!.get(key);
    if (m === was || !(was ?? after!.has(key))) return NOTHING;
    const first = m
      ? coming.filter((c) => isNearer(c, m)).map(keyOf)
      : turning.filter((other) => isNearer(was!, (after!.get(other) ?? before!.get(other))!));
    return { ...NOTHING, provides: new Set([scoped(key)]), needs: new Set(first.map(scoped)) };
  };
}

const scoped = (key: string): Fact => `scoped ${key}`;
