import type { Discovery } from '../../cluster/discovery';
import { appliedBy, owns } from '../../fields/managed-fields';
import type { Manifest } from '../../manifests/manifest';
import { isWorkload } from '../../order/facts/readiness';
import { PART_OF } from '../apply-set';
import type { Live } from '../live';
import { ownerOf, setOf, yieldedBy } from '../owners';
import type { Desired } from './desired';

const REPLICAS = ['f:spec', 'f:replicas'];

/**
 * Keeps the number of pods of workloads whose files say none any more, where an autoscaler has come to say it. What is given up
 * the server fills in: a workload of 20 pods would have 1 until the autoscaler looks again. The number stays ours until the
 * autoscaler has written another, and is its from then on.
 * Source: kubernetes.io, Horizontal Pod Autoscaling, "Migrating Deployments and StatefulSets to horizontal autoscaling".
 * @param manager under which the set is applied
 */
export async function withReplicas(
  desired: readonly Desired[],
  live: Live,
  discovery: Discovery,
  manager: string,
): Promise<readonly Desired[]> {
  const now = (d: Desired) => live.objects.get(d.key)?.manifest.object;
  const gives = (d: Desired) =>
    isWorkload(d.manifest) && d.body.spec?.replicas === undefined && isGiven(live.objects.get(d.key)?.manifest, manager);
  if (!desired.some(gives)) return desired;
  const scalers = [discovery.preferred('autoscaling', 'HorizontalPodAutoscaler'), discovery.preferred('keda.sh', 'ScaledObject')];
  await live.all(scalers.filter((r) => r !== undefined));
  const scaled = new Set(
    [...[...live.objects.values()].map((l) => l.manifest), ...desired.map((d) => d.manifest)].flatMap(scaledBy),
  );
  return desired.map((d) => {
    if (!gives(d) || !scaled.has(`${d.manifest.kind} ${d.manifest.namespace}/${d.manifest.name}`)) return d;
    const as = (o: any) => ({ ...o, spec: { ...o.spec, replicas: now(d)!.spec.replicas } });
    return { ...d, manifest: { ...d.manifest, object: as(d.manifest.object) }, body: as(d.body) };
  });
}

/** Whether the number of pods is ours, or is made ours with what is taken over. */
function isGiven(m: Manifest | undefined, manager: string): boolean {
  if (m?.object.spec?.replicas === undefined) return false;
  const former = { owner: ownerOf(m), ...(m.labels[PART_OF] === undefined ? {} : { set: setOf(m).id }) };
  return [appliedBy(m.object, manager), ...yieldedBy(m.object, former)].some((w) => owns(w?.fieldsV1, REPLICAS));
}

/** The workload that an autoscaler scales. */
function scaledBy({ kind, group, namespace, object }: Manifest): string[] {
  if (!(kind === 'HorizontalPodAutoscaler' && group === 'autoscaling') && !(kind === 'ScaledObject' && group === 'keda.sh'))
    return [];
  const target = object.spec?.scaleTargetRef ?? {};
  return [`${target.kind ?? 'Deployment'} ${namespace}/${target.name}`];
}
