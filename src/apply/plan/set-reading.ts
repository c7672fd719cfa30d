import { ApiError } from '../../cluster/api-error';
import { type Discovery, discover, forgetKinds, type Resource } from '../../cluster/discovery';
import type { Cluster } from '../../cluster/transport';
import type { Manifest } from '../../manifests/manifest';
import { type Parent, readParent, type SetName } from '../apply-set';
import { isHeld } from '../lease';
import { Live } from '../live';
import { type Desired, desiredOf } from './desired';

/** What is asked before anything is known of the files: which kinds there are, the set, and its members. */
export async function begin(cluster: Cluster, set: SetName, id: string) {
  const [known, read, alive] = await Promise.all([
    discover(cluster),
    readParent(cluster, set).catch((e) =>
      e instanceof ApiError && e.status === 403 ? ('forbidden' as const) : Promise.reject(e),
    ),
    isHeld(cluster, set),
  ]);
  const recorded = read === 'forbidden' ? undefined : read;
  let knowNamespaces!: (ofFiles: readonly string[]) => void;
  const namespaces = new Promise<ReadonlySet<string>>((resolve) => {
    knowNamespaces = (ofFiles) => resolve(new Set([...ofFiles, ...(recorded?.namespaces ?? [])].filter(Boolean)));
  });
  const live = new Live(cluster, namespaces);
  const reading = live.members(id, recorded ? membersKinds(recorded, known) : []);
  reading.catch(() => undefined); // told where it is waited for
  const parent = recorded?.run ? { ...recorded, run: { ...recorded.run, alive } } : recorded;
  return { known, read, parent, live, reading, knowNamespaces };
}

/** {@link desiredOf}, of the kinds that the server has: where one is missing it is asked again, since what is known may be old. */
export async function desiredIn(
  cluster: Cluster,
  manifests: readonly Manifest[],
  known: Discovery,
  o: Parameters<typeof desiredOf>[2],
): Promise<ReturnType<typeof desiredOf> & { readonly discovery: Discovery }> {
  const found = desiredOf(manifests, known, o);
  if (found.unfit.every(({ manifest: m }) => known.find(m.apiVersion, m.kind))) return { ...found, discovery: known };
  forgetKinds(cluster, known);
  const discovery = await discover(cluster);
  return { ...desiredOf(manifests, discovery, o), discovery };
}

/** The kinds of which a set has members, as the server prefers them. */
const membersKinds = ({ groupKinds }: Parent, discovery: Discovery): Resource[] =>
  groupKinds.flatMap((text) => {
    const [kind, ...group] = text.split('.');
    return discovery.preferred(group.join('.'), kind!) ?? [];
  });

/** What is to be in the set, in the versions of the files, and the controllers that move traffic. */
export async function readSet(
  live: Live,
  discovery: Discovery,
  id: string,
  desired: readonly Desired[],
  parent: Parent | undefined,
): Promise<void> {
  const kinds = new Set(desired.flatMap(({ resource }) => resource ?? []));
  const moving = desired.some((d) => d.manifest.group === 'networking.istio.io')
    ? [discovery.preferred('argoproj.io', 'Rollout'), discovery.preferred('flagger.app', 'Canary')].filter((r) => r !== undefined)
    : [];
  await Promise.all([live.members(id, parent ? [...kinds] : []), live.all(moving)]);
  const served = desired.flatMap((d) => (d.resource ? [{ ...d, resource: d.resource }] : []));
  await live.named(served);
  for (const d of served) live.prefer(d);
}
