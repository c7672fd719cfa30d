import { createHash } from 'node:crypto';
import { content } from '../../fields/content';
import { shownChanges } from '../../fields/field-lines';
import { canonical } from '../../values/equal';
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

/** What a plan that was approved rests on: each object as it is to be, and as it was. */
export interface PlanFile {
  readonly version: 1;
  readonly set: string;
  readonly server: string;
  readonly objects: Readonly<Record<string, string>>;
}

/** The plan as it is approved: digests alone, so that it can be kept anywhere. */
export const planFile = (plan: Plan, server: string): PlanFile => ({
  version: 1,
  set: `${plan.set.namespace}/${plan.set.name}`,
  server,
  objects: Object.fromEntries(plan.objects.filter((p) => p.action !== 'keep').map((p) => [nameText(p.manifest), digest(p)])),
});

/** What has moved since a plan was approved: nothing where it is the same still. */
export function moved(approved: PlanFile, now: PlanFile): string[] {
  const out: string[] = [];
  if (approved.set !== now.set) out.push(`it was made for set ${approved.set}, and this is ${now.set}`);
  if (approved.server !== now.server) out.push(`it was made for the cluster at ${approved.server}, and this is ${now.server}`);
  // what is about something else has nothing to be compared by
  if (out.length > 0) return out;
  for (const [name, was] of Object.entries(approved.objects)) {
    if (now.objects[name] === undefined) out.push(`${name} need not be changed any more`);
    else if (now.objects[name] !== was)
      out.push(`${name} has changed since, in the cluster or in the files, or in what is taken of it from others`);
  }
  for (const name of Object.keys(now.objects))
    if (approved.objects[name] === undefined) out.push(`${name} would be changed, too`);
  return out;
}

function digest(p: PlannedObject): string {
  const { action, body, live } = p;
  const taken = takenFrom(p).map(({ path, manager }) => [path, manager]);
  return createHash('sha256')
    .update(canonical([action, body, live && content(live.manifest.object), taken]))
    .digest('hex');
}
