import type { Cluster } from '../cluster/transport';
import type { Comparison, Conflict, FieldChange } from '../fields/compare';
import { shownChanges } from '../fields/field-lines';
import { fieldsOf, type ManagedFields, managersOf } from '../fields/managed-fields';
import type { Manifest } from '../manifests/manifest';
import { unready } from '../order/facts/readiness';
import { isRoutes } from '../order/facts/references';
import { PART_OF, type Run } from './apply-set';
import { addedByHand, BY_HAND, notesByHand } from './by-hand';
import { nameText } from './named';
import { mostLeaves } from './plan/leftovers';
import { type Plan, type PlanOptions, plan } from './plan/plan';
import type { PlannedObject } from './plan/planned-object';
import { weightNotes } from './plan/weights';

/**
 * What is not as the files say: not applied yet (`changed`: nobody else wrote there), `missing`, changed by hand (`edited`, with kubectl),
 * a field that another tool owns now (`stolen`), one that nobody can apply as the files say it (`unfit`), in no file any more (`extra`),
 * on its way out (`going`), another tool's (`foreign`), one that you may not read (`hidden`), a workload whose pods are not ready
 * (`not ready`), or with weights that a controller moves (`weights`), which is as it should be.
 */
export type DriftKind =
  | 'changed'
  | 'missing'
  | 'edited'
  | 'stolen'
  | 'unfit'
  | 'extra'
  | 'going'
  | 'foreign'
  | 'hidden'
  | 'not ready'
  | 'weights';

/** One object that is not as the files say. */
export interface Drift {
  /** `VirtualService/shop/web` */
  readonly object: string;
  /** In which way it is not. */
  readonly kind: DriftKind;
  /** Why, in words, where the kind does not say it. */
  readonly message?: string;
  /** Fields that say something else, and that no other tool owns. */
  readonly changes: readonly FieldChange[];
  /** Fields that say something else, and that another tool owns. */
  readonly conflicts: readonly Conflict[];
}

/** Who besides the set owns which fields of an object, and since when. */
export interface Ownership {
  /** `VirtualService/shop/web` */
  readonly object: string;
  /** The field managers, with when each wrote last. */
  readonly managers: readonly {
    readonly manager: string;
    readonly operation: string;
    readonly time?: string;
    /** `.spec.replicas`, `.metadata.labels.team` */
    readonly fields: readonly string[];
  }[];
}

/** How the cluster stands against the files. */
export interface Status {
  /** `namespace/name` of the set. */
  readonly set: string;
  /** Whether the set was ever applied; nothing where you may not read that. */
  readonly known?: boolean;
  /** How many objects are as the files say. */
  readonly asTheyAre: number;
  /** Objects that are not as the files say. */
  readonly drift: readonly Drift[];
  /** A run that did not come to its end. */
  readonly interrupted?: Run;
  /** Objects with fields of others than this set. */
  readonly shared: readonly Ownership[];
  /** What is worth knowing besides. */
  readonly notes: readonly string[];
}

/**
 * Compares the cluster with the files; writes nothing.
 * @param manifests they may be on their way still: the cluster is asked meanwhile
 */
export async function status(
  cluster: Cluster,
  manifests: readonly Manifest[] | Promise<readonly Manifest[]>,
  o: PlanOptions,
): Promise<Status> {
  // nothing is refused for being too much: nothing is deleted
  const p = await plan(cluster, manifests, { ...o, maxDeletes: Number.POSITIVE_INFINITY });
  const kept = p.objects.filter((x) => x.action === 'keep');
  // told as what differs; of what differs otherwise, too, the note stays
  const told = new Set([...notesByHand(kept), ...weightNotes(p.objects), ...mostLeaves(p.objects, p.stays, p.id)]);
  const { unfit, notes } = besides(p);
  const drift = [...driftOf(p), ...unfit];
  const differing = new Set(drift.filter((d) => d.kind !== 'weights').map((d) => d.object));
  return {
    set: `${p.set.namespace}/${p.set.name}`,
    ...(p.isParentHidden ? {} : { known: p.parent !== undefined }),
    asTheyAre: p.objects.filter((x) => x.action === 'keep' && !differing.has(nameText(x.manifest))).length,
    drift,
    ...(p.interrupted ? { interrupted: p.interrupted } : {}),
    shared: p.objects.flatMap((x) => {
      const others = othersOf(x, p.manager);
      return others.length === 0
        ? []
        : [
            {
              object: nameText(x.manifest),
              managers: others.map(({ manager, operation, time, fieldsV1 }) => ({
                manager,
                operation,
                ...(time ? { time } : {}),
                fields: fieldsOf(fieldsV1),
              })),
            },
          ];
    }),
    notes: [...p.notes.filter((n) => !told.has(n)), ...notes],
  };
}

/**
 * Refusals that are of no object of the plan: of objects of the files that cannot be sent, since the cluster does not have their kind,
 * say; and what hinders the next apply besides, as a namespace that is being deleted.
 */
function besides({ objects, refusals }: Plan): { readonly unfit: readonly Drift[]; readonly notes: readonly string[] } {
  const told = new Set<string | undefined>(objects.map((x) => x.key));
  const left = refusals.filter((r) => !told.has(r.key));
  return {
    unfit: left.flatMap(({ what, place, message }) =>
      place === undefined ? [] : [{ object: what, kind: 'unfit' as const, message, changes: [], conflicts: [] }],
    ),
    notes: left.flatMap((r) => (r.place === undefined ? [`${r.what} ${r.message}`] : [])),
  };
}

/** Writers of an object besides the set; what controllers say in its status is no matter. */
const othersOf = (x: PlannedObject, manager: string): readonly ManagedFields[] =>
  managersOf(x.live?.manifest.object).filter((m) => m.manager !== manager && !m.subresource);

/** Why an object that is there differs: whose doing it is. */
function causeOf(x: PlannedObject, comparison: Comparison, manager: string): 'changed' | 'edited' | 'stolen' {
  const { conflicts, unowned } = comparison;
  const others = othersOf(x, manager);
  const isLost = unowned.some((path) => others.some((m) => fieldsOf(m.fieldsV1).includes(path)));
  if (conflicts.length === 0) return isLost ? 'stolen' : 'changed';
  return conflicts.every((c) => c.operation === 'Update' && BY_HAND.test(c.manager)) ? 'edited' : 'stolen';
}

function driftOf(p: Plan): Drift[] {
  const refused = new Map(p.refusals.map((r) => [r.key, r]));
  return p.objects.flatMap((x): Drift[] => {
    const object = nameText(x.manifest);
    const refusal = refused.get(x.key);
    const comparison = x.comparison ?? refusal?.comparison;
    const of = (kind: DriftKind, message?: string): Drift[] => [
      {
        object,
        kind,
        ...(message === undefined ? {} : { message }),
        changes: comparison ? shownChanges(x.manifest, comparison.changes) : [],
        conflicts: comparison?.conflicts ?? [],
      },
    ];
    if (x.live?.manifest.object.metadata.deletionTimestamp) return of('going', refusal?.message);
    const left = x.action === 'keep' && x.live ? unready(x.live.manifest) : undefined;
    if (left !== undefined) return of('not ready', left);
    const added = x.action === 'keep' ? addedByHand(x) : undefined;
    if (added !== undefined) return of('edited', added);
    if (x.action === 'keep') return x.weights && isRoutes(x.manifest) ? of('weights', `${x.weights.name} moves them`) : [];
    if (x.unread !== undefined) return of('hidden', `you may not ${x.unread}`);
    if (x.action === 'create') return of('missing');
    if (x.action === 'delete') return of('extra');
    if (x.action === 'take over' && x.live?.manifest.labels[PART_OF] === p.id)
      return of('edited', `${x.from} wrote it, and mesh apply takes it back`);
    if (x.action === 'take over')
      return of('foreign', `is ${x.from === 'nobody' ? 'in no set' : `of ${x.from}`}: mesh apply takes it over`);
    const kept = comparison?.kept ?? [];
    if (kept.length > 0 && comparison!.conflicts.length === 0)
      return of(
        'changed',
        kept.map((k) => `${k.path} is in no file any more, and ${k.managers.join(', ')} has it, too`).join('; '),
      );
    if (comparison) return of(causeOf(x, comparison, p.manager));
    return refusal ? of('foreign', refusal.message) : of('changed');
  });
}
