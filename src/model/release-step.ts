import type { Manifest } from '../manifests/manifest';
import { didYouMean, quoted } from '../values/names';
import { type CanaryShares, canaryObjects } from './canaries';
import { rolloutAt } from './rollouts';

const isRelease = (m: Manifest) =>
  (m.kind === 'Rollout' && m.group === 'argoproj.io') || (m.kind === 'Canary' && m.group === 'flagger.app');

/**
 * The manifests while a release is at one of its steps, counted from 0, with what its controller has made of them by then. Of
 * Flagger's `mirrorFirst` the copies are a step of their own, and an audience is one step.
 * @param name of a Rollout or Canary: `shop/cart`
 * @throws where there is no such release or step
 */
export function atStep(manifests: readonly Manifest[], name: string, step: number): readonly Manifest[] {
  const releases = manifests.filter(isRelease);
  const nameOf = (m: Manifest) => `${m.namespace || 'default'}/${m.name}`;
  const release = releases.find((m) => nameOf(m) === name);
  if (!release) {
    const names = releases.map(nameOf);
    const known = names.length > 0 ? `these have one: ${quoted(names)}` : 'nothing here has one';
    throw new Error(`there is no Rollout or Canary "${name}"${didYouMean(name, names) || `: ${known}`}`);
  }
  const steps = release.kind === 'Canary' ? canarySteps(release) : (release.object.spec?.strategy?.canary?.steps ?? []);
  if (!Number.isInteger(step) || step < 0 || step >= steps.length)
    throw new Error(`${release.kind} "${name}" has ${steps.length} steps, counted from 0: there is no step ${step}`);
  if (release.kind === 'Rollout') return rolloutAt(release, manifests, step);
  const made = canaryObjects(release, manifests, steps[step]);
  const keys = new Set(made.map(keyOf));
  return [...manifests.filter((m) => !keys.has(keyOf(m))), ...made];
}

/** Source: Flagger's pkg/controller/scheduler.go, runCanary and runAB. */
function canarySteps({ object }: Manifest): readonly CanaryShares[] {
  const { analysis = {} } = object.spec ?? {};
  if ((analysis.match ?? []).length > 0) return [{ primary: 0, canary: 100 }];
  const weights: number[] = [...(analysis.stepWeights ?? [])];
  if (weights.length === 0 && analysis.stepWeight > 0)
    for (let w = analysis.stepWeight; w < (analysis.maxWeight || 100) + analysis.stepWeight; w += analysis.stepWeight)
      weights.push(Math.min(w, 100));
  const copies = analysis.mirror ? [{ primary: 100, canary: 0, mirrored: true }] : [];
  return [...copies, ...weights.map((w) => ({ primary: 100 - w, canary: w }))];
}

const keyOf = (m: Manifest) => `${m.group} ${m.kind} ${m.namespace || 'default'} ${m.name}`;
