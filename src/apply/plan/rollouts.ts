import type { Manifest } from '../../manifests/manifest';
import { heldBack, notReady, unready } from '../../order/facts/readiness';
import { eachOnce, type Phase, type Write } from '../../order/phase';
import type { PlannedObject } from './planned-object';

/** Kinds that a program calls by, or is answered by, of which no other object need tell. */
const CALLED =
  /^(\/Service|networking\.istio\.io\/(VirtualService|DestinationRule|ServiceEntry)|apps\/(Deployment|StatefulSet|DaemonSet)|argoproj\.io\/Rollout)$/;
/** What pods need themselves, or are guarded by: of those of a template that nobody knows any more, too. */
const OWN = /^(\/(ConfigMap|Secret|ServiceAccount|PersistentVolumeClaim)|security\.istio\.io\/.*)$/;
/** Those of which all pods are replaced without somebody's word in between. */
const ROLLED = /^apps\/(Deployment|StatefulSet|DaemonSet)$/;

const kindOf = (m: Manifest): string => `${m.group}/${m.kind}`;

/** Whether something is taken away that the old pods of another workload may call, or the way to it. */
const takesAway = ({ action, object }: Write, { rank }: Phase): boolean =>
  action === 'delete' ? CALLED.test(kindOf(object)) : object.kind === 'Sidecar' && rank !== 'open';

/**
 * What goes waits for workloads that change in place, or come: until they are rolled out there are pods of before, and what these call
 * is their program's affair (a host in its environment, say), which no object tells; and what comes may take the place of what goes.
 * @param isResumed whether a run was broken off or could not go on: what it wrote is coming up still
 */
export function afterRollouts(phases: readonly Phase[], objects: readonly PlannedObject[], isResumed: boolean): readonly Phase[] {
  const rolled = new Set(objects.filter(isRolled).map((p) => p.key));
  const resumed = isResumed ? objects.filter((p) => p.action !== 'delete') : [];
  const stepping = resumed.filter(isStepping);
  const coming = [...resumed.filter(isComingUp), ...stepping];
  const waiting = new Map(coming.map((p) => [p.key, p.live!.manifest]));
  const comes = new Set(waiting.keys());
  const steps = new Set(stepping.map((p) => p.key));
  const lastOf = new Map(phases.flatMap((p, i) => p.writes.map((w) => [w.key, i] as const)));
  // which pods of before there are, and what they need, no object tells any more
  const isOwn = ({ action, object }: Write) => comes.size > 0 && action === 'delete' && OWN.test(kindOf(object));
  const out: Phase[] = [];
  for (const [i, phase] of phases.entries()) {
    const going = phase.writes.filter((w) => takesAway(w, phase) || isOwn(w));
    // what is written still may be mended by that
    const isDue = (key: string) => !steps.has(key) || going.some(isOwn);
    const there = [...waiting].filter(([key]) => (lastOf.get(key) ?? -1) < i && isDue(key));
    if (going.length > 0 && there.length > 0) {
      const last = out.pop() ?? { rank: phase.rank, writes: [], awaited: [], pods: [], gone: [], settles: false };
      const pods = there.map(([, m]) => m);
      out.push({ ...last, pods: eachOnce(last.pods, pods) });
      for (const [key] of there) waiting.delete(key);
    }
    const written = phase.writes.filter(
      (w) => w.action === 'change' && (rolled.has(w.key) || (comes.has(w.key) && !steps.has(w.key))),
    );
    for (const w of written) waiting.set(w.key, w.object);
    if (going.length > 0 && written.length > 0) {
      // in a phase any order will do: what goes is the last of it
      const first = phase.writes.filter((w) => !going.includes(w));
      out.push({
        ...phase,
        writes: first,
        pods: eachOnce(
          phase.pods,
          written.map((w) => w.object),
        ),
        gone: [],
        settles: false,
      });
      out.push({ ...phase, writes: going });
      for (const w of written) waiting.delete(w.key);
    } else out.push(phase);
  }
  return out;
}

/** Whether all its pods come to be new without somebody's word, and are not yet. */
const isComingUp = ({ manifest, live }: PlannedObject): boolean =>
  ROLLED.test(kindOf(manifest)) &&
  live !== undefined &&
  unready(live.manifest) !== undefined &&
  [manifest, live.manifest].every((m) => heldBack({ ...m.object, kind: m.kind }) === undefined);

/** Whether it goes from step to step: pods of before are there until it is through. */
const isStepping = ({ manifest, live }: PlannedObject): boolean =>
  kindOf(manifest) === 'argoproj.io/Rollout' &&
  live?.manifest.object.status !== undefined &&
  notReady(live.manifest.object) !== undefined;

/** Whether there are new pods: what goes may be what they come for. */
const isRolled = ({ action, manifest, comparison }: PlannedObject): boolean =>
  ROLLED.test(kindOf(manifest)) &&
  heldBack(manifest.object) === undefined &&
  (action === 'create' ||
    action === 'replace' ||
    ((action === 'change' || action === 'take over') &&
      (comparison?.changes ?? []).some((c) => c.path.startsWith('.spec.template'))));
