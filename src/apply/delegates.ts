import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { isEqual } from './equal';
import { delegatesOf, type Fact, isRoutes, list, NOTHING, type References } from './references';

/**
 * A VirtualService that delegates to another, where both change: what the other leads to now may not do for whom it begins to
 * serve, so it is as it is to be before.
 */
export function delegateFacts(live: readonly Manifest[], desired: readonly Manifest[]): (m: Manifest) => References {
  const before = new Map(live.filter(isRoutes).map((m) => [keyOf(m), m]));
  const changed = desired.filter((m) => isRoutes(m) && !isEqual(before.get(keyOf(m))?.object, m.object));
  const delegates = new Set(
    changed.filter((m) => list(m.object.spec?.hosts).length === 0 && before.has(keyOf(m))).map((m) => `${m.namespace}/${m.name}`),
  );
  if (delegates.size === 0) return () => NOTHING;
  const known = new Set(changed);
  return (m) => {
    if (!known.has(m)) return NOTHING;
    const own: Fact[] = delegates.has(`${m.namespace}/${m.name}`) ? [turned(`${m.namespace}/${m.name}`)] : [];
    return {
      ...NOTHING,
      provides: new Set(own),
      needs: new Set(
        delegatesOf(m)
          .filter((d) => delegates.has(d))
          .map(turned),
      ),
    };
  };
}

const turned = (delegate: string): Fact => `turned ${delegate}`;
