import { placeText } from '../manifests/manifest';
import { didYouMean } from '../values/names';
import type { SetName } from './apply-set';
import type { Desired } from './desired';
import type { Discovery } from './discovery';
import type { Live } from './live';
import { nameText } from './named';
import { forbidden, needsOf } from './permissions';
import type { PlannedObject, Refusal } from './planned-object';
import type { Cluster } from './transport';

/** All that the user may not write, before anything is written. */
export async function notAllowed(
  cluster: Cluster,
  changing: readonly PlannedObject[],
  discovery: Discovery,
  set: SetName,
): Promise<Refusal[]> {
  const secrets = discovery.preferred('', 'Secret');
  const leases = discovery.preferred('coordination.k8s.io', 'Lease');
  const needs = [
    ...changing.flatMap((p) => {
      const { resource } = p;
      if (!resource) return [];
      const verbs = p.action === 'delete' ? ['delete'] : p.action === 'create' ? ['patch', 'create'] : ['patch'];
      return needsOf(resource, p.action === 'replace' ? ['patch', 'create', 'delete'] : verbs, p.manifest.namespace);
    }),
    ...(secrets ? needsOf(secrets, ['patch', 'create'], set.namespace) : []),
    ...(leases ? needsOf(leases, ['get', 'create', 'update', 'delete'], set.namespace) : []),
  ];
  const not = await forbidden(cluster, needs);
  return not.length === 0
    ? []
    : [
        {
          what: 'your rights',
          message: `you may not ${not.join('; ')}: ask for these rights, or apply as somebody who has them`,
        },
      ];
}

/** Namespaces that are being deleted take nothing new. */
export function leaving(changing: readonly PlannedObject[], live: Live): Refusal[] {
  const going = new Set(
    [...live.objects.values()]
      .filter((l) => l.manifest.kind === 'Namespace' && l.manifest.object.metadata.deletionTimestamp)
      .map((l) => l.manifest.name),
  );
  const used = new Set(
    changing
      .filter((p) => p.action !== 'delete')
      .flatMap((p) => [p.manifest.namespace, p.manifest.kind === 'Namespace' ? p.manifest.name : '']),
  );
  return [...going]
    .filter((n) => used.has(n))
    .map((n) => ({
      what: `Namespace/${n}`,
      message: `is being deleted, and takes nothing new: wait until it is gone and apply again; if it stays, look what its finalizers wait for (kubectl get namespace ${n} -o yaml)`,
    }));
}

/** Objects whose namespace is not there, and does not come with them. */
export function homeless(changing: readonly PlannedObject[], desired: readonly Desired[], live: Live): Refusal[] {
  const there = new Set(
    [...[...live.objects.values()].map((l) => l.manifest), ...desired.map((d) => d.manifest)]
      .filter((m) => m.kind === 'Namespace')
      .map((m) => m.name),
  );
  if (live.forbidden.has('list namespaces')) return [];
  const missing = new Map<string, PlannedObject>();
  for (const p of changing)
    if (p.action === 'create' && p.manifest.namespace && !there.has(p.manifest.namespace)) missing.set(p.manifest.namespace, p);
  return [...missing].map(([n, p]) => ({
    what: nameText(p.manifest),
    place: placeText(p.manifest.place()),
    message: `is of namespace "${n}", which is not there${didYouMean(n, [...there])}: make it first, or add it to what is applied`,
  }));
}
