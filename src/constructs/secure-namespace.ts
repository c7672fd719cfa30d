import { ApiObject, Chart, JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { Sidecar } from '../../imports/networking.istio.io';
import { AuthorizationPolicy, PeerAuthentication } from '../../imports/security.istio.io';
import { checkLabels } from '../values/labels';
import { dnsLabel, quoted } from '../values/names';
import { checkProperties, oneOf, type Properties } from '../values/properties';
import { AppModel, type Settles } from './app-model';
import { chartsOf, writtenAfterItsNamespace } from './chart-namespace';
import { egressHosts } from './egress-hosts';
import { DATA_PLANES, type DataPlane, Mesh } from './mesh';
import { inWords, originOf } from './origin';
import { patchedLast } from './plus-object';
import { tellsItsPath } from './told-at';

/** Properties of a {@link SecureNamespace}; each default is the secure one. */
export interface SecureNamespaceProps {
  /** @default - the chart's namespace; another one is an error */
  readonly name?: string;
  /** Whether plain text is refused. `PERMISSIVE` is written too, since the mesh's default may be another. @default 'STRICT' */
  readonly mtls?: 'STRICT' | 'PERMISSIVE';
  /** Whether calls that nobody allowed are refused. @default true */
  readonly denyByDefault?: boolean;
  /**
   * Whether hosts that nobody declared can be reached. `ALLOW_ANY` is written too, since the mesh's default may be
   * another. An ambient namespace has neither: ztunnel holds no calls back.
   * @default 'REGISTRY_ONLY'
   */
  readonly egress?: 'REGISTRY_ONLY' | 'ALLOW_ANY';
  /**
   * How workloads join the mesh: a sidecar in each pod, ztunnel on each node (`ambient`), or not by the namespace's
   * doing (`none`: no label; only pods that are labelled themselves join, and nothing protects the others).
   * @default - what the Mesh says: 'sidecar'
   */
  readonly dataPlane?: DataPlane;
  /** More labels of the Namespace. */
  readonly labels?: Readonly<Record<string, string>>;
}

const PROPERTIES: Properties<SecureNamespaceProps> = {
  name: 'text?',
  mtls: 'text?',
  denyByDefault: 'boolean?',
  egress: 'text?',
  dataPlane: 'text?',
  labels: 'map?',
};

/**
 * A namespace where nothing is open by accident.
 *
 * Compiles to a Namespace (with the label for injection, revision or ambient), a PeerAuthentication (its mode), an
 * AuthorizationPolicy that allows nothing by itself, and a Sidecar that limits what workloads reach to the namespace
 * and what they declare (none in an ambient namespace). The allows come from `calls`, gateway routes and access policies.
 * The namespace's chart is written before other charts of that namespace.
 */
@tellsItsPath
export class SecureNamespace extends Construct implements Settles {
  /** cdk8s-plus' Namespace. */
  readonly namespace: kplus.Namespace;
  /** The namespace's name. */
  readonly name: string;
  private readonly dataPlane: DataPlane;

  constructor(scope: Construct, id: string, props: SecureNamespaceProps = {}) {
    super(scope, id);
    const where = `"${this.node.path}"`;
    checkProperties(props, PROPERTIES, where);
    checkLabels(props.labels, `labels of ${where}`);
    const chart = Chart.of(this);
    if (!chart.namespace && props.name === undefined)
      throw new Error(
        `SecureNamespace ${where} is in a chart without a namespace, and that is what it secures: pass { namespace: '…' } to chart "${chart.node.path}"`,
      );
    this.name = dnsLabel(props.name ?? chart.namespace ?? '', `name of SecureNamespace "${this.node.path}"`);
    if (chart.namespace !== this.name) {
      throw new Error(
        `SecureNamespace "${this.name}" is in chart "${chart.node.path}", whose namespace is ${chart.namespace ? `"${chart.namespace}"` : 'not set'}: pass { namespace: '${this.name}' } to the chart`,
      );
    }
    const mesh = Mesh.of(this);
    // Source: pilot/pkg/model/{authentication,authorization,sidecar}.go: what selects no workload there is for all of the mesh
    if (this.name === mesh.rootNamespace)
      throw new Error(
        `namespace "${this.name}" is the root namespace of the mesh: what ${where} says would be said of every workload of the mesh; secure the namespaces that workloads are in, and make what is meant for all of them as objects of its own, such as a PeerAuthentication`,
      );
    const model = AppModel.of(this);
    const other = model.secured.get(this.name);
    if (other)
      throw new Error(
        `namespace "${this.name}" is declared twice: at ${inWords(originOf(other.by))} and at ${inWords(originOf(this))}`,
      );
    const { mtls = 'STRICT', denyByDefault = true, dataPlane = mesh.dataPlane } = props;
    oneOf(mtls, ['STRICT', 'PERMISSIVE'], `mtls of ${where}`);
    oneOf(dataPlane, DATA_PLANES, `dataPlane of ${where}`);
    if (props.egress !== undefined) oneOf(props.egress, ['REGISTRY_ONLY', 'ALLOW_ANY'], `egress of ${where}`);
    this.dataPlane = dataPlane;
    const ambient = dataPlane === 'ambient';
    if (ambient && props.egress === 'REGISTRY_ONLY')
      throw new Error(
        `egress of ${where} is "REGISTRY_ONLY", which nobody enforces in an ambient namespace: ztunnel reads no Sidecar; leave it out, and hold calls back with a NetworkPolicy`,
      );
    const outbound = ambient ? undefined : (props.egress ?? 'REGISTRY_ONLY');
    const joins: Record<string, string> =
      dataPlane === 'ambient'
        ? { 'istio.io/dataplane-mode': 'ambient' }
        : dataPlane === 'none'
          ? {}
          : mesh.revision
            ? { 'istio.io/rev': mesh.revision }
            : { 'istio-injection': 'enabled' };
    checkJoins(props.labels ?? {}, joins, where);
    this.namespace = patchedLast(
      new kplus.Namespace(this, 'Namespace', {
        metadata: { name: this.name, labels: { ...props.labels, ...joins } },
      }),
    );
    // a Namespace has no namespace, though the chart would give it one
    ApiObject.of(this.namespace).addJsonPatch(JsonPatch.remove('/metadata/namespace'));
    new PeerAuthentication(this, 'Mtls', { metadata: { name: 'default' }, spec: { mtls: { mode: mtls } } });
    if (denyByDefault) new AuthorizationPolicy(this, 'DenyByDefault', { metadata: { name: 'deny-by-default' }, spec: {} });
    if (outbound) {
      const visible = egressHosts(['./*', `${mesh.rootNamespace}/*`, ...mesh.providers], this.name);
      new Sidecar(this, 'Egress', {
        metadata: { name: 'namespace-default' },
        spec: {
          egress: [{ hosts: outbound === 'REGISTRY_ONLY' ? visible : ['*/*'] }],
          outboundTrafficPolicy: { mode: outbound },
        },
      });
    }
    originOf(this);
    model.secured.set(this.name, { denies: denyByDefault, strict: mtls === 'STRICT', outbound, ambient, by: this });
    for (const c of chartsOf(this, this.name)) writtenAfterItsNamespace(c);
    model.add(this);
  }

  /** ztunnel sees connections: it takes an allow with methods or paths for none. */
  compile(): void {
    const model = AppModel.of(this);
    if (!model.secured.get(this.name)?.ambient) return;
    const limited = model.services.filter((s) => s.namespace === this.name && s.access.isLimited).map((s) => s.name);
    if (limited.length > 0)
      throw new Error(
        `who may call ${quoted(limited)} is limited to methods or paths, and namespace "${this.name}" is ambient: ztunnel sees connections alone; leave the limits out, or let the namespace have sidecars (dataPlane: 'sidecar')`,
      );
  }

  /** What is not so for workloads without sidecars. */
  warnings(): readonly string[] {
    const { services } = AppModel.of(this);
    const inside = services.filter((s) => s.namespace === this.name);
    if (this.dataPlane === 'none' && inside.length > 0)
      return ['labels no workload for the mesh: nothing is enforced at pods that do not join it by a label of their own'];
    if (this.dataPlane !== 'ambient') return [];
    return inside.flatMap((s) => {
      const routed = services.filter((callee) => callee.routes.hasRules && s.egress.calls?.includes(callee)).map((c) => c.name);
      return routed.length > 0
        ? [
            `is ambient: calls of service "${s.name}" do not follow the routes of ${quoted(routed)}, since ztunnel reads none; let the caller's namespace have sidecars where they matter`,
          ]
        : [];
    });
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

/** Labels by which workloads of a namespace join the mesh, with the values that say they do not. */
const JOINS: Readonly<Record<string, string | undefined>> = {
  'istio-injection': 'disabled',
  'istio.io/rev': undefined,
  'istio.io/dataplane-mode': 'none',
};

/** Throws where more labels say how workloads join, in another way: of several Istio obeys one. */
function checkJoins(labels: Readonly<Record<string, string>>, joins: Readonly<Record<string, string>>, where: string): void {
  const sidecars = Object.keys(joins).some((key) => key !== 'istio.io/dataplane-mode');
  for (const [key, off] of Object.entries(JOINS)) {
    const said = labels[key];
    const elsewise = said === off && !(key in joins) && !(sidecars && key === 'istio-injection');
    if (said === undefined || said === joins[key] || elsewise) continue;
    const ours = Object.entries(joins).map(([k, v]) => `${k}=${v}`);
    throw new Error(
      `labels of ${where} have ${key}=${said}, beside ${ours[0] ?? `no such label, as dataPlane is 'none'`}: how its workloads join the mesh is said by dataPlane, and by the revision of the Mesh; leave the label out`,
    );
  }
}
