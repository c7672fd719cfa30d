import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { isEqual } from '../values/equal';
import { sortOf } from './facts/fact-sorts';
import type { Fact } from './facts/references';
import type { Together } from './facts/together';
import { onceOfEach, type ReferencesOf } from './movers';

/** References worked out once for each state of an object, and without what is needed in the end and is not there: that is meant. */
export function withoutMeant(
  objects: readonly Manifest[],
  desired: readonly Manifest[],
  together: readonly Together[],
  make: ReferencesOf,
): ReferencesOf {
  const of = onceOfEach(make);
  const meant = meantBy(objects, desired, of, together);
  if (meant.size === 0) return of;
  const last = new Map(desired.map((m) => [keyOf(m), m]));
  return (m, key) => {
    const all = of(m, key);
    // only who does in the end what it does now misses nothing of it
    const missing = m === undefined || isEqual(m.object, last.get(key)?.object) ? meant.get(key) : undefined;
    return missing ? { ...all, needs: new Set([...all.needs].filter((f) => !missing.has(f))) } : all;
  };
}

/** By the key of objects, what each needs in the end and is not there. */
function meantBy(
  objects: readonly Manifest[],
  desired: readonly Manifest[],
  of: ReferencesOf,
  together: readonly Together[],
): ReadonlyMap<string, ReadonlySet<Fact>> {
  const last = new Map([...objects.map((m) => [keyOf(m), undefined] as const), ...desired.map((m) => [keyOf(m), m] as const)]);
  const all = [...last].map(([key, m]) => [key, of(m, key)] as const);
  const provided = new Set(all.flatMap(([, r]) => [...r.provides].filter((f) => sortOf(f).mayBeMissing)));
  for (const t of together) for (const f of t.provides((key) => last.get(key))) provided.add(f);
  const out = new Map<string, ReadonlySet<Fact>>();
  for (const [key, { needs }] of all) {
    const missing = [...needs].filter((f) => sortOf(f).mayBeMissing && !provided.has(f));
    if (missing.length > 0) out.set(key, new Set(missing));
  }
  return out;
}
