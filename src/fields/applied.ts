import { afterYielding } from './compare';
import { appliedBy, type ManagedFields, managersOf, union } from './managed-fields';
import { overlaid, without } from './remaining';

/**
 * What the server makes of an object when it is applied: what is desired, and what others own of it or nobody does; but not what
 * was ours, or is made ours, and is desired no more. What the server fills in besides is not in it.
 * @param yielding what other managers own of it and is made ours before
 */
export function appliedTo(live: any, desired: any, manager: string, yielding: readonly ManagedFields[]): any {
  const all = managersOf(live);
  const own = appliedBy(live, manager);
  const others = afterYielding(
    all.filter((m) => m !== own),
    yielding,
  );
  const given = union([own?.fieldsV1, ...yielding.map((m) => m.fieldsV1)]);
  const left = without(
    live,
    desired,
    given,
    others.map((m) => m.fieldsV1),
  );
  const merged = overlaid(left, desired, union(all.map((m) => m.fieldsV1)));
  const { managedFields: _, ...metadata } = merged.metadata;
  return { ...merged, metadata };
}
