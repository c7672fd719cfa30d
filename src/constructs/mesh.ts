import { Construct } from 'constructs';
import { dnsLabel, hostName } from '../values/names';

/** Minors of Istio that this package writes for: those that Istio itself supports. */
export type IstioVersion = '1.29' | '1.30' | '1.31';

/** A gateway workload that is installed already. */
export interface GatewayWorkload {
  /** @default 'istio-system' */
  readonly namespace?: string;
  /** Labels of its pods. @default { istio: 'ingressgateway' } */
  readonly labels?: Readonly<Record<string, string>>;
  /** istioctl's default install names it so; Helm names it like the release. @default 'istio-ingressgateway-service-account' */
  readonly serviceAccount?: string;
}

/** What is true of the installation. */
export interface MeshProps {
  /** @default '1.31' */
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
  /** Hosts every proxy has to reach (tracing, rate limit, authorization providers), as `namespace/host`. @default [] */
  readonly providers?: readonly string[];
}

const meshes = new WeakMap<Construct, Mesh>();
/** Id of the Mesh that is made where a construct needs one and there is none. */
const DEFAULT = 'DefaultMesh';

/**
 * What is true of the Istio installation, once for an app. Stages are the same app with another `Mesh`.
 * Compiles to nothing by itself; without one the defaults hold.
 */
export class Mesh extends Construct {
  readonly istioVersion: IstioVersion;
  readonly clusterDomain: string;
  readonly trustDomain: string;
  readonly rootNamespace: string;
  readonly revision: string | undefined;
  readonly ingress: Required<GatewayWorkload>;
  readonly providers: readonly string[];

  constructor(scope: Construct, id: string, props: MeshProps = {}) {
    super(scope, id);
    const root = this.node.root as Construct;
    const other = meshes.get(root);
    if (other?.node.id === DEFAULT)
      throw new Error(`"${this.node.path}" comes too late: constructs before it have taken the defaults; make the Mesh first`);
    if (other) throw new Error(`the app has a Mesh already, at "${other.node.path}": there is one for an app`);
    meshes.set(root, this);
    this.istioVersion = props.istioVersion ?? '1.31';
    if (!['1.29', '1.30', '1.31'].includes(this.istioVersion))
      throw new Error(`istioVersion is "${this.istioVersion}": this package writes for 1.29, 1.30 and 1.31`);
    this.clusterDomain = hostName(props.clusterDomain ?? 'cluster.local', 'clusterDomain');
    this.trustDomain = props.trustDomain ?? 'cluster.local';
    this.rootNamespace = dnsLabel(props.rootNamespace ?? 'istio-system', 'rootNamespace');
    this.revision = props.revision;
    this.ingress = {
      namespace: props.ingress?.namespace ?? 'istio-system',
      labels: props.ingress?.labels ?? { istio: 'ingressgateway' },
      serviceAccount: props.ingress?.serviceAccount ?? 'istio-ingressgateway-service-account',
    };
    this.providers = props.providers ?? [];
  }

  /** The app's Mesh; one with the defaults where none was made. */
  static of(scope: Construct): Mesh {
    const root = scope.node.root as Construct;
    return meshes.get(root) ?? new Mesh(root, DEFAULT);
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
