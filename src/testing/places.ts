import { ExternalService, MeshJob, ServiceHost, Version } from '../constructs';
import { clusterParts } from '../model/cluster';
import { selects } from '../model/config';
import { endpointsByNumber } from '../model/endpoints';
import { fullName } from '../model/host';
import type { MeshModel } from '../model/mesh-model';
import type { Service } from '../model/service';
import { withoutPort } from '../model/virtual-host';
import type { Workload } from '../model/workload';
import type { Arrival } from '../trace/arrival';
import type { Ending } from '../trace/ending';
import { didYouMean, quoted } from '../values/names';
import type { Host, Party, Place } from './request-of';

/** A place that is expected, to be compared with where requests end. */
export interface Spot {
  /** Whether pods of an ending are there: all of them, or some. */
  readonly all: (e: Ending, arrivals: readonly Arrival[]) => boolean;
  readonly some: (e: Ending, arrivals: readonly Arrival[]) => boolean;
  /** Whether a cluster leads there, by its name and its pods. */
  readonly leads: (cluster: string, pods: readonly (Workload | undefined)[]) => boolean;
}

const keyOf = (w: Workload) => `${w.namespace}/${w.config.name}`;

/** The names of a mesh's places, and who is behind each. */
export class Places {
  private readonly spots = new Map<string, Spot>();
  private readonly versionsOf: ReadonlyMap<string, ReadonlySet<string | undefined>>;
  private readonly versions: ReadonlySet<string>;

  constructor(private readonly model: MeshModel) {
    const of = new Map<string, Set<string | undefined>>();
    for (const w of model.workloads) of.set(keyOf(w), (of.get(keyOf(w)) ?? new Set()).add(w.labels.version));
    this.versionsOf = of;
    const subsets = model.of('DestinationRule').flatMap((r) => ((r.spec.subsets ?? []) as any[]).map((s) => String(s.name)));
    this.versions = new Set([...subsets, ...model.workloads.flatMap((w) => w.labels.version ?? [])]);
  }

  /**
   * The place of a name: `'shop/page'`, `'shop/page@v2'`, a version, a host.
   * @throws where it is that of nothing in the mesh: that a request does not reach what is not there says nothing
   */
  spot(where: Place): Spot {
    const name = placeName(where);
    const known = this.spots.get(name) ?? this.find(name);
    this.spots.set(name, known);
    return known;
  }

  private find(name: string): Spot {
    const [place, version] = name.split('@', 2) as [string, string | undefined];
    const services = this.servicesOf(place);
    const named = this.model.workloads.filter((w) => w.config.name === place || keyOf(w) === place);
    const hasHost = this.model.virtualServices.some((v) => v.hosts.includes(place));
    if (version === undefined && services.length === 0 && named.length === 0 && !hasHost) {
      if (this.versions.has(name)) return this.ofVersion(name);
      throw this.nothing(name);
    }
    // a service without ports has no Service; its pods are labelled all the same
    const bare = services.length === 0 && named.length === 0 ? this.labelled(place) : named;
    const [pods, isKnown] =
      version === undefined ? [this.behind(services, named), true] : this.inVersion(services, bare, version);
    if (!isKnown) throw this.nothing(name);
    const keys = new Set(pods.map(keyOf));
    const hosts = new Set(services.map((s) => s.host));
    const outside = services.every((s) => s.registry === 'External') ? place : undefined;
    const ofCluster = (cluster: string) => {
      const parts = clusterParts(cluster);
      return parts !== undefined && hosts.has(parts.host) && (version === undefined || parts.subset === version);
    };
    return spotOf(
      (text, _, arrivals) =>
        keys.has(text) ||
        arrivals.some(
          ({ endpoint: { workload, address, port }, cluster }) =>
            !workload && `${address}:${port}` === text && ofCluster(cluster),
        ),
      (host) => version === undefined && outside !== undefined && withoutPort(host) === withoutPort(outside),
      (cluster, to) => (to.length > 0 ? to.every((w) => (w ? keys.has(keyOf(w)) : ofCluster(cluster))) : ofCluster(cluster)),
    );
  }

  /** A version of whatever service. */
  private ofVersion(version: string): Spot {
    const isOf = (pod: string) => this.versionsOf.get(pod)?.has(version) === true;
    return spotOf(
      (text, e) => e.subset === version || isOf(text),
      () => false,
      (cluster, to) => clusterParts(cluster)?.subset === version || (to.length > 0 && to.every((w) => w && isOf(keyOf(w)))),
    );
  }

  private servicesOf(place: string): readonly Service[] {
    const host = withoutPort(place).toLowerCase();
    return this.model.services.filter((s) => {
      if (s.host.toLowerCase() === host) return true;
      const short = `${s.name}.${s.namespace}`;
      return s.registry === 'Kubernetes' && [s.name, `${s.namespace}/${s.name}`, short, `${short}.svc`].includes(place);
    });
  }

  private behind(services: readonly Service[], named: readonly Workload[]): readonly Workload[] {
    const ends = services.flatMap((s) => s.ports.flatMap((p) => endpointsByNumber(s, p.port, this.model)));
    return [...named, ...ends.flatMap((e) => e.workload ?? [])];
  }

  private labelled(place: string): readonly Workload[] {
    return this.model.workloads.filter((w) => [w.labels.app, `${w.namespace}/${w.labels.app}`].includes(place));
  }

  /** The pods of a version: of a subset, where a DestinationRule has one of the name, else those that are labelled so. */
  private inVersion(
    services: readonly Service[],
    named: readonly Workload[],
    version: string,
  ): readonly [readonly Workload[], boolean] {
    const subsets = services.flatMap((s) =>
      this.model
        .of('DestinationRule')
        .filter((r) => fullName(String(r.spec.host), r.namespace, this.model.mesh.domain) === s.host)
        .flatMap((r) => ((r.spec.subsets ?? []) as any[]).filter((x) => x.name === version)),
    );
    const isIn = (w: Workload) =>
      subsets.length > 0 ? subsets.some((x) => selects(x.labels, w.labels)) : w.labels.version === version;
    const pods = this.behind(services, named).filter(isIn);
    return [pods, subsets.length > 0 || pods.length > 0];
  }

  private nothing(name: string): Error {
    const { services, workloads } = this.model;
    const names = [
      ...services.flatMap((s) => (s.registry === 'Kubernetes' ? [s.name, `${s.namespace}/${s.name}`] : [s.host])),
      ...workloads.flatMap((w) => [w.config.name, keyOf(w)]),
    ];
    return new Error(`there is no ${quoted([name])} in this mesh${didYouMean(name, [...new Set(names), ...this.versions])}`);
  }
}

/** An ending names its pods, or the host outside where it goes on. */
function spotOf(
  isThere: (text: string, e: Ending, arrivals: readonly Arrival[]) => boolean,
  isOutside: (host: string) => boolean,
  leads: Spot['leads'],
): Spot {
  const of = (how: 'every' | 'some') => (e: Ending, arrivals: readonly Arrival[]) => {
    const [, outside] = /^(.*), outside the mesh$/.exec(e.where) ?? [];
    if (outside !== undefined) return isOutside(outside);
    return e.where.split(', ')[how]((text) => isThere(text, e, arrivals));
  };
  return { all: of('every'), some: of('some'), leads };
}

/** A client's name as `mesh trace` takes it. */
export function clientName(p: Party): string {
  if (typeof p === 'string') return p;
  if (p instanceof Version) return `${p.service.namespace}/${p.service.name}@${p.name}`;
  if (p instanceof ServiceHost || p instanceof MeshJob) return `${p.namespace}/${p.name}`;
  if (typeof p !== 'object' || p === null || !('callerName' in p))
    throw new Error(`${said(p)} is no workload: it is a service, a version of one, a job, a gateway, or its name ("shop/page")`);
  const at = (p as unknown as { objectNamespace?: string }).objectNamespace;
  return `gateway:${at ?? p.namespace}/${p.name}`;
}

/** A place's name: that of a client, or the host outside. */
export function placeName(p: Place): string {
  const name = p instanceof ExternalService ? p.host : clientName(p);
  if (name === '') throw new Error('the place is empty text: say a service, a workload, a version or a host');
  return name;
}

export function hostOf(to: Host): string {
  const host: unknown = typeof to === 'string' ? to : (to as { host?: unknown } | null)?.host;
  if (typeof host === 'string' && host !== '') return host;
  throw new Error(`${said(to)} is no host: it is a service, or its name as the client says it`);
}

const said = (x: unknown): string =>
  x === undefined ? 'nothing' : typeof x === 'object' && x !== null ? 'an object' : JSON.stringify(x);
