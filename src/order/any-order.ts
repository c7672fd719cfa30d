import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { isEqual } from '../values/equal';
import { isRoutes, list } from './facts/references';
import { coming } from './forms/stages';
import type { Change, Write } from './phase';

/** Fields of a rule that say how requests are treated: nothing else relies on them, and they rely on nothing. */
const TREATMENT = ['timeout', 'retries', 'fault', 'corsPolicy'];

/**
 * Changes that may be written at once and in any order, with whatever else there is: how routes treat requests, which share of them
 * each destination gets, and what ConfigMaps and Secrets hold.
 * @returns the writes; nothing where something else changes, too, or comes up still, so that an order has to be looked for
 */
export function inAnyOrder({ live, desired }: Change): readonly Write[] | undefined {
  const [before, after] = [new Set(live), new Set(desired)];
  const to = new Map(desired.flatMap((m) => (before.has(m) ? [] : [[keyOf(m), m] as const])));
  const writes: Write[] = [];
  for (const from of live) {
    if (coming(from).length > 0) return undefined;
    if (after.has(from)) continue;
    const key = keyOf(from);
    const object = to.get(key);
    to.delete(key);
    if (!object) return undefined;
    if (isEqual(from.object, object.object)) continue;
    if (!isOnlyTreated(from, object)) return undefined;
    writes.push({ key, action: 'change', object, wide: false });
  }
  return to.size === 0 ? writes : undefined;
}

function isOnlyTreated(from: Manifest, to: Manifest): boolean {
  if (from.group === '' && (from.kind === 'ConfigMap' || from.kind === 'Secret')) return true;
  if (!isRoutes(from) || !isOwnWay(from) || !isOwnWay(to)) return false;
  const [a, b] = [from, to].map((m) => ({ ...m.object.spec, http: list(m.object.spec?.http).map(untreated) }));
  return isEqual(a, b);
}

/** Neither a delegate nor one that delegates: of these the one may have to wait for the other, whatever changes. */
const isOwnWay = ({ object: { spec = {} } }: Manifest): boolean =>
  list(spec.hosts).length > 0 && list(spec.http).every((rule) => !rule.delegate);

/** What of a rule others may rely on, or that relies on others. */
function untreated(rule: any): unknown {
  const out = { ...rule };
  for (const field of TREATMENT) delete out[field];
  if (Array.isArray(rule.route))
    out.route = rule.route.map((r: any) => {
      if (typeof r !== 'object' || r === null) return r;
      const { weight: _, ...rest } = r;
      return rest;
    });
  return out;
}
