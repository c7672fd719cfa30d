import { Construct } from 'constructs';
import { accountName, dnsLabel, hostName, text } from '../values/names';
import { checkProperties, oneOf, type Properties } from '../values/properties';
import { type ExtensionProvider, extensionProviders } from './extension-providers';
import { checkPodLabels } from './pod-labels';
import { tellsItsPath } from './told-at';

/** Service account of the gateway that istioctl installs. */
export const INSTALLED_ACCOUNT = 'istio-ingressgateway-service-account';

const VERSIONS = ['1.29', '1.30', '1.31'] as const;
/** Minors of Istio that this package writes for: those that Istio itself supports. */
export type IstioVersion = (typeof VERSIONS)[number];

/** A gateway workload that is installed already: where its pods are, and who they are. */
export interface GatewayWorkload {
  /** Namespace of its pods. @default 'istio-system' */
  readonly namespace?: string;
  /** Labels of its pods. @default { istio: 'ingressgateway' } */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Its identity, which routes let in at services. istioctl's default install names it so; Helm names it like the release.
   * @default 'istio-ingressgateway-service-account'
   */
  readonly serviceAccount?: string;
}

/** A gateway workload for calls that leave the mesh, with the Service by which proxies reach it. istioctl's default install has none. */
export interface EgressWorkload extends GatewayWorkload {
  /** Labels of its pods. @default { istio: 'egressgateway' } */
  readonly labels?: Readonly<Record<string, string>>;
  /** Its identity. @default 'istio-egressgateway-service-account' */
  readonly serviceAccount?: string;
  /** Name of its Service, which has a port 443. @default 'istio-egressgateway' */
  readonly service?: string;
}

/** What is true of the installation. */
export interface MeshProps {
  /** Minor of the control plane. A field that it lacks is an error where it is asked for: the API server would drop it. @default '1.31' */
  readonly istioVersion?: IstioVersion;
  /** Suffix of service names. @default 'cluster.local' */
  readonly clusterDomain?: string;
  /** First part of workload identities. @default 'cluster.local' */
  readonly trustDomain?: string;
  /** Namespace of istiod and of mesh-wide policies. @default 'istio-system' */
  readonly rootNamespace?: string;
  /** Namespaces are labelled `istio.io/rev` with it instead of `istio-injection`. @default - the default revision */
  readonly revision?: string;
  /** The gateway workload that an IngressGateway binds to. */
  readonly ingress?: GatewayWorkload;
  /** The gateway workload that an EgressGateway binds to. */
  readonly egress?: EgressWorkload;
  /** Hosts every proxy has to reach (tracing, rate limit), as `namespace/host`, beside those of `extensionProviders` in meshConfig. @default [] */
  readonly providers?: readonly string[];
  /** How workloads join the mesh where a SecureNamespace does not say. @default 'sidecar' */
  readonly dataPlane?: DataPlane;
  /**
   * What the installation's MeshConfig says otherwise than Istio's defaults, such as `{ outboundTrafficPolicy: { mode:
   * 'REGISTRY_ONLY' } }`: {@link checkAtSynth} and the matchers of `cdk8s-mesh/jest` count on it, as `--mesh-config` has the
   * commands do. @default {}
   */
  readonly meshConfig?: Readonly<Record<string, unknown>>;
}

/** How workloads join the mesh: a sidecar in each pod, ztunnel on each node (`ambient`), or not by the namespace's doing. */
export type DataPlane = (typeof DATA_PLANES)[number];
export const DATA_PLANES = ['sidecar', 'ambient', 'none'] as const;

const PROPERTIES: Properties<MeshProps> = {
  istioVersion: 'text?',
  clusterDomain: 'text?',
  trustDomain: 'text?',
  rootNamespace: 'text?',
  revision: 'text?',
  ingress: 'map?',
  egress: 'map?',
  providers: 'list?',
  dataPlane: 'text?',
  meshConfig: 'map?',
};
/** For {@link checkProperties}. */
export const GATEWAY_WORKLOAD: Properties<GatewayWorkload> = { namespace: 'text?', labels: 'map?', serviceAccount: 'text?' };

/** For {@link checkProperties}. */
export const EGRESS_WORKLOAD: Properties<EgressWorkload> = { ...GATEWAY_WORKLOAD, service: 'text?' };

const meshes = new WeakMap<Construct, Mesh>();
/** Id of the Mesh that is made where a construct needs one and there is none. */
const DEFAULT = 'DefaultMesh';

/**
 * What is true of the Istio installation, once for an app. Stages are the same app with another `Mesh`.
 * Compiles to nothing by itself; without one the defaults hold.
 */
@tellsItsPath
export class Mesh extends Construct {
  /** Minor of the control plane; see {@link Mesh.need}. */
  readonly istioVersion: IstioVersion;
  /** Suffix of every host, as in `reviews.bookinfo.svc.cluster.local`. */
  readonly clusterDomain: string;
  /** First part of every principal. */
  readonly trustDomain: string;
  /** Namespace of istiod, which every Sidecar lets through. */
  readonly rootNamespace: string;
  /** What namespaces are labelled `istio.io/rev` with; `undefined`: the default revision. */
  readonly revision: string | undefined;
  /** What an IngressGateway binds to unless it says otherwise. */
  readonly ingress: Required<GatewayWorkload>;
  /** What an EgressGateway binds to unless it says otherwise. */
  readonly egress: Required<EgressWorkload>;
  /** Hosts that every Sidecar lets through, as `namespace/host`: those of MeshConfig's providers among them. */
  readonly providers: readonly string[];
  /** MeshConfig's `extensionProviders`: tracing, logs, authorization. */
  readonly extensionProviders: readonly ExtensionProvider[];
  /** How workloads join the mesh unless a SecureNamespace says otherwise. */
  readonly dataPlane: DataPlane;
  /** MeshConfig as far as it is known, trust domain and root namespace among it. */
  readonly meshConfig: Readonly<Record<string, unknown>>;

  constructor(scope: Construct, id: string, props: MeshProps = {}) {
    super(scope, id);
    const where = `"${this.node.path}"`;
    checkProperties(props, PROPERTIES, where);
    const root = this.node.root as Construct;
    const other = meshes.get(root);
    if (other?.node.id === DEFAULT)
      throw new Error(`"${this.node.path}" comes too late: constructs before it have taken the defaults; make the Mesh first`);
    if (other) throw new Error(`the app has a Mesh already, at "${other.node.path}": there is one for an app`);
    meshes.set(root, this);
    this.istioVersion = oneOf(props.istioVersion ?? '1.31', VERSIONS, `istioVersion of ${where}`);
    this.clusterDomain = hostName(props.clusterDomain ?? 'cluster.local', `clusterDomain of ${where}`);
    this.trustDomain = trustDomain(props.trustDomain ?? 'cluster.local', `trustDomain of ${where}`);
    this.rootNamespace = dnsLabel(props.rootNamespace ?? 'istio-system', `rootNamespace of ${where}`);
    this.revision = props.revision === undefined ? undefined : dnsLabel(props.revision, `revision of ${where}`);
    if (props.ingress) checkProperties(props.ingress, GATEWAY_WORKLOAD, `ingress of ${where}`);
    checkPodLabels(props.ingress?.labels, `labels in ingress of ${where}`);
    this.ingress = {
      namespace: dnsLabel(props.ingress?.namespace ?? 'istio-system', `namespace in ingress of ${where}`),
      labels: props.ingress?.labels ?? { istio: 'ingressgateway' },
      serviceAccount: accountName(props.ingress?.serviceAccount ?? INSTALLED_ACCOUNT, `serviceAccount in ingress of ${where}`),
    };
    if (props.egress) checkProperties(props.egress, EGRESS_WORKLOAD, `egress of ${where}`);
    checkPodLabels(props.egress?.labels, `labels in egress of ${where}`);
    this.egress = {
      namespace: dnsLabel(props.egress?.namespace ?? 'istio-system', `namespace in egress of ${where}`),
      labels: props.egress?.labels ?? { istio: 'egressgateway' },
      serviceAccount: accountName(
        props.egress?.serviceAccount ?? 'istio-egressgateway-service-account',
        `serviceAccount in egress of ${where}`,
      ),
      service: dnsLabel(props.egress?.service ?? 'istio-egressgateway', `service in egress of ${where}`),
    };
    for (const p of props.providers ?? [])
      if (!/^[^/]+\/[^/]+$/.test(text(p, `provider of ${where}`)))
        throw new Error(`provider "${p}" of ${where} has to be namespace/host, such as "observability/*"`);
    this.extensionProviders = extensionProviders(props.meshConfig ?? {}, where);
    const reached = this.extensionProviders.flatMap((p) =>
      p.host === undefined ? [] : `${p.namespace ?? this.spaceOf(p.host)}/${p.host}`,
    );
    this.providers = [...new Set([...(props.providers ?? []), ...reached])];
    this.dataPlane = oneOf(props.dataPlane ?? 'sidecar', DATA_PLANES, `dataPlane of ${where}`);
    for (const name of ['trustDomain', 'rootNamespace'])
      if (props.meshConfig && name in props.meshConfig)
        throw new Error(`meshConfig of ${where} has ${name}, which is a property of the Mesh itself: say it there`);
    this.meshConfig = { ...props.meshConfig, trustDomain: this.trustDomain, rootNamespace: this.rootNamespace };
  }

  /** The app's Mesh; one with the defaults where none was made. */
  static of(scope: Construct): Mesh {
    const root = scope.node.root as Construct;
    return meshes.get(root) ?? new Mesh(root, DEFAULT);
  }

  /** Throws where the control plane is older than what is asked for needs. */
  need(version: IstioVersion, what: string): void {
    if (VERSIONS.indexOf(this.istioVersion) < VERSIONS.indexOf(version))
      throw new Error(
        `${what} needs Istio ${version}, and the Mesh says ${this.istioVersion}, whose API server would drop it: do without, or say a newer istioVersion once it is installed`,
      );
  }

  /** The namespace of a Service's full name; `*` for other hosts, which may be of any. */
  private spaceOf(host: string): string {
    const [, namespace, ...rest] = host.split('.');
    return rest.join('.') === `svc.${this.clusterDomain}` ? namespace! : '*';
  }

  /** `reviews` in `bookinfo` -> `reviews.bookinfo.svc.cluster.local`. */
  fqdn(name: string, namespace: string): string {
    return `${name}.${namespace}.svc.${this.clusterDomain}`;
  }

  /** The identity that mutual TLS proves, as AuthorizationPolicy writes it. */
  principal(namespace: string, serviceAccount: string): string {
    return `${this.trustDomain}/ns/${namespace}/sa/${serviceAccount}`;
  }
}

/** A SPIFFE trust domain: letters, digits, ".", "-" and "_". */
export function trustDomain(value: string, what: string): string {
  if (!/^[a-z0-9._-]+$/.test(text(value, what)))
    throw new Error(`${what} is "${value}": only lower-case letters, digits, ".", "-" and "_" are allowed`);
  return value;
}
