import { ApiError } from '../cluster/api-error';
import { type Discovery, discover, type Resource } from '../cluster/discovery';
import type { Cluster } from '../cluster/transport';
import { type Parent, readParent, type SetName } from './apply-set';
import type { Desired } from './desired';
import { isHeld } from './lease';
import { Live } from './live';

/** What is asked before anything is known of the files: which kinds there are, the set, and its members. */
export async function begin(cluster: Cluster, set: SetName, id: string) {
  const [discovery, read] = await Promise.all([
    discover(cluster),
    readParent(cluster, set).catch((e) =>
      e instanceof ApiError && e.status === 403 ? ('forbidden' as const) : Promise.reject(e),
    ),
  ]);
  const known = read === 'forbidden' ? undefined : read;
  let knowNamespaces!: (ofFiles: readonly string[]) => void;
  const namespaces = new Promise<ReadonlySet<string>>((resolve) => {
    knowNamespaces = (ofFiles) => resolve(new Set([...ofFiles, ...(known?.namespaces ?? [])].filter(Boolean)));
  });
  const live = new Live(cluster, namespaces);
  const reading = live.members(id, known ? membersKinds(known, discovery) : []);
  reading.catch(() => undefined); // told where it is waited for
  const parent = known?.run ? { ...known, run: { ...known.run, alive: await isHeld(cluster, set) } } : known;
  return { discovery, read, parent, live, reading, knowNamespaces };
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
  await live.named(desired.flatMap((d) => (d.resource ? [{ ...d, resource: d.resource }] : [])));
}
