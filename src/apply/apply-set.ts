import { createHash } from 'node:crypto';
import { ApiError } from '../cluster/api-error';
import type { Cluster } from '../cluster/transport';

/** Label of the members of a set: its id. Source: kubectl's applyset.go, KEP-3659. */
export const PART_OF = 'applyset.kubernetes.io/part-of';
const ID = 'applyset.kubernetes.io/id';
const TOOLING = 'applyset.kubernetes.io/tooling';
const GROUP_KINDS = 'applyset.kubernetes.io/contains-group-kinds';
const NAMESPACES = 'applyset.kubernetes.io/additional-namespaces';
/** How the names of our field managers begin. */
export const MANAGER = 'mesh/';
/** What a run that is under way, or was broken off, says of itself. */
const RUN = 'mesh.cdk8s.io/run';

/** What is applied together and pruned together: an app of a team. */
export interface SetName {
  /** Where its parent, a Secret without data, is kept. It is there before, and never pruned. */
  readonly namespace: string;
  /** Its name, and that of the Secret. */
  readonly name: string;
}

/** A run that has begun and not ended. */
export interface Run {
  /** When it began. */
  readonly began: string;
  /** The phase that was being written, from 1, and how many there were. */
  readonly phase: number;
  /** How many phases there were. */
  readonly of: number;
  /** Who ran it. */
  readonly by: string;
  /** Whether it said a moment ago that it is alive: it is under way, or has just been broken off. @default false */
  readonly alive?: boolean;
  /** The approved plan that it carries out, by its digest; nothing where it was approved in no file. */
  readonly plan?: string;
  /** Why it went no further than this phase, where it could still say so: it was not broken off. */
  readonly ended?: 'refused' | 'not ready' | 'not heard';
}

/** A run in words. */
export const runText = ({ by, began, phase, of, alive, ended }: Run): string =>
  `a run of ${by}, begun ${began}, ${ended ? 'ended' : alive ? 'is under way, or was broken off a moment ago,' : 'was broken off'} in phase ${phase} of ${of}${ended ? ENDS[ended] : ''}`;

const ENDS = {
  refused: ', where an object was refused',
  'not ready': ', whose pods did not become ready',
  'not heard': ', of which not all proxies had heard in time',
} as const;

/** What the parent says. */
export interface Parent {
  /** Kinds of which the set has objects: `VirtualService.networking.istio.io`. */
  readonly groupKinds: readonly string[];
  /** Namespaces in which it has objects. */
  readonly namespaces: readonly string[];
  /** A run that did not come to its end; nothing where the last one did. */
  readonly run?: Run;
  /** As it was read: each run writes it. */
  readonly resourceVersion?: string;
}

/** The set's id: what its members are labelled with, and kubectl would compute. */
export const idOf = ({ namespace, name }: SetName): string =>
  `applyset-${createHash('sha256').update(`${name}.${namespace}.Secret.`).digest('base64url')}-v1`;

/** The API server takes no longer name of a field manager. Source: apimachinery, meta/v1/validation, FieldManagerMaxLength. */
const LONGEST = 128;
/** So much of its id tells a set from others whose names begin alike. */
const DIGEST = 16;
const digestIn = (id: string): string => id.slice('applyset-'.length, 'applyset-'.length + DIGEST);

/** The field manager of a set: one for a team and app, whoever runs it. What is too long is cut, and ends with a part of the set's id. */
export function managerOf(set: SetName): string {
  const whole = `${MANAGER}${set.namespace}/${set.name}`;
  return whole.length > LONGEST ? `${whole.slice(0, LONGEST - DIGEST - 1)}~${digestIn(idOf(set))}` : whole;
}

/** Whether a field manager is that of the set with an id. */
export function isManagerOf(manager: string, id: string): boolean {
  if (!manager.startsWith(MANAGER)) return false;
  const [namespace, name] = manager.slice(MANAGER.length).split('/');
  if (!namespace || !name) return false;
  const [, digest] = name.split('~'); // which no name has
  return digest === undefined ? idOf({ namespace, name }) === id : digest === digestIn(id);
}

/** The set whose field manager it is, as `--set` names it: `team-a/shop`; nothing for others', and where the name was cut. */
export const setNamed = (manager: string): string | undefined =>
  manager.startsWith(MANAGER) && !manager.includes('~') ? manager.slice(MANAGER.length) : undefined;

/** `VirtualService.networking.istio.io`, as the parent writes kinds. */
export const groupKind = ({ group, kind }: { readonly group: string; readonly kind: string }): string =>
  group ? `${kind}.${group}` : kind;

/** Whether an object is one of the two that keep a set: its list, and the Lease beside that. */
export const isOwn = (
  m: { readonly group: string; readonly kind: string; readonly namespace: string; readonly name: string },
  { namespace, name }: SetName,
): boolean => ['Secret', 'Lease.coordination.k8s.io'].includes(groupKind(m)) && m.namespace === namespace && m.name === name;

const pathOf = ({ namespace }: SetName, name = ''): string =>
  `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets${name && `/${encodeURIComponent(name)}`}`;

/**
 * The parent of a set; nothing where the set was never applied.
 * @throws where the parent is another tool's, or of another set
 */
export async function readParent(cluster: Cluster, set: SetName): Promise<Parent | undefined> {
  const what = `Secret ${set.namespace}/${set.name}, which keeps the list of what is applied`;
  const found = await cluster
    .send({ method: 'GET', path: pathOf(set, set.name), what })
    .catch((e) => (e instanceof ApiError && e.status === 404 ? undefined : Promise.reject(e)));
  if (!found) return undefined;
  const { labels = {}, annotations = {} } = found.body.metadata;
  const tooling: string | undefined = annotations[TOOLING];
  if (tooling === undefined && labels[ID] === undefined)
    throw new Error(
      `there is a Secret ${set.namespace}/${set.name} already, which is no list of what is applied: say another --set`,
    );
  if (tooling?.split('/')[0] !== 'mesh')
    throw new Error(`the set ${set.namespace}/${set.name} belongs to "${tooling ?? 'nobody'}", not to mesh: say another --set`);
  if (labels[ID] !== idOf(set))
    throw new Error(
      `the Secret ${set.namespace}/${set.name} has an id that is not its own (${labels[ID]}), so it may be a copy of another set's: put ${idOf(set)} into its label ${ID}, or say another --set`,
    );
  const list = (text: string | undefined) => (text ? text.split(',') : []);
  return {
    groupKinds: list(annotations[GROUP_KINDS]),
    namespaces: [set.namespace, ...list(annotations[NAMESPACES])],
    ...(annotations[RUN] ? { run: JSON.parse(annotations[RUN]) } : {}),
    resourceVersion: found.body.metadata.resourceVersion,
  };
}

/** Writes what the set holds; whoever breaks off after it leaves nothing that the next run does not find. */
export async function writeParent(cluster: Cluster, set: SetName, parent: Parent, version: string): Promise<void> {
  await cluster.send({
    method: 'PATCH',
    path: pathOf(set, set.name),
    query: { fieldManager: 'mesh-applyset', force: true },
    contentType: 'application/apply-patch+yaml',
    what: `Secret ${set.namespace}/${set.name}, which keeps the list of what is applied`,
    body: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: set.name,
        namespace: set.namespace,
        labels: { [ID]: idOf(set) },
        annotations: {
          [TOOLING]: `mesh/v${version}`,
          [GROUP_KINDS]: [...new Set(parent.groupKinds)].sort().join(','),
          [NAMESPACES]: [...new Set(parent.namespaces)]
            .filter((n) => n !== set.namespace && n !== '')
            .sort()
            .join(','),
          ...(parent.run ? { [RUN]: JSON.stringify(parent.run) } : {}),
        },
      },
    },
  });
}
