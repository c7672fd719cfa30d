import { createHash } from 'node:crypto';
import { content } from '../../fields/content';
import { shownChanges } from '../../fields/field-lines';
import { type ManagedFields, managersOf } from '../../fields/managed-fields';
import { canonical, isEqual } from '../../values/equal';
import { nameText } from '../named';
import type { Plan } from './plan';
import { type PlannedObject, takenFrom } from './planned-object';
import { rolesOf } from './roles';

/** How many objects, by what is done with them. */
export function countsOf(plan: Pick<Plan, 'objects'>): Record<PlannedObject['action'], number> {
  const counts = { create: 0, change: 0, 'take over': 0, replace: 0, delete: 0, keep: 0 };
  // of what may not be read nobody knows what would be done: it is among the refusals
  for (const p of plan.objects) if (p.unread === undefined) counts[p.action]++;
  return counts;
}

/** A plan as data, without what Secrets hold. */
export const planJson = (plan: Plan) => ({
  set: `${plan.set.namespace}/${plan.set.name}`,
  fieldManager: plan.manager,
  summary: countsOf(plan),
  objects: plan.objects
    .filter((p) => p.action !== 'keep')
    .map((p) => ({
      object: nameText(p.manifest),
      action: p.action,
      ...(p.company
        ? { alongside: p.company.others, alongsideUnread: p.company.unread, alongsideUnlisted: p.company.unlisted }
        : {}),
      ...(p.unread ? { unread: p.unread } : {}),
      ...(p.from ? { from: p.from } : {}),
      ...(p.weights ? { weightsOf: p.weights.name } : {}),
      ...(takenFrom(p).length > 0
        ? { taken: takenFrom(p).map(({ path, manager, operation }) => ({ path, manager, operation })) }
        : {}),
      ...(p.comparison ? { changes: shownChanges(p.manifest, p.comparison.changes), owned: p.comparison.unowned } : {}),
      ...(p.comparison && p.comparison.kept.length > 0 ? { kept: p.comparison.kept } : {}),
    })),
  phases: plan.phases.map(({ writes, awaited, pods, gone, settles }) => ({
    writes: writes.map((w) => ({
      object: nameText(w.object),
      action: w.action,
      ...(w.wide ? { wide: true, spec: w.object.object.spec } : {}),
    })),
    awaited,
    pods: pods.map(nameText),
    gone: gone.map(nameText),
    settles,
  })),
  refusals: plan.refusals.map(({ comparison, cause: _, ...r }) => ({
    ...r,
    ...(comparison ? { conflicts: comparison.conflicts } : {}),
  })),
  rights: plan.rights,
  ...(plan.rights.length > 0 ? { roles: rolesOf(plan) } : {}),
  notes: plan.notes,
  ...(plan.interrupted ? { interrupted: plan.interrupted } : {}),
});

/** One object of an approved plan. */
export interface ApprovedObject {
  /** As people name it: `VirtualService/shop/web`. */
  readonly object: string;
  /** Digest of what is to be. */
  readonly to: string;
  /** Digest of what it was, and of what becomes of it: made, changed, deleted. */
  readonly from: string;
  /** Fields that are taken from others, and from whom: `.spec.http of ci`. */
  readonly taken: readonly string[];
  /** When the set last wrote it, as the server says; empty where it never did. */
  readonly written: string;
  /** Digests of who else wrote to it, and when. */
  readonly others: readonly string[];
}

/** What a plan that was approved rests on: each object as it is to be, and as it was. */
export interface PlanFile {
  /** Of the file's own form. */
  readonly version: 1;
  /** `namespace/name`. */
  readonly set: string;
  /** Address of the cluster's API server. */
  readonly server: string;
  /** What is changed, by the keys of objects; see `keyOf`. */
  readonly objects: Readonly<Record<string, ApprovedObject>>;
}

/** The plan as it is approved: digests, and nothing of what objects hold, so that it can be kept anywhere. */
export const planFile = (plan: Plan, server: string): PlanFile => ({
  version: 1,
  set: `${plan.set.namespace}/${plan.set.name}`,
  server,
  objects: Object.fromEntries(
    plan.objects.filter((p) => p.action !== 'keep').map((p) => [p.key, approvedObject(p, plan.manager)]),
  ),
});

/** Names an approved plan: runs say which one they carry out, so that it can be gone on with. */
export const planId = ({ set, server, objects }: PlanFile): string => digest([set, server, objects]);

/**
 * What has moved since a plan was approved: nothing where it is the same still, and where all of it is done. Where a run that carried
 * this very plan out was broken off, what it wrote by then is part of the plan: what is to be has to be the same, nobody else may have
 * written to it, and nothing more may be taken.
 * @param plan as it is made now
 * @param server address of the cluster's API server
 */
export function moved(approved: PlanFile, plan: Plan, server: string): string[] {
  const now = planFile(plan, server);
  const out: string[] = [];
  if (approved.set !== now.set) out.push(`it was made for set ${approved.set}, and this is ${now.set}`);
  if (approved.server !== now.server) out.push(`it was made for the cluster at ${approved.server}, and this is ${now.server}`);
  // what is about something else has nothing to be compared by
  if (out.length > 0) return out;
  if (isDone(approved, plan)) return out;
  const isBegun = plan.interrupted?.plan === planId(approved);
  const going = new Set(plan.objects.filter(isGoing).map((p) => p.key));
  for (const [key, was] of Object.entries(approved.objects)) {
    const is = now.objects[key];
    if (is === undefined || (isBegun && was.to === GONE && going.has(key))) {
      if (!isBegun) out.push(`${was.object} need not be changed any more`);
    } else if (isBegun && is.written !== was.written ? !isGoneOnWith(is, was) : !isEqual(is, was))
      out.push(`${was.object} has changed since, in the cluster or in the files, or in what is taken of it from others`);
  }
  for (const [key, { object, to }] of Object.entries(now.objects))
    if (approved.objects[key] === undefined) out.push(`${object} would be ${to === GONE ? 'deleted' : 'changed'}, too`);
  return out;
}

/**
 * Whether an object that the run has written since is as it left it, and is to be as was approved. From whom it took fields by then is
 * among its writers no more, or has fewer, and has written no later.
 */
const isGoneOnWith = (is: ApprovedObject, was: ApprovedObject): boolean =>
  is.to === was.to && is.others.every((o) => was.others.includes(o)) && is.taken.every((t) => was.taken.includes(t));

/** Whether it is deleted already, and there as long as its pods. */
const isGoing = ({ action, live }: PlannedObject): boolean =>
  action === 'delete' && live?.manifest.object.metadata.deletionTimestamp !== undefined;

/** Whether the cluster is as was approved: a run that is tried again finds that nothing is left to be written. */
function isDone({ objects }: PlanFile, plan: Plan): boolean {
  const there = new Map(plan.objects.map((p) => [p.key, p]));
  return (
    plan.phases.length === 0 &&
    Object.entries(objects).every(([key, { to }]) => {
      const p = there.get(key);
      return to === (p ? toOf(p) : GONE);
    })
  );
}

const toOf = ({ action, body }: PlannedObject): string => (action === 'delete' ? GONE : digest(body));

function approvedObject(p: PlannedObject, manager: string): ApprovedObject {
  const { action, live } = p;
  const writers = managersOf(live?.manifest.object);
  const isOurs = (m: ManagedFields) => m.manager === manager && m.operation === 'Apply';
  return {
    object: nameText(p.manifest),
    to: toOf(p),
    from: digest([action, live && content(live.manifest.object)]),
    taken: takenFrom(p).map(({ path, manager }) => `${path} of ${manager}`),
    written: writers.find((m) => isOurs(m) && !m.subresource)?.time ?? '',
    // a writer from whom fields are taken keeps its time
    others: writers
      .filter((m) => !isOurs(m) && !m.subresource)
      .map(({ manager, operation, time, fieldsV1 }) => digest([manager, operation, time ?? fieldsV1])),
  };
}

const digest = (value: unknown): string => createHash('sha256').update(canonical(value)).digest('hex');
const GONE = digest('nothing');
