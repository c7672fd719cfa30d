import { lastOfEach } from '../manifests/last-of-each';
import type { Manifest } from '../manifests/manifest';
import { withCanaries } from './canaries';
import { byAge, type Config } from './config';
import { DestinationRules } from './destination-rules';
import { fullName } from './host';
import { type MeshConfig, meshConfig } from './mesh-config';
import { type Unknown, unknownFor } from './not-understood';
import { PeerAuthentications } from './peer-authentication';
import { Policies } from './policies';
import { type ProxyIdentity, type ProxySources, ProxyView } from './proxy';
import { type RateLimitFilter, rateLimitsFor } from './rate-limits';
import { atStep } from './release-step';
import { byServiceAge, fromKubernetes, fromServiceEntry, type Service, withAliases } from './service';
import { type VirtualService, virtualServices } from './virtual-service';
import { hasPods, machinesOf, type Workload, workloadEntry, workloadOf } from './workload';
import { writtenEndpoints } from './written-endpoints';

/** Besides the objects. */
export interface ModelOptions {
  /** MeshConfig, as an object. @default Istio's defaults */
  readonly meshConfig?: Readonly<Record<string, unknown>>;
  /** Suffix of services' names. @default 'cluster.local' */
  readonly clusterDomain?: string;
  /**
   * Which pods have a proxy: those of namespaces that ask for it, or all that do not refuse, as istiod's test server has it.
   * @default 'asked'
   */
  readonly injected?: 'asked' | 'all';
  /**
   * When objects without a creationTimestamp were made, in milliseconds since 1970.
   * @default all at one time, after all that have one: they are taken not to be applied yet
   */
  readonly age?: number;
}

const ISTIO = new Set(['networking.istio.io', 'security.istio.io', 'telemetry.istio.io', 'extensions.istio.io']);

const SLICE = 'discovery.k8s.io/EndpointSlice';

/** After all days that Kubernetes can write: when what says no day is taken to be made. */
const UNDATED = Date.UTC(10_000, 0);
/** When what is new is made, where the rest is there and says no day. */
export const NEW = Date.UTC(10_001, 0);
const LATE = Date.UTC(10_002, 0);

const NO_AGES: ReadonlyMap<Manifest, number> = new Map();
const NO_HOSTS: ReadonlySet<string> = new Set();

/**
 * A mesh as istiod sees it, from manifests: ours or anyone's. Nothing here is specific to one proxy; {@link proxy} is.
 */
export class MeshModel implements ProxySources {
  readonly mesh: MeshConfig;
  readonly services: readonly Service[];
  readonly byHost: ReadonlyMap<string, ReadonlyMap<string, Service>>;
  readonly workloads: readonly Workload[];
  readonly virtualServices: readonly VirtualService[];
  readonly gateways: readonly Config[];
  readonly sidecars: readonly Config[];
  readonly rules: DestinationRules;
  readonly peers: PeerAuthentications;
  readonly policies: Policies;
  private readonly byKind: ReadonlyMap<string, Config[]>;
  private readonly proxies = new Map<string, ProxyView>();

  /**
   * @param ages when objects were made, whatever they say themselves
   * @param absent see {@link without}
   * @param whole the same mesh, without less: what is the same in both is not made again
   */
  constructor(
    private readonly manifests: readonly Manifest[],
    private readonly options: ModelOptions = {},
    private readonly ages: ReadonlyMap<Manifest, number> = NO_AGES,
    private readonly absent: ReadonlySet<string> = NO_HOSTS,
    whole?: MeshModel,
  ) {
    const o = options;
    this.mesh = whole?.mesh ?? meshConfig(o.meshConfig, o.clusterDomain);
    this.byKind = whole?.byKind ?? this.sorted();
    this.workloads = whole?.workloads ?? this.makeWorkloads(o.injected);
    this.services = (whole?.services ?? this.makeServices()).filter((s) => !absent.has(s.host));
    const byHost = new Map<string, Map<string, Service>>();
    for (const s of this.services) {
      const spaces = byHost.get(s.host) ?? new Map<string, Service>();
      byHost.set(s.host, spaces);
      const known = spaces.get(s.namespace);
      if (!known || (known.registry !== 'Kubernetes' && s.registry === 'Kubernetes')) spaces.set(s.namespace, s);
    }
    this.byHost = byHost;
    const isAbsent = (hosts: readonly string[]) => hosts.length > 0 && hosts.every((h) => absent.has(h));
    this.virtualServices = (whole?.virtualServices ?? virtualServices(this.of('VirtualService'), this.mesh)).filter(
      (v) => !isAbsent(v.hosts),
    );
    this.gateways = whole?.gateways ?? [...this.of('Gateway')].sort(byAge);
    this.sidecars = whole?.sidecars ?? [...this.of('Sidecar')].sort(byAge);
    this.peers = whole?.peers ?? new PeerAuthentications(this.of('PeerAuthentication'), this.mesh.rootNamespace);
    this.policies =
      whole?.policies ?? new Policies(this.of('AuthorizationPolicy'), this.of('RequestAuthentication'), this.mesh.rootNamespace);
    const ruling = this.of('DestinationRule').filter(
      (c) => !isAbsent([fullName(c.spec.host ?? '', c.namespace, this.mesh.domain)]),
    );
    this.rules = new DestinationRules(ruling, this.mesh);
  }

  /** By kind, as {@link of} is asked. */
  private sorted(): ReadonlyMap<string, Config[]> {
    const out = new Map<string, Config[]>();
    for (const m of withCanaries(lastOfEach(this.manifests))) {
      const key = ISTIO.has(m.group) ? m.kind : `${m.group ? `${m.group}/` : ''}${m.kind}`;
      const config: Config = {
        name: m.name,
        namespace: m.namespace || 'default',
        spec: m.object.spec ?? {},
        manifest: m,
        created: this.ages.get(m) ?? m.created ?? this.options.age ?? UNDATED,
      };
      const list = out.get(key);
      if (list) list.push(config);
      else out.set(key, [config]);
    }
    return out;
  }

  /** All objects of a kind: Istio's by kind alone, others as `apps/Deployment`; of the core group by kind alone. */
  of(kind: string): readonly Config[] {
    return this.byKind.get(kind) ?? [];
  }

  /** The same mesh, were these objects the youngest in it. */
  withYoungest(objects: readonly Manifest[]): MeshModel {
    return this.withAges(new Map(objects.map((m, i) => [m, LATE + i])));
  }

  /** The same mesh, had these objects been made then (in milliseconds since 1970). */
  withAges(ages: ReadonlyMap<Manifest, number>): MeshModel {
    return ages.size === 0 ? this : new MeshModel(this.manifests, this.options, new Map([...this.ages, ...ages]), this.absent);
  }

  /** The same mesh while a release (a Rollout or a Canary, `shop/cart`) is at one of its steps: see {@link atStep}. */
  duringRelease(name: string, step: number): MeshModel {
    return new MeshModel(atStep(this.manifests, name, step), this.options, this.ages, this.absent);
  }

  /** The same mesh, for who asks for other hosts: proxies know nothing of these, and all else is as it was. */
  without(hosts: ReadonlySet<string>): MeshModel {
    return hosts.size === 0
      ? this
      : new MeshModel(this.manifests, this.options, this.ages, new Set([...this.absent, ...hosts]), this);
  }

  /** All objects, the last of those with one name alone. */
  get objects(): readonly Config[] {
    return [...this.byKind.values()].flat();
  }

  /** What may touch requests of, or to, a workload, and is not understood here. */
  unknownFor(whose: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> }): Unknown[] {
    return unknownFor((kind) => this.of(kind), this.mesh, whose);
  }

  /** What limits requests to a workload, or at a gateway. */
  rateLimits(
    whose: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> },
    at: RateLimitFilter['at'],
  ): readonly RateLimitFilter[] {
    return rateLimitsFor(this.of('EnvoyFilter'), this.mesh.rootNamespace, whose, at);
  }

  /** What istiod tells a proxy. */
  proxy(identity: ProxyIdentity): ProxyView {
    const key = JSON.stringify([identity.kind, identity.namespace, Object.entries(identity.labels).sort(), identity.address]);
    const known = this.proxies.get(key);
    if (known) return known;
    const made = new ProxyView(this, identity);
    this.proxies.set(key, made);
    return made;
  }

  private makeWorkloads(injected: ModelOptions['injected']): Workload[] {
    let count = 0;
    const taken = new Set(this.of('Pod').map((p) => p.manifest.object.status?.podIP));
    const address = () => {
      for (;;) {
        count++;
        const a = `10.244.${Math.floor(count / 250)}.${(count % 250) + 1}`;
        if (!taken.has(a)) return a;
      }
    };
    const spaces = new Map(injected === 'all' ? [] : this.of('Namespace').map((n) => [n.name, n.manifest]));
    const out: Workload[] = [];
    for (const [key, configs] of this.byKind) {
      const kind = key.slice(key.indexOf('/') + 1);
      if (hasPods(kind))
        for (const c of configs) {
          const w = workloadOf(this.templateFor(c), address, spaces.get(c.namespace));
          if (w) out.push(w);
        }
    }
    const machines = this.of('WorkloadEntry').map((c) => workloadEntry(c, c.spec, c.name));
    out.push(...machines, ...machinesOf(this.of('WorkloadGroup'), machines, address));
    return out;
  }

  /** A Rollout of Argo's may run the pods of a Deployment, which has none of its own then. */
  private templateFor(c: Config): Config {
    const ref = c.spec.workloadRef;
    const own =
      ref?.kind === 'Deployment' && this.of('apps/Deployment').find((d) => d.name === ref.name && d.namespace === c.namespace);
    return own && own.spec.replicas === 0 ? { ...own, spec: { ...own.spec, replicas: 1 } } : c;
  }

  private makeServices(): Service[] {
    let next = 1;
    const written = writtenEndpoints(this.of(SLICE), this.of('Endpoints'), this.of('Service'));
    const all = this.of('Service').map((c) => {
      const i = next++;
      const address = c.spec.clusterIP || `10.96.${Math.floor(i / 250)}.${(i % 250) + 1}`;
      return fromKubernetes(c, this.mesh, address, written.get(`${c.namespace}/${c.name}`));
    });
    for (const c of this.of('ServiceEntry')) all.push(...fromServiceEntry(c, this.mesh));
    return withAliases(all.sort(byServiceAge));
  }
}
