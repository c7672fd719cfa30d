import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { isNamespace, NO_FACTS, NOTHING, type References, referencesOf } from './references';

/** What goes with namespaces that are deleted, and is deleted by nobody one by one. */
export interface Passengers {
  readonly is: (m: Manifest) => boolean;
  /** What a namespace has, because of what goes with it. */
  readonly facts: (m: Manifest) => References;
}

/**
 * @param live what is there
 * @param deleted what is deleted, by name
 * @param kept keys of what is to be there: a namespace with some of it cannot go
 */
export function passengers(
  live: readonly Manifest[],
  deleted: readonly Manifest[],
  kept: ReadonlySet<string>,
  domain: string,
): Passengers {
  const namespaces = new Set(deleted.filter(isNamespace).map((m) => m.name));
  const alone = new Set(deleted.map(keyOf));
  const is = (m: Manifest) => namespaces.has(m.namespace) && !alone.has(keyOf(m)) && !kept.has(keyOf(m));
  const own = new Map<string, Set<string>>();
  for (const m of namespaces.size > 0 ? live.filter(is) : []) {
    const facts = own.get(m.namespace) ?? new Set();
    own.set(m.namespace, facts);
    for (const f of referencesOf(m, domain).provides) facts.add(f);
  }
  return { is, facts: (m) => ({ ...NOTHING, provides: (isNamespace(m) && own.get(m.name)) || NO_FACTS }) };
}
