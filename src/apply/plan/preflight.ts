import type { Diagnostic } from '../../check/diagnostic';
import type { Rule } from '../../check/rule';
import type { Difference } from '../../diff/diff';
import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { MeshModel } from '../../model/mesh-model';
import { refused } from '../../validation/validate';
import { nameText } from '../named';
import { type Installation, settingsIn } from './installed';
import type { Plan } from './plan';

/**
 * What changes for requests, over all that is known of the cluster.
 * @returns nothing where no object of the mesh changes
 */
export function traffic(plan: Pick<Plan, 'before' | 'after'>, installation: Installation = {}): Difference[] {
  if (plan.before.length === 0 && plan.after.length === 0) return [];
  // loaded by whoever asks: the checker by one thread, this by the other
  const { diff } = require('../../diff/diff') as typeof import('../../diff/diff');
  return diff(modelOf(plan.before, installation), modelOf(plan.after, installation));
}

/** Most objects are in both states. */
const accepted = new WeakMap<Manifest, boolean>();
function isAccepted(m: Manifest): boolean {
  const known = accepted.get(m) ?? refused(m) === undefined;
  accepted.set(m, known);
  return known;
}

function modelOf(manifests: readonly Manifest[], installation: Installation): MeshModel {
  const meshConfig = settingsIn(installation, manifests);
  return new MeshModel(
    manifests.filter((m) => isAccepted(m)),
    { ...installation, ...(meshConfig ? { meshConfig } : {}) },
  );
}

/**
 * What is wrong, or likely to be, with what is applied, among all that is in the cluster. What others have there is theirs; but an
 * error there that comes by the change is told, too.
 * @param rules those that are followed; all, when they are left out
 */
export function preflight(plan: Plan, installation: Installation = {}, rules?: readonly Rule[]): Diagnostic[] {
  const { ours, others } = sorted(plan);
  return caused(plan, findings(ours, others, installation, rules), installation, rules);
}

/** What is applied, as it was read, and what others have in the cluster. */
export function sorted(plan: Pick<Plan, 'objects' | 'before'>): Record<'ours' | 'others', readonly Manifest[]> {
  const ours = new Set(plan.objects.filter((p) => p.action !== 'delete').map((p) => p.manifest));
  const keys = new Set(plan.objects.map((p) => p.key));
  return { ours: [...ours], others: plan.before.filter((m) => !keys.has(keyOf(m))) };
}

/** Of some manifests, among those of others; and errors at those of others. */
export function findings(
  ours: readonly Manifest[],
  others: readonly Manifest[],
  installation: Installation,
  rules: readonly Rule[] | undefined,
): Diagnostic[] {
  const isOurs = about(ours);
  return found([...ours, ...others], installation, rules).filter((d) => isOurs(d) || (d.severity === 'error' && d.resource));
}

/** What is left of {@link findings} without what was wrong with others' objects before. */
export function caused(
  plan: Plan,
  all: readonly Diagnostic[],
  installation: Installation,
  rules: readonly Rule[] | undefined,
): Diagnostic[] {
  const isOurs = about(sorted(plan).ours);
  if (all.every(isOurs)) return [...all];
  const theirs = all.filter((d) => !isOurs(d));
  const now = new Set(theirs.map(textOf));
  const before = found(plan.before, installation, rules);
  const known = new Set(before.map(textOf));
  // what was said of a field in words that are gone, and may be said in others now: the words name what else is there
  const reworded = before.filter((d) => !now.has(textOf(d))).map(faultOf);
  const told = new Set(
    theirs.filter((d) => {
      if (known.has(textOf(d))) return false;
      const same = reworded.indexOf(faultOf(d));
      if (same >= 0) reworded.splice(same, 1);
      return same < 0;
    }),
  );
  return all.filter((d) => isOurs(d) || told.has(d));
}

function found(
  manifests: readonly Manifest[],
  installation: Installation,
  rules: readonly Rule[] | undefined,
): readonly Diagnostic[] {
  const { check } = require('../../check/check') as typeof import('../../check/check');
  return check({ manifests, unreadable: [] }, { ...installation, ...(rules ? { rules } : {}) }).diagnostics;
}

function about(manifests: readonly Manifest[]): (d: Diagnostic) => boolean {
  const names = new Set(manifests.map(nameText));
  return ({ resource }) => resource !== undefined && names.has(nameText(resource));
}

/** What tells findings apart. */
const textOf = (d: Diagnostic): string => JSON.stringify([faultOf(d), d.message]);
/** The same, in whatever words. */
const faultOf = ({ rule, resource, field }: Diagnostic): string => JSON.stringify([rule, resource && nameText(resource), field]);
