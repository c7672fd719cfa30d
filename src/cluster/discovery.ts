import { ApiError } from './api-error';
import type { Cluster } from './transport';

/** A kind that the API server has. */
export interface Resource {
  /** Empty for the core group. */
  readonly group: string;
  /** The version of its group: `v1`. */
  readonly version: string;
  /** As objects name it: `VirtualService`. */
  readonly kind: string;
  /** As paths name it: `virtualservices`. */
  readonly plural: string;
  /** Whether its objects are in namespaces. */
  readonly namespaced: boolean;
  /** What can be asked of it: `list`, `watch`, `patch` … */
  readonly verbs: readonly string[];
}

/** The kinds of an API server. */
export class Discovery {
  private readonly byKind = new Map<string, Resource[]>();

  constructor(resources: readonly Resource[]) {
    for (const r of resources) {
      const key = `${r.group}/${r.kind}`;
      this.byKind.set(key, [...(this.byKind.get(key) ?? []), r]);
    }
  }

  /** In the version that is asked for; nothing where the server does not have the kind in it. */
  find(apiVersion: string, kind: string): Resource | undefined {
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    return this.byKind.get(`${group}/${kind}`)?.find((r) => r.version === version);
  }

  /** In the version that the server prefers. */
  preferred(group: string, kind: string): Resource | undefined {
    return this.byKind.get(`${group}/${kind}`)?.[0];
  }

  /** Each kind, in the version that the server prefers. */
  all(): Resource[] {
    return [...this.byKind.values()].flatMap(([r]) => r ?? []);
  }

  /** The kinds of a group. */
  kindsOf(group: string): string[] {
    return [...this.byKind.values()].flatMap(([r]) => (r && r.group === group ? [r.kind] : []));
  }

  /** The versions in which the server has a kind. */
  versionsOf(group: string, kind: string): string[] {
    return (this.byKind.get(`${group}/${kind}`) ?? []).map((r) => r.version);
  }
}

/** All kinds in one document, for the core group and for the others. Source: kubernetes.io, API concepts, aggregated discovery. */
const AGGREGATED =
  'application/json;v=v2;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList,application/json;v=v2beta1;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList,application/json';

/** So long an answer is good, in milliseconds: a program that goes on for days hears of the kinds that others install. */
const GOOD = 600_000;

interface Known {
  readonly since: number;
  readonly asked: Promise<Discovery>;
  /** The answer, once it is there. */
  kinds?: Discovery;
}
const known = new WeakMap<Cluster, Known>();

/**
 * Which kinds there are: two requests, whose answer is kept with the cluster for ten minutes, or until it is forgotten by
 * {@link forgetKinds}. Who asks meanwhile gets the same.
 * @throws {ApiError} when the server refuses, or is older than Kubernetes 1.27; nothing is kept then
 */
export function discover(cluster: Cluster): Promise<Discovery> {
  const before = known.get(cluster);
  if (before && Date.now() - before.since < GOOD) return before.asked;
  const now: Known = { since: Date.now(), asked: ask(cluster) };
  known.set(cluster, now);
  now.asked.then(
    (kinds) => {
      now.kinds = kinds;
    },
    () => {
      if (known.get(cluster) === now) known.delete(cluster);
    },
  );
  return now.asked;
}

/**
 * Has the server asked again for its kinds: a CustomResourceDefinition came or went, or a kind is missing.
 * @param kinds only where these are what is known: somebody else may have asked since. @default - whatever is known
 */
export function forgetKinds(cluster: Cluster, kinds?: Discovery): void {
  if (kinds === undefined || known.get(cluster)?.kinds === kinds) known.delete(cluster);
}

async function ask(cluster: Cluster): Promise<Discovery> {
  const lists = await Promise.all(
    ['/api', '/apis'].map((path) =>
      cluster.send({ method: 'GET', path, accept: AGGREGATED, what: 'the kinds of the API server' }),
    ),
  );
  return new Discovery(lists.flatMap(({ body }) => resourcesOf(body)));
}

function resourcesOf(list: any): Resource[] {
  if (list?.kind !== 'APIGroupDiscoveryList')
    throw new ApiError(0, 'it is older than Kubernetes 1.27, which lists its kinds in one answer', 'the kinds of the API server');
  const out: Resource[] = [];
  for (const group of list.items ?? [])
    for (const version of group.versions ?? [])
      for (const r of version.resources ?? [])
        if (r.responseKind?.kind)
          out.push({
            group: group.metadata?.name ?? '',
            version: version.version,
            kind: r.responseKind.kind,
            plural: r.resource,
            namespaced: r.scope === 'Namespaced',
            verbs: r.verbs ?? [],
          });
  return out;
}

/** The path of all objects of a kind, of those of a namespace, or of one. */
export function pathOf(r: Resource, namespace?: string, name?: string): string {
  const group = r.group === '' ? `/api/${r.version}` : `/apis/${r.group}/${r.version}`;
  return [
    group,
    ...(r.namespaced && namespace ? ['namespaces', encodeURIComponent(namespace)] : []),
    r.plural,
    ...(name === undefined ? [] : [encodeURIComponent(name)]),
  ].join('/');
}
