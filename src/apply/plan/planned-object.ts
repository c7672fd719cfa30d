import type { Resource } from '../../cluster/discovery';
import { type Comparison, type Conflict, compare, isSame } from '../../fields/compare';
import { veiled } from '../../fields/field-lines';
import { appliedBy } from '../../fields/managed-fields';
import type { Manifest } from '../../manifests/manifest';
import { placeText } from '../../manifests/manifest';
import { isEqual } from '../../values/equal';
import { PART_OF, setNamed } from '../apply-set';
import type { Live, LiveObject } from '../live';
import { type Contested, isFieldNamed, isFrom, isNamed, nameText, objectsOf, type Taking } from '../named';
import { type Former, ownerOf, setOf, writersOf, yieldedBy } from '../owners';
import type { Company } from './alongside';
import type { Desired } from './desired';
import { isMoved, isMovedBy, isOnTheWay, keepsShares, type Weights, type weightOwners, withLiveWeights } from './weights';

/** What is to be done with an object. */
export type Action = 'create' | 'change' | 'take over' | 'replace' | 'delete' | 'keep';

/** One object of a plan. */
export interface PlannedObject {
  /** Names the object; see `keyOf`. */
  readonly key: string;
  /** What is done with it. */
  readonly action: Action;
  /** As it is to be; for a deletion, as it is. */
  readonly manifest: Manifest;
  /** As it is in the cluster; nothing where it is not there, or may not be read. */
  readonly live?: LiveObject;
  /** Nothing where the kind comes with this very plan. */
  readonly resource: Resource | undefined;
  /** What is sent. */
  readonly body?: Readonly<Record<string, any>>;
  /** What the server would make of it, where it was asked. */
  readonly result?: Readonly<Record<string, any>>;
  /** What changes, field by field. */
  readonly comparison?: Comparison;
  /** Whether fields that others own are taken. */
  readonly force: boolean;
  /** The tool that it is taken over from. */
  readonly from?: string;
  /** Whose fields of it become ours. */
  readonly former?: Former;
  /** The controller whose weights are kept. */
  readonly weights?: Weights;
  /** The right without which nobody knows whether it is there. */
  readonly unread?: string;
  /** Of a namespace or a CustomResourceDefinition that is deleted: what goes with it and is not of the set. */
  readonly company?: Company;
}

/** Why nothing can be applied as things are. */
export interface Refusal {
  /** The key of the object of the plan that it is about; see `keyOf`. Nothing where it is about something else. */
  readonly key?: string;
  /** `VirtualService/shop/web`, or what it is about else. */
  readonly what: string;
  /** Why, and the way out. */
  readonly message: string;
  /** Why, alone: what is said where the way out would be refused, too. */
  readonly cause?: string;
  /** Where it is written, when it is. */
  readonly place?: string;
  /** For conflicts: a line each. */
  readonly comparison?: Comparison;
  /** Whose it is, or whose fields of it are, as the command line names them: all of theirs can be taken at once. */
  readonly owners?: readonly string[];
  /** The right without which nobody knows whether it is there. */
  readonly right?: string;
  /** The namespace that is being deleted and comes anew with the plan: `mesh apply` waits until it is gone, and plans again. */
  readonly leaving?: string;
}

/** The fields that others own, and that are written all the same; weights that a controller moves are its own still. */
export const takenFrom = ({ force, weights, comparison }: PlannedObject): readonly Conflict[] =>
  force ? (comparison?.conflicts ?? []).filter((c) => !(weights && isMovedBy(weights, c))) : [];

/** With the weights that a controller set. */
export function adopted(
  d: Desired,
  live: Live,
  owners: ReturnType<typeof weightOwners>,
): Desired & { readonly weights?: Weights } {
  // mostly there are none
  const weights = owners.size === 0 ? undefined : owners.get(`${d.manifest.kind} ${d.manifest.namespace}/${d.manifest.name}`);
  const now = live.objects.get(d.key);
  if (!weights || !now) return d;
  const as = (object: any) => withLiveWeights(object, now.manifest.object, weights.routes);
  const body = as(d.body);
  // labels that tell pods apart are no news
  const differ = d.manifest.kind === 'VirtualService' && !isEqual(body, d.body);
  return { ...d, manifest: { ...d.manifest, object: as(d.manifest.object) }, body, weights: { ...weights, differ } };
}

interface Rules {
  readonly manager: string;
  readonly id: string;
  readonly take: readonly Taking[];
  readonly refusals: Refusal[];
  /** Everybody who owns something that is to be said otherwise. */
  readonly owners: Set<string>;
  /** The fields of which others say something else. */
  readonly contested: Contested[];
}

/** What has to be done with one object, as far as can be told without the server. */
export function planOne(d: Desired & { readonly weights?: Weights }, live: LiveObject | undefined, r: Rules): PlannedObject {
  const { key, manifest, body, resource, weights } = d;
  const base = { key, manifest, body, resource, force: false, ...(weights ? { weights } : {}) };
  if (!live) return { ...base, action: 'create' };
  const what = nameText(manifest);
  const refuse = (message: string, owners: readonly string[], comparison?: Comparison): PlannedObject => {
    r.refusals.push({ key, what, message, place: placeText(manifest.place()), owners, ...(comparison ? { comparison } : {}) });
    return { ...base, live, action: 'change' };
  };
  const { deletionTimestamp: going, finalizers = [] } = live.manifest.object.metadata;
  // that of a namespace is told with what is in it
  if (going && manifest.kind !== 'Namespace')
    return refuse(
      `is being deleted since ${going}${finalizers.length > 0 ? `, held by its finalizers (${finalizers.join(', ')})` : ''}: apply again when it is gone, and it is made anew`,
      [],
    );
  const set = live.manifest.labels[PART_OF];
  const named = objectsOf(r.take);
  const isTaken = (from: string): boolean => {
    r.owners.add(from);
    return isNamed(named, manifest) || isFrom(r.take, from);
  };
  const other = set !== undefined && set !== r.id ? setOf(live.manifest) : undefined;
  if (other && !isTaken(other.id)) {
    const named = setNamed(other.id);
    const own = named === undefined ? '' : `say --set ${named} where the files are that set's; `;
    return refuse(`belongs to ${other.name}, which would delete or overwrite it: ${own}--take ${what} takes it over`, [other.id]);
  }
  // what was taken once is ours
  const owner = set === r.id ? undefined : ownerOf(live.manifest);
  if (owner && !isTaken(owner.id))
    return refuse(
      `belongs to ${owner.name}, which would undo what is written: ${owner.remedy}; or --take ${what}, when it is gone`,
      [owner.id],
    );
  const former: Former = { ...(other ? { set: other.id } : {}), ...(owner ? { owner } : {}) };
  const yielding = yieldedBy(live.manifest.object, former);
  const all = veiled(manifest, compare(body, live.manifest.object, r.manager, yielding));
  const kubectl = yieldedBy(live.manifest.object, {}).map((m) => m.manager);
  const comparison: Comparison = {
    ...all,
    // a controller that moves traffic owns what it writes
    unowned: weights ? all.unowned.filter((p) => !isMoved(p)) : all.unowned,
    conflicts: all.conflicts.filter((c) => !kubectl.includes(c.manager)),
  };
  r.contested.push({ manifest, paths: comparison.conflicts.map((c) => c.path) });
  if (yielding.length === 0 && isSame(comparison)) return { ...base, live, action: 'keep' };
  const keeps = weights !== undefined && keepsShares(body, live.manifest.object);
  const refused = comparison.conflicts.filter(
    (c) =>
      !(keeps && isMovedBy(weights, c)) &&
      !isFieldNamed(named, manifest, c.path) &&
      !isTaken(c.manager) &&
      c.manager !== other?.id &&
      !(owner && isFrom(r.take, owner.id) && owner.managers.test(c.manager)),
  );
  if (refused.length > 0)
    return refuse(`others own fields of it, and say something else there`, [...new Set(refused.map((c) => c.manager))], {
      ...comparison,
      conflicts: refused,
    });
  if (weights && !isNamed(named, manifest) && !keepsShares(body, live.manifest.object, isOnTheWay))
    return refuse(
      `leads otherwise than ${weights.name} does, which shares requests between subsets now: apply again when it is through; or --take ${what}, and it loses its step`,
      [],
      comparison,
    );
  const force = yielding.length > 0 || comparison.conflicts.length > 0;
  // whose label somebody took off is ours still
  const isOurs = set === r.id || appliedBy(live.manifest.object, r.manager) !== undefined;
  if (yielding.length > 0 || (!isOurs && comparison.changes.length + comparison.unowned.length > 0))
    return {
      ...base,
      live,
      comparison,
      force,
      former,
      action: 'take over',
      from: kubectl[0] ?? owner?.name ?? other?.name ?? (writersOf(live.manifest.object).join(', ') || 'nobody'),
    };
  return { ...base, live, comparison, force, action: 'change' };
}
