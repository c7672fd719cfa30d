import { createHash } from 'node:crypto';
import { content } from '../../fields/content';
import { shownChanges } from '../../fields/field-lines';
import { canonical, isEqual } from '../../values/equal';
import type { Run } from '../apply-set';
import { nameText } from '../named';
import type { Plan } from './plan';
import { type PlannedObject, takenFrom } from './planned-object';

/** How many objects, by what is done with them. */
export function countsOf(plan: Pick<Plan, 'objects'>): Record<PlannedObject['action'], number> {
  const counts = { create: 0, change: 0, 'take over': 0, replace: 0, delete: 0, keep: 0 };
  for (const p of plan.objects) counts[p.action]++;
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
      ...(p.from ? { from: p.from } : {}),
      ...(p.weights ? { weightsOf: p.weights.name } : {}),
      ...(takenFrom(p).length > 0
        ? { taken: takenFrom(p).map(({ path, manager, operation }) => ({ path, manager, operation })) }
        : {}),
      ...(p.comparison ? { changes: shownChanges(p.manifest, p.comparison.changes), owned: p.comparison.unowned } : {}),
      ...(p.comparison && p.comparison.kept.length > 0 ? { kept: p.comparison.kept } : {}),
    })),
  phases: plan.phases.map(({ writes, awaited, pods, settles }) => ({
    writes: writes.map((w) => ({
      object: nameText(w.object),
      action: w.action,
      ...(w.wide ? { wide: true, spec: w.object.object.spec } : {}),
    })),
    awaited,
    pods: pods.map(nameText),
    settles,
  })),
  refusals: plan.refusals.map(({ comparison, ...r }) => ({ ...r, ...(comparison ? { conflicts: comparison.conflicts } : {}) })),
  rights: plan.rights,
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
  objects: Object.fromEntries(plan.objects.filter((p) => p.action !== 'keep').map((p) => [p.key, approvedObject(p)])),
});

/** Names an approved plan: runs say which one they carry out, so that it can be gone on with. */
export const planId = ({ set, server, objects }: PlanFile): string => digest([set, server, objects]);

/**
 * What has moved since a plan was approved: nothing where it is the same still. Where a run that carried this very plan out was
 * broken off, what it wrote by then is part of the plan: only what is to be has to be the same, and nothing more may be taken.
 * @param interrupted the run of the set that did not come to its end
 */
export function moved(approved: PlanFile, now: PlanFile, interrupted?: Run): string[] {
  const out: string[] = [];
  if (approved.set !== now.set) out.push(`it was made for set ${approved.set}, and this is ${now.set}`);
  if (approved.server !== now.server) out.push(`it was made for the cluster at ${approved.server}, and this is ${now.server}`);
  // what is about something else has nothing to be compared by
  if (out.length > 0) return out;
  const isBegun = interrupted?.plan === planId(approved);
  for (const [key, was] of Object.entries(approved.objects)) {
    const is = now.objects[key];
    if (is === undefined) {
      if (!isBegun) out.push(`${was.object} need not be changed any more`);
    } else if (isBegun ? is.to !== was.to || is.taken.some((t) => !was.taken.includes(t)) : !isEqual(is, was))
      out.push(`${was.object} has changed since, in the cluster or in the files, or in what is taken of it from others`);
  }
  for (const [key, { object }] of Object.entries(now.objects))
    if (approved.objects[key] === undefined) out.push(`${object} would be changed, too`);
  return out;
}

function approvedObject(p: PlannedObject): ApprovedObject {
  const { action, body, live } = p;
  return {
    object: nameText(p.manifest),
    to: digest(action === 'delete' ? 'nothing' : body),
    from: digest([action, live && content(live.manifest.object)]),
    taken: takenFrom(p).map(({ path, manager }) => `${path} of ${manager}`),
  };
}

const digest = (value: unknown): string => createHash('sha256').update(canonical(value)).digest('hex');
