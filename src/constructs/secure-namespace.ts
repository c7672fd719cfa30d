import { ApiObject, Chart, JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { Sidecar } from '../../imports/networking.istio.io';
import { AuthorizationPolicy, PeerAuthentication } from '../../imports/security.istio.io';
import { dnsLabel } from '../values/names';
import { AppModel, type Settles } from './app-model';
import { Mesh } from './mesh';
import { patchedLast } from './plus-object';

/** Properties of a {@link SecureNamespace}; each default is the secure one. */
export interface SecureNamespaceProps {
  /** @default - the chart's namespace */
  readonly name?: string;
  /** Whether plain text is refused. @default 'STRICT' */
  readonly mtls?: 'STRICT' | 'PERMISSIVE';
  /** Whether calls that nobody allowed are refused. @default true */
  readonly denyByDefault?: boolean;
  /** Whether hosts that nobody declared can be reached. @default 'REGISTRY_ONLY' */
  readonly egress?: 'REGISTRY_ONLY' | 'ALLOW_ANY';
  /** How workloads join the mesh. @default 'sidecar' */
  readonly dataPlane?: 'sidecar' | 'ambient' | 'none';
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * A namespace where nothing is open by accident.
 *
 * Compiles to a Namespace (with the label for injection, revision or ambient), a PeerAuthentication (STRICT), an
 * AuthorizationPolicy that allows nothing by itself, and a Sidecar that limits what workloads reach to the namespace
 * and what they declare. The allows come from `calls`, gateway routes and access policies.
 */
export class SecureNamespace extends Construct implements Settles {
  /** cdk8s-plus' Namespace. */
  readonly namespace: kplus.Namespace;
  readonly name: string;

  constructor(scope: Construct, id: string, props: SecureNamespaceProps = {}) {
    super(scope, id);
    const chart = Chart.of(this);
    this.name = dnsLabel(props.name ?? chart.namespace ?? '', `name of SecureNamespace "${this.node.path}"`);
    if (chart.namespace !== this.name) {
      throw new Error(
        `SecureNamespace "${this.name}" is in chart "${chart.node.path}", whose namespace is ${chart.namespace ? `"${chart.namespace}"` : 'not set'}: pass { namespace: '${this.name}' } to the chart`,
      );
    }
    const mesh = Mesh.of(this);
    const model = AppModel.of(this);
    if (model.secured.has(this.name)) throw new Error(`namespace "${this.name}" is declared twice`);
    const { mtls = 'STRICT', denyByDefault = true, egress = 'REGISTRY_ONLY', dataPlane = 'sidecar' } = props;
    const joins: Record<string, string> =
      dataPlane === 'ambient'
        ? { 'istio.io/dataplane-mode': 'ambient' }
        : dataPlane === 'none'
          ? {}
          : mesh.revision
            ? { 'istio.io/rev': mesh.revision }
            : { 'istio-injection': 'enabled' };
    this.namespace = patchedLast(
      new kplus.Namespace(this, 'Namespace', {
        metadata: { name: this.name, labels: { ...props.labels, ...joins } },
      }),
    );
    // a Namespace has no namespace, though the chart would give it one
    ApiObject.of(this.namespace).addJsonPatch(JsonPatch.remove('/metadata/namespace'));
    if (mtls === 'STRICT')
      new PeerAuthentication(this, 'Mtls', { metadata: { name: 'default' }, spec: { mtls: { mode: 'STRICT' } } });
    if (denyByDefault) new AuthorizationPolicy(this, 'DenyByDefault', { metadata: { name: 'deny-by-default' }, spec: {} });
    const registryOnly = egress === 'REGISTRY_ONLY';
    if (registryOnly && dataPlane !== 'ambient') {
      new Sidecar(this, 'Egress', {
        metadata: { name: 'namespace-default' },
        spec: {
          egress: [{ hosts: ['./*', `${mesh.rootNamespace}/*`, ...mesh.providers] }],
          outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
        },
      });
    }
    model.secured.set(this.name, { denies: denyByDefault, registryOnly });
    model.add(this);
  }

  /** The namespace comes before what is in it, in whatever order they were made. */
  render(): void {
    const object = ApiObject.of(this.namespace);
    const chart = Chart.of(this);
    for (const c of chart.node.findAll()) {
      if (c === object) return;
      if (c instanceof ApiObject && Chart.of(c) === chart) c.node.addDependency(object);
    }
  }
}
