import { ApiError } from '../../cluster/api-error';
import type { Discovery } from '../../cluster/discovery';
import type { Cluster } from '../../cluster/transport';
import { keyOf } from '../../manifests/key-of';
import { placeText } from '../../manifests/manifest';
import { isAwaited } from '../../order/facts/readiness';
import { isNamespace } from '../../order/facts/references';
import type { Phase } from '../../order/phase';
import { didYouMean } from '../../values/names';
import { idOf, isOwn, managerOf, PART_OF, type SetName } from '../apply-set';
import type { Live } from '../live';
import { nameText } from '../named';
import type { Desired } from './desired';
import { forbidden, needsOf } from './permissions';
import type { PlannedObject, Refusal } from './planned-object';

/** All that the user may not do of what a run needs, before anything is written: `patch secrets in namespace "shop"`. */
export function notAllowed(
  cluster: Cluster,
  changing: readonly PlannedObject[],
  phases: readonly Phase[],
  discovery: Discovery,
  set: SetName,
): Promise<string[]> {
  // on the way to its end, and as long as it has pods
  const changed = new Set(phases.flatMap((p) => p.writes.flatMap((w) => (w.action === 'change' ? [w.key] : []))));
  const gone = new Set(phases.flatMap((p) => p.gone.map(keyOf)));
  const secrets = discovery.preferred('', 'Secret');
  const leases = discovery.preferred('coordination.k8s.io', 'Lease');
  const needs = [
    ...changing.flatMap((p) => {
      const { resource } = p;
      if (!resource) return [];
      const verbs =
        p.action === 'delete'
          ? changed.has(p.key)
            ? ['patch', 'delete']
            : ['delete']
          : p.action === 'create'
            ? ['patch', 'create']
            : ['patch'];
      // what is waited for is looked at again
      const looks = (p.action !== 'delete' && isAwaited(p.manifest)) || gone.has(p.key) ? ['list'] : [];
      const writes = p.action === 'replace' ? ['patch', 'create', 'delete'] : verbs;
      return needsOf(resource, [...writes, ...looks], p.manifest);
    }),
    ...(secrets ? needsOf(secrets, ['get', 'patch', 'create'], set) : []),
    ...(leases
      ? [...needsOf(leases, ['get', 'update', 'delete'], set), ...needsOf(leases, ['create'], { ...set, name: '' })]
      : []),
  ];
  return forbidden(cluster, needs);
}

/** How the list of a set is had in another namespace: what it has by now is taken over from there. */
export function elsewhere(set: SetName, live: Live): string {
  const id = idOf(set);
  const isApplied = [...live.objects.values()].some((l) => l.manifest.labels[PART_OF] === id);
  return `--set other/${set.name}${isApplied ? ` --take from=${managerOf(set)}` : ''}`;
}

/** The namespace of the set's list, which is there before anything else is. */
export async function rootless(cluster: Cluster, set: SetName, live: Live): Promise<Refusal[]> {
  const { namespace } = set;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
  const gone = await cluster
    .send({ method: 'GET', path, what: `Namespace ${namespace}` })
    .then(() => false)
    .catch((e) => (e instanceof ApiError ? e.status === 404 : Promise.reject(e)));
  if (!gone) return [];
  return [
    {
      what: `Namespace/${namespace}`,
      message: `is not there, and the list of what is applied is to be kept in it: make it first, or keep the list in another: ${elsewhere(set, live)}`,
    },
  ];
}

/** Objects of the files in the place of those that keep the set: it would overwrite them, and they it. */
export const ownNamed = (desired: readonly Desired[], set: SetName): Refusal[] =>
  desired.flatMap(({ manifest }) =>
    isOwn(manifest, set)
      ? [
          {
            what: nameText(manifest),
            place: placeText(manifest.place()),
            message: `has the name of the set, which keeps ${manifest.kind === 'Secret' ? 'the list of what is applied in a Secret' : 'two from applying at once by a Lease'} of this name: say another --set, or name it otherwise`,
          },
        ]
      : [],
  );

/** Objects that the user may not read: nothing is written over what nobody has seen. */
export const blind = (planned: readonly PlannedObject[]): Refusal[] =>
  planned.flatMap(({ unread, key, manifest }) =>
    unread === undefined
      ? []
      : [
          {
            key,
            what: nameText(manifest),
            place: placeText(manifest.place()),
            message: `you may not ${unread}: whether it is there, and whose it is, is not known`,
            right: unread,
          },
        ],
  );

/** Volumes that go with a namespace, and that nobody named. */
export function drowned(deleted: readonly PlannedObject[], live: Live): Refusal[] {
  const gone = new Set(deleted.map((d) => d.key));
  return deleted
    .filter((d) => isNamespace(d.manifest))
    .flatMap(({ key, manifest: { name } }) => {
      const claims = [...live.objects.values()].filter(
        (l) => l.manifest.kind === 'PersistentVolumeClaim' && l.manifest.namespace === name && !gone.has(l.key),
      );
      if (claims.length === 0) return [];
      return [
        {
          key,
          what: `Namespace/${name}`,
          message: `cannot go without ${claims.map((c) => nameText(c.manifest)).join(', ')}, which nobody named: ${claims.map((c) => `--delete ${nameText(c.manifest)}`).join(' ')}, or keep the namespace`,
        },
      ];
    });
}

/** The namespace of the set's own list, which would go with it: what is left of the set would be nobody's. */
export const uprooted = (deleted: readonly PlannedObject[], set: SetName, live: Live): Refusal[] =>
  deleted
    .filter((d) => isNamespace(d.manifest) && d.manifest.name === set.namespace)
    .map(({ key }) => ({
      key,
      what: `Namespace/${set.namespace}`,
      message: `cannot go, since the list of what is applied is kept in it: when nothing of the set is needed any more, delete it by hand; or have the list in another: ${elsewhere(set, live)}`,
    }));

/** Objects whose namespace is not there, and does not come with them. */
export function homeless(changing: readonly PlannedObject[], desired: readonly Desired[], live: Live): Refusal[] {
  const there = new Set(
    [...[...live.objects.values()].map((l) => l.manifest), ...desired.map((d) => d.manifest)]
      .filter((m) => m.kind === 'Namespace')
      .map((m) => m.name),
  );
  if (live.forbidden.has('list namespaces')) return [];
  const isLost = ({ action, manifest: { namespace } }: PlannedObject) =>
    action === 'create' && namespace !== '' && !there.has(namespace);
  const lost = changing.filter(isLost);
  const messages = new Map(
    [...new Set(lost.map((p) => p.manifest.namespace))].map((namespace) => [
      namespace,
      `is of namespace "${namespace}", which is not there${didYouMean(namespace, [...there])}: make it first, or add it to what is applied`,
    ]),
  );
  return lost.map(({ key, manifest }) => ({
    key,
    what: nameText(manifest),
    place: placeText(manifest.place()),
    message: messages.get(manifest.namespace)!,
  }));
}
