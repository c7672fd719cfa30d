import { ApiError } from '../cluster/api-error';
import { type Discovery, forgetKinds, pathOf, type Resource } from '../cluster/discovery';
import type { Call } from '../cluster/request';
import type { Cluster } from '../cluster/transport';
import { ownedAsData } from '../fields/secret-text';
import { keyOf } from '../manifests/key-of';
import { type Manifest, manifestOf } from '../manifests/manifest';
import { PART_OF } from './apply-set';
import { kindText, rightText } from './rights';

/** An object of the cluster. */
export interface LiveObject {
  /** Names the object; see `keyOf`. */
  readonly key: string;
  /** As the server has it. */
  readonly manifest: Manifest;
  /** Its kind. */
  readonly resource: Resource;
  /** Tells it from another of the same name that comes later. */
  readonly uid: string;
  /** Tells this state of it from others. */
  readonly resourceVersion: string;
}

/** Of one kind, at most so many are asked for one by one. */
const FEW = 10;
const PAGE = 2000;

/** A live object as a manifest: its place says where it is. */
export function liveObject(object: any, resource: Resource): LiveObject {
  const { apiVersion, kind } = apiOf(resource);
  const full = ownedAsData({ ...object, apiVersion, kind });
  const file = `live ${kind} ${object.metadata.namespace ? `${object.metadata.namespace}/` : ''}${object.metadata.name}`;
  const manifest = liveManifest(full, file);
  return {
    key: keyOf(manifest),
    manifest,
    resource,
    uid: object.metadata.uid,
    resourceVersion: object.metadata.resourceVersion,
  };
}

/** An object of the cluster, with how it is named in places. */
export const liveManifest = (object: any, file: string): Manifest => manifestOf(object, () => ({ file, line: 0, column: 0 }));

const apiOf = (r: Resource) => ({ apiVersion: r.group ? `${r.group}/${r.version}` : r.version, kind: r.kind });

/** Reads objects of a cluster, each list once. */
export class Live {
  readonly objects = new Map<string, LiveObject>();
  readonly forbidden = new Set<string>();
  /** Keys of the objects that were asked for by name and may not be read, with the right that it takes. */
  readonly unread = new Map<string, string>();
  /** Where members of the set may be that nobody knows of. */
  hidden: readonly string[] = [];
  /** What was read besides, by version and key: files may have a kind in several versions. */
  private readonly variants = new Map<string, LiveObject>();
  private readonly whole = new Set<Resource>();
  /** The kinds of which a set's members were read: what is asked for after that are the others. */
  private readonly read = new Map<Resource, string>();

  constructor(
    private readonly cluster: Cluster,
    /** Where to look when the user may not list all namespaces; waited for only then. */
    private readonly namespaces: Promise<ReadonlySet<string>>,
  ) {}

  /** The members of a set, of the kinds of which they were not read yet; what the user may not list is {@link hidden}. */
  async members(set: string, resources: readonly Resource[]): Promise<void> {
    const wanted = resources.filter((r) => !this.read.has(r));
    for (const r of wanted) this.read.set(r, set);
    const hidden = await Promise.all(wanted.map((r) => this.list(r, { labelSelector: `${PART_OF}=${set}` })));
    this.hidden = [...new Set([...this.hidden, ...hidden.flat()])].sort();
  }

  /** All objects of some kinds, whosoever they are. */
  async all(resources: readonly Resource[]): Promise<void> {
    const wanted = resources.filter((r) => !this.whole.has(r) && r.verbs.includes('list'));
    for (const r of wanted) this.whole.add(r);
    await Promise.all(
      wanted.map((r) => {
        const set = this.read.get(r);
        return this.list(r, set === undefined ? {} : { labelSelector: `${PART_OF}!=${set}` });
      }),
    );
  }

  /** Objects that are not known yet; many of one kind are read by one list. */
  async named(
    wanted: readonly { readonly key: string; readonly resource: Resource; readonly manifest: Manifest }[],
  ): Promise<void> {
    const missing = wanted.filter((w) => !this.objects.has(w.key) && !this.whole.has(w.resource));
    const byResource = new Map<Resource, typeof missing>();
    for (const w of missing) byResource.set(w.resource, [...(byResource.get(w.resource) ?? []), w]);
    await Promise.all(
      [...byResource].map(async ([r, some]) => {
        if (some.length > FEW) await this.all([r]);
        else await Promise.all(some.map((w) => this.one(r, w.manifest)));
        for (const { key, manifest } of some) {
          const right = ['get', 'list']
            .map((verb) => rightText({ ...r, verb, namespace: manifest.namespace }))
            .find((f) => this.forbidden.has(f));
          if (right && !this.objects.has(key)) this.unread.set(key, right);
        }
      }),
    );
  }

  /** One object, as it is now; nothing where it is not there. */
  async one(r: Resource, { namespace, name }: Pick<Manifest, 'namespace' | 'name'>): Promise<LiveObject | undefined> {
    const what = `${r.kind} ${namespace ? `${namespace}/` : ''}${name}`;
    const body = await this.got('get', r, namespace, { path: pathOf(r, namespace, name), what });
    if (body === undefined) return undefined;
    const live = liveObject(body, r);
    this.objects.set(live.key, live);
    return live;
  }

  /** Objects of a namespace that have a label, for who chooses among them; none where the user may not list them. */
  async labelled(r: Resource, namespace: string, label: string): Promise<readonly LiveObject[]> {
    const call = { path: pathOf(r, namespace), query: { labelSelector: label }, what: `the list of ${kindText(r)}` };
    const body = await this.got('list', r, namespace, call);
    return (body?.items ?? []).map((o: object) => liveObject(o, r));
  }

  /** What is answered; nothing where nothing is there, or the user may not see it. */
  private async got(verb: string, r: Resource, namespace: string, call: Omit<Call, 'method'>): Promise<any> {
    try {
      return (await this.cluster.send({ method: 'GET', ...call })).body;
    } catch (e) {
      if (!(e instanceof ApiError) || (e.status !== 404 && e.status !== 403)) throw e;
      if (e.status === 403) this.forbidden.add(rightText({ ...r, verb, namespace }));
      return undefined;
    }
  }

  /** Has an object in a version of its kind, where it was read in that, too: as the server has it in the one it is not to be compared in another. */
  prefer({ key, resource }: { readonly key: string; readonly resource: Resource }): void {
    const variant = this.variants.get(`${resource.version} ${key}`);
    if (variant) this.objects.set(key, variant);
  }

  private put(live: LiveObject): void {
    const known = this.objects.get(live.key);
    if (!known || known.resource.version === live.resource.version) this.objects.set(live.key, live);
    else this.variants.set(`${live.resource.version} ${live.key}`, live);
  }

  /** Reads a list, and says which rights it would take that the user lacks. */
  private async list(r: Resource, query: { readonly labelSelector?: string }): Promise<readonly string[]> {
    const inAll = await this.listIn(r, undefined, query);
    if (inAll === undefined) return [];
    const refused = r.namespaced ? await Promise.all([...(await this.namespaces)].map((n) => this.listIn(r, n, query))) : [inAll];
    const rights = refused.filter((f) => f !== undefined);
    for (const f of rights) this.forbidden.add(f);
    return rights;
  }

  private async listIn(
    r: Resource,
    namespace: string | undefined,
    query: { readonly labelSelector?: string },
  ): Promise<string | undefined> {
    try {
      await this.pages(r, namespace, query);
      return undefined;
    } catch (e) {
      if (e instanceof ApiError && e.status === 404) {
        forgetKinds(this.cluster); // the kind is gone, and its objects with it
        return undefined;
      }
      if (!(e instanceof ApiError) || e.status !== 403) throw e;
      return rightText({ ...r, verb: 'list', namespace: namespace ?? '' });
    }
  }

  private async pages(r: Resource, namespace: string | undefined, query: { readonly labelSelector?: string }): Promise<void> {
    let from: string | undefined;
    do {
      const { body }: { body: any } = await this.cluster
        .send({
          method: 'GET',
          path: pathOf(r, namespace),
          query: { ...query, limit: PAGE, continue: from },
          what: `the list of ${kindText(r)}`,
        })
        // the list has moved on while it was read: from the beginning
        .catch((e) => (e instanceof ApiError && e.status === 410 && from !== undefined ? { body: {} } : Promise.reject(e)));
      for (const o of body.items ?? []) {
        this.put(liveObject(o, r));
      }
      from = body.items === undefined && from !== undefined ? '' : body.metadata?.continue || undefined;
      if (from === '') return this.pages(r, namespace, query);
    } while (from);
  }
}

/** The kinds of which istiod makes its picture of the mesh, as far as the server has them. */
export function meshKinds(discovery: Discovery): Resource[] {
  const wanted: readonly (readonly [string, readonly string[]])[] = [
    ['', ['Service', 'Namespace', 'ServiceAccount']],
    ['apps', ['Deployment', 'StatefulSet', 'DaemonSet']],
    [
      'networking.istio.io',
      [
        'VirtualService',
        'DestinationRule',
        'Gateway',
        'ServiceEntry',
        'WorkloadEntry',
        'WorkloadGroup',
        'Sidecar',
        'EnvoyFilter',
        'ProxyConfig',
      ],
    ],
    ['security.istio.io', ['AuthorizationPolicy', 'PeerAuthentication', 'RequestAuthentication']],
    ['telemetry.istio.io', ['Telemetry']],
    ['extensions.istio.io', ['WasmPlugin']],
    ['gateway.networking.k8s.io', ['Gateway', 'HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute', 'ReferenceGrant']],
  ];
  return wanted.flatMap(([group, kinds]) => kinds.flatMap((kind) => discovery.preferred(group, kind) ?? []));
}
