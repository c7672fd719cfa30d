import type { Discovery } from '../../cluster/discovery';
import type { Cluster } from '../../cluster/transport';
import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { placeText } from '../../manifests/manifest';
import type { Phase } from '../../order/phase';
import { checkProperties, type Properties } from '../../values/properties';
import { idOf, managerOf, type Parent, type Run, type SetName } from '../apply-set';
import { notesByHand, notesOfOthers } from '../by-hand';
import { type Live, meshKinds } from '../live';
import { type Contested, idle, named, nameText, objectsOf, strangers, taking, unmatched } from '../named';
import { stillMarked } from '../owners';
import { asAnswered } from './afterwards';
import { companyNotes, withCompany } from './alongside';
import { dryRun } from './dry-run';
import { type Installation, readSettings, SETTINGS, settingsUnread } from './installed';
import { leaving, withoutLeaving } from './leaving';
import { deletion, deletions, leftovers, mostLeaves } from './leftovers';
import { blind, drowned, homeless, notAllowed, ownNamed, rootless, uprooted } from './obstacles';
import { ordered } from './ordered';
import { grouped } from './permissions';
import { adopted, type PlannedObject, planOne, type Refusal } from './planned-object';
import { withReplicas } from './replicas';
import { begin, desiredIn, readSet } from './set-reading';
import { tooLarge } from './sizes';
import { twinPorts } from './twin-ports';
import { unproxied } from './unproxied';
import { weightNotes, weightOwners, withoutHashes } from './weights';

/** What will be done, and in which order. Nothing has been written. */
export interface Plan {
  /** The set that is applied. */
  readonly set: SetName;
  /** The field manager under which the set writes: `mesh/namespace/name`, cut where it is too long. */
  readonly manager: string;
  /** The value of the label by which members of the set are known: `applyset.kubernetes.io/part-of`. */
  readonly id: string;
  /** All objects of the files, and those that are deleted, with what is done with each. */
  readonly objects: readonly PlannedObject[];
  /** What is written, one phase after the other; none where nothing is to be done. */
  readonly phases: readonly Phase[];
  /** While there is one, nothing is written. */
  readonly refusals: readonly Refusal[];
  /** What a run needs and the user may not do: `patch secrets in namespace "shop"`. While there is some, nothing is written. */
  readonly rights: readonly string[];
  /** What is worth knowing, and hinders nothing. */
  readonly notes: readonly string[];
  /** A run that did not come to its end. */
  readonly interrupted?: Run;
  /** The set as it was recorded; nothing where this is the first time. */
  readonly parent?: Parent;
  /** Whether the user may not read if the set was ever applied. @default false */
  readonly isParentHidden?: boolean;
  /** Members that are in no file any more, and stay. */
  readonly stays: readonly Manifest[];
  /** Whether there may be members that nobody knows of: the set goes on remembering all that it held. */
  readonly isPartial: boolean;
  /** All that is known of the cluster and that traffic depends on. What may not be read is taken for as it is to be. */
  readonly before: readonly Manifest[];
  /** The same with the plan carried out. */
  readonly after: readonly Manifest[];
}

/** How to plan. */
export interface PlanOptions extends Installation {
  /** What is applied together. */
  readonly set: SetName;
  /** Of objects that say none. @default - that of the context */
  readonly namespace?: string;
  /** Whether members of the set that are in no file any more are deleted. @default true */
  readonly prune?: boolean;
  /** More deletions than these are refused. @default 20 */
  readonly maxDeletes?: number;
  /**
   * Objects and fields that are taken from who owns them: `VirtualService/shop/web`, `VirtualService/shop/web:.spec.http`; or all of
   * the files that an owner has: `from=ci`, a field manager, `from=helm/shop/web`, as refusals name it.
   */
  readonly take?: readonly string[];
  /** Objects that may be deleted and made anew, where a field of theirs cannot change. */
  readonly replace?: readonly string[];
  /** Namespaces, CustomResourceDefinitions and volumes that may be deleted. */
  readonly remove?: readonly string[];
  /** Whether the server is asked, by a dry run, about each object. @default - only about changes that no one else can know */
  readonly verify?: boolean;
}

const MOST_DELETES = 20;

const OPTIONS: Properties<PlanOptions> = {
  set: 'map',
  namespace: 'text?',
  prune: 'boolean?',
  maxDeletes: 'number?',
  take: 'list?',
  replace: 'list?',
  remove: 'list?',
  verify: 'boolean?',
  clusterDomain: 'text?',
  meshConfig: 'map?',
};
const SET: Properties<SetName> = { namespace: 'text', name: 'text' };

/**
 * Works out what has to be done for the cluster to be as the manifests say. Reads, and asks for dry runs; writes nothing.
 * @param manifests they may be on their way still: the cluster is asked meanwhile
 * @throws {ApiError} when the server refuses to be read; an Error where the set is not ours
 */
export async function plan(
  cluster: Cluster,
  manifests: readonly Manifest[] | Promise<readonly Manifest[]>,
  o: PlanOptions,
): Promise<Plan> {
  const most = checked(o);
  const take = (o.take ?? []).map(taking);
  const names = { take: objectsOf(take), replace: (o.replace ?? []).map(named), remove: (o.remove ?? []).map(named) };
  const [owners, contested] = [new Set<string>(), [] as Contested[]];
  const notes: string[] = [];
  const [id, manager] = [idOf(o.set), managerOf(o.set)];
  const { given, unfit, discovery, live, read, parent } = await readAll(cluster, manifests, o, id);
  const refusals = [...unfit, ...ownNamed(given, o.set)];
  if (read === undefined) refusals.push(...(await rootless(cluster, o.set, live)));
  const weights = weightOwners([...[...live.objects.values()].map((l) => l.manifest), ...given.map((d) => d.manifest)]);
  const desired = (await withReplicas(given, live, discovery, manager)).map((d) => adopted(d, live, weights));
  const planned = desired.map((d): PlannedObject => {
    const p = planOne(d, live.objects.get(d.key), { manager, id, take, refusals, owners, contested });
    const unread = live.unread.get(d.key);
    return unread === undefined ? p : { ...p, unread };
  });
  refusals.push(...blind(planned), ...tooLarge(planned));
  const left = leftovers(live, id, new Set([...desired, ...unfit].map((d) => d.key)), o.set);
  const { deleted: going, stays, notes: ofDeletions } = deletions(left, o.prune !== false, live.hidden, names.remove);
  const deleted = await withCompany(cluster, going, discovery, id);
  const reading = () => readMesh(live, discovery, deleted, o);
  const others = planned.every((p) => p.action === 'keep') && deleted.length === 0 ? undefined : reading();
  others?.catch(() => undefined); // told where it is waited for
  const verified = await dryRun(cluster, manager, planned, {
    all: o.verify === true,
    replace: names.replace,
    refusals,
    notes,
    coming: new Set(desired.filter((d) => d.manifest.kind === 'Namespace').map((d) => d.manifest.name)),
  });
  const seen = planned.flatMap((p) => p.live?.manifest ?? []);
  const objects = [...verified, ...deleted];
  notes.push(
    ...mostLeaves(objects, stays, id),
    ...companyNotes(deleted),
    ...ofDeletions,
    ...unmatched(names, [...verified, ...left.map(deletion)]),
    ...strangers(take, owners),
    ...idle(names.take, contested),
    ...stillMarked(seen, id),
    ...notesByHand(planned),
    ...notesOfOthers(planned, manager),
    ...weightNotes(planned),
  );
  if (deleted.length > most)
    refusals.push({
      what: 'the plan',
      message: `${deleted.length} objects would be deleted, more than ${most}: if that is meant, say --max-deletes ${deleted.length}; --prune=false keeps them`,
    });
  const changing = objects.filter((p) => p.action !== 'keep');
  // what is wrong about the files is so whatever goes
  const told = () => [...unfit, ...withoutLeaving(leaving(objects, live, o.set), refusals.slice(unfit.length))];
  const common = {
    set: o.set,
    isPartial: live.hidden.length > 0,
    id,
    manager,
    ...(read === 'forbidden' ? { isParentHidden: true } : {}),
    ...(parent ? { parent } : {}),
    ...(parent?.run ? { interrupted: parent.run } : {}),
    objects,
    stays,
    notes,
  };
  if (changing.length === 0) return { ...common, phases: [], refusals: told(), rights: [], before: [], after: [] };
  // the dry run may be the first to find something
  notes.push(...(await (others ?? reading())));
  const unsaid = [...live.forbidden].filter((f) => !live.hidden.includes(f) && !changing.some((p) => p.unread === f));
  for (const f of grouped(unsaid))
    notes.push(f === SETTINGS ? settingsUnread : `you may not ${f}: what is there is not known, so nothing is said of it`);
  refusals.push(
    ...twinPorts(changing, manager),
    ...homeless(changing, desired, live),
    ...drowned(deleted, live),
    ...uprooted(deleted, o.set, live),
  );
  const { phases, before, after, knots } = ordered(live, objects, o, parent?.run !== undefined);
  const knotted = new Set(knots.map((k) => k.key));
  for (const [i, r] of refusals.entries())
    if (r.cause !== undefined && knotted.has(r.key)) refusals[i] = { ...r, message: r.cause };
  refusals.push(...knots);
  notes.push(...unproxied(before, after));
  const unread = changing.flatMap((p) => p.unread ?? []);
  const rights = [...new Set([...unread, ...(await notAllowed(cluster, changing, phases, discovery, o.set))])];
  // what may not be read is no news to requests
  const unseen = after.filter((m) => live.unread.has(keyOf(m)));
  return {
    ...common,
    phases,
    refusals: told(),
    rights,
    before: withoutHashes([...before, ...unseen]),
    after: withoutHashes(asAnswered(after, objects, manager)),
  };
}

/**
 * Whether the options are such.
 * @returns how many may be deleted
 */
function checked(o: PlanOptions): number {
  checkProperties(o, OPTIONS, 'the options of plan');
  checkProperties(o.set, SET, 'the set of plan');
  const most = o.maxDeletes ?? MOST_DELETES;
  if (!(most >= 0) || (Number.isFinite(most) && !Number.isInteger(most)))
    throw new Error(`maxDeletes of plan is ${most}: it has to be a whole number`);
  return most;
}

/** What the files say, and what the cluster has of it and of the set. */
async function readAll(
  cluster: Cluster,
  manifests: readonly Manifest[] | Promise<readonly Manifest[]>,
  o: PlanOptions,
  id: string,
) {
  const begun = begin(cluster, o.set, id);
  begun.catch(() => undefined); // told where it is waited for
  // what is wrong about the files is told first
  const all = await manifests;
  const { known, read, parent, live, reading, knowNamespaces } = await begun;
  const namespace = o.namespace ?? cluster.access.namespace;
  const { desired: given, unfit, discovery } = await desiredIn(cluster, all, known, { namespace, set: id });
  knowNamespaces(given.map((d) => d.manifest.namespace));
  await reading;
  await readSet(live, discovery, id, given, parent);
  if (read === 'forbidden') live.hidden = [`get secrets in namespace "${o.set.namespace}"`, ...live.hidden];
  const refusals = unfit.map(
    ({ manifest, message }): Refusal => ({
      key: keyOf(manifest),
      what: nameText(manifest),
      place: placeText(manifest.place()),
      message,
    }),
  );
  return { given, unfit: refusals, discovery, live, read, parent };
}

/**
 * Reads what else traffic depends on, and what goes with namespaces and kinds.
 * @returns what is to be said of it
 */
async function readMesh(
  live: Live,
  discovery: Discovery,
  deleted: readonly PlannedObject[],
  o: PlanOptions,
): Promise<readonly string[]> {
  const claims = deleted.some((d) => d.manifest.kind === 'Namespace') ? [discovery.preferred('', 'PersistentVolumeClaim')] : [];
  const settings = o.meshConfig === undefined ? discovery.preferred('', 'ConfigMap') : undefined;
  const [notes] = await Promise.all([
    settings ? readSettings(live, settings) : [],
    live.all([...meshKinds(discovery), ...claims.filter((r) => r !== undefined)]),
  ]);
  return notes;
}
