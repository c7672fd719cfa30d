import type { Manifest } from '../../manifests/manifest';
import { passengers } from '../../order/facts/passengers';
import { podFacts } from '../../order/facts/pods-behind';
import { joined } from '../../order/facts/references';
import type { Phase } from '../../order/phase';
import type { Live } from '../live';
import { afterwards } from './afterwards';
import { type Installation, installed } from './installed';
import { knotted } from './knotted';
import { movedPorts } from './moved-ports';
import type { PlannedObject, Refusal } from './planned-object';
import { afterRollouts } from './rollouts';

/** In which order a plan is written. */
export interface Ordered {
  readonly phases: readonly Phase[];
  /** All that is known of the cluster, and that with the plan carried out. */
  readonly before: readonly Manifest[];
  readonly after: readonly Manifest[];
  /** Why there is no order. */
  readonly knots: readonly Refusal[];
}

/**
 * Orders what a plan does by what relies on what.
 * @param isResumed whether a run was broken off or could not go on
 */
export function ordered(live: Live, objects: readonly PlannedObject[], installation: Installation, isResumed: boolean): Ordered {
  // most runs find nothing to order
  const { phasesOf } = require('../../order/phases') as typeof import('../../order/phases');
  const gone = objects.filter((p) => p.action === 'delete').map((p) => p.manifest);
  const inFiles = new Set(objects.filter((p) => p.action !== 'delete').map((p) => p.key));
  const before = [...live.objects.values()].map((l) => l.manifest);
  const { domain, rootNamespace } = installed(installation, before);
  const { is: isPassenger, facts } = passengers(before, gone, inFiles, domain);
  const after = afterwards(live, objects).filter((m) => !isPassenger(m));
  const moving = { live: before.filter((m) => !isPassenger(m)), desired: after };
  let pods: ReturnType<typeof podFacts> | undefined;
  const extra = (m: Manifest) => {
    pods ??= podFacts([...new Set([...before, ...after])], domain);
    return joined([pods(m), facts(m)]);
  };
  const { phases, knots } = phasesOf(moving, domain, extra, rootNamespace);
  return {
    phases: afterRollouts(phases, objects, isResumed),
    before,
    after,
    knots: [...movedPorts(moving.live, after), ...knotted(knots, inFiles, [...moving.live, ...after])],
  };
}
