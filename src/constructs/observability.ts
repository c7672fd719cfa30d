import { Lazy } from 'cdk8s';
import { Construct, type IConstruct } from 'constructs';
import { Telemetry, type TelemetrySpec } from '../../imports/telemetry.istio.io';
import { quoted, text } from '../values/names';
import { checkPercent, type Percent } from '../values/percent';
import { checkProperties, oneOf, type Properties } from '../values/properties';
import { shown } from '../values/shown';
import { token } from '../values/wire-text';
import { AppModel, type Settles } from './app-model';
import { namespaceOfChart } from './chart-namespace';
import { Mesh } from './mesh';
import { originOf } from './origin';
import { tellsItsPath } from './told-at';

/** Properties of an {@link Observability}; what is left out stays as the mesh, or Istio's installation, has it. */
export interface ObservabilityProps {
  /** Whose proxies are meant: those of the chart's namespace, or all of the mesh, whose namespaces may say otherwise. @default 'namespace' */
  readonly scope?: 'namespace' | 'mesh';
  /** Which requests the proxies log, on both sides. */
  readonly accessLogs?: AccessLogs;
  /** Which requests are traced, and who collects the spans. */
  readonly tracing?: 'off' | Tracing;
  /** Changes of the labels of Istio's standard metrics. */
  readonly metricTags?: MetricTags;
}

/**
 * `errors`: requests that fail (HTTP status from 400, gRPC status other than 0) or end early, and connections that end so.
 * `filter` is `errors` too, or CEL over Envoy's attributes, such as `response.code >= 500`.
 */
export type AccessLogs = 'off' | 'errors' | 'all' | { readonly filter?: string; readonly provider?: string };

/** Which requests are traced. */
export interface Tracing {
  /** Of the requests that come without a decision of an earlier proxy. */
  readonly sampling: Percent;
  /** One of MeshConfig's `extensionProviders`, which the Mesh has to name in `meshConfig`. @default - for a namespace, the mesh's */
  readonly provider?: string;
  /** More tags of each span, by name. */
  readonly tags?: Readonly<Record<string, TracingTag>>;
}

/** Where a tag's value comes from. */
export type TracingTag = { readonly literal: string } | { readonly header: string } | { readonly environment: string };

/** By label: CEL over Envoy's attributes (`request.host`), or `false`, which takes the label away. Of every metric, on both sides. */
export type MetricTags = Readonly<Record<string, string | false>>;

const PROPERTIES: Properties<ObservabilityProps> = {
  scope: 'text?',
  accessLogs: 'any?',
  tracing: 'any?',
  metricTags: 'map?',
};
const LOGS: Properties<Extract<AccessLogs, object>> = { filter: 'text?', provider: 'text?' };
const TRACING: Properties<Tracing> = { sampling: 'number', provider: 'text?', tags: 'map?' };

/** Parts of a Telemetry that are said as a whole. */
type Part = 'accessLogging' | 'tracing' | 'metrics';
type Parts = Map<Part, { readonly value: unknown; readonly by: Observability }>;

/** What is said of each namespace, by app. */
const said = new WeakMap<IConstruct, Map<string, Parts>>();

/** Providers that every installation has. Source: pkg/config/mesh/mesh.go, DefaultMeshConfig. */
const BUILT_IN = ['envoy', 'prometheus', 'stackdriver'];

const ERRORS =
  "response.flags != 0 || response.code >= 400 || ('content-type' in request.headers && request.headers['content-type'].startsWith('application/grpc') && response.grpc_status != 0)";

/**
 * What proxies tell of requests: access logs, traces, labels of metrics.
 *
 * Compiles to one Telemetry for a namespace, or for the mesh, in its root namespace. Of several for one namespace Istio obeys the
 * oldest alone, so several of these share one object, and two that say the same part are an error. A namespace's part replaces
 * the mesh's. Source: Istio's telemetry reference; pilot/pkg/model/telemetry.go.
 */
@tellsItsPath
export class Observability extends Construct implements Settles {
  private readonly namespace: string;

  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id);
    const where = `"${this.node.path}"`;
    checkProperties<ObservabilityProps>(props, PROPERTIES, where);
    const { accessLogs, tracing, metricTags } = props;
    const forMesh = oneOf(props.scope ?? 'namespace', ['namespace', 'mesh'], `scope of ${where}`) === 'mesh';
    const mesh = Mesh.of(this);
    this.namespace = forMesh ? mesh.rootNamespace : namespaceOfChart(scope, where);
    if (!forMesh && this.namespace === mesh.rootNamespace)
      throw new Error(
        `${where} is in the root namespace of the mesh ("${this.namespace}"), where it is about all of it: say scope: 'mesh'`,
      );
    const parts: readonly (readonly [Part, unknown])[] = [
      ...(accessLogs === undefined ? [] : [['accessLogging', logging(accessLogs, mesh, `accessLogs of ${where}`)] as const]),
      ...(tracing === undefined ? [] : [['tracing', traced(tracing, mesh, forMesh, `tracing of ${where}`)] as const]),
      ...(metricTags === undefined ? [] : [['metrics', tagged(metricTags, `metricTags of ${where}`)] as const]),
    ];
    if (parts.length === 0) throw new Error(`${where} says nothing: give it accessLogs, tracing or metricTags`);
    const ofApp = said.get(this.node.root) ?? new Map<string, Parts>();
    said.set(this.node.root, ofApp);
    const known = ofApp.get(this.namespace);
    const all: Parts = known ?? new Map();
    ofApp.set(this.namespace, all);
    for (const [part, value] of parts) {
      const other = all.get(part)?.by;
      if (other)
        throw new Error(
          `${where} says ${WORDS[part]} of ${forMesh ? 'the mesh' : `namespace "${this.namespace}"`}, which "${other.node.path}" says already: Istio would obey one of them, so say it once`,
        );
      all.set(part, { value, by: this });
    }
    originOf(this);
    AppModel.of(this).add(this);
    if (known) return;
    new Telemetry(this, 'Telemetry', {
      metadata: { name: forMesh ? 'mesh-default' : 'namespace-default', namespace: this.namespace },
      spec: Lazy.any({
        produce: () => Object.fromEntries(ORDER.flatMap((p) => (all.has(p) ? [[p, all.get(p)!.value]] : []))),
      }) as unknown as TelemetrySpec,
    });
  }

  /** Who reads none of it. */
  warnings(): readonly string[] {
    return AppModel.of(this).secured.get(this.namespace)?.ambient
      ? [
          `is about ambient namespace "${this.namespace}": ztunnel reads no Telemetry, so it holds at waypoints and gateways alone`,
        ]
      : [];
  }
}

const ORDER: readonly Part[] = ['accessLogging', 'tracing', 'metrics'];
const WORDS: Readonly<Record<Part, string>> = {
  accessLogging: 'accessLogs',
  tracing: 'tracing',
  metrics: 'metricTags',
};

function logging(logs: AccessLogs, mesh: Mesh, what: string): TelemetrySpec['accessLogging'] {
  const of = (provider: string, more: object = {}) => [{ providers: [{ name: provider }], ...more }];
  if (logs === 'off') return of('envoy', { disabled: true });
  if (logs === 'all') return of('envoy');
  if (logs === 'errors') return of('envoy', { filter: { expression: ERRORS } });
  if (typeof logs !== 'object')
    throw new Error(`${what} is ${shown(logs)}: it has to be 'off', 'errors', 'all' or { filter, provider }`);
  checkProperties(logs, LOGS, what);
  const { filter, provider = 'envoy' } = logs;
  if (filter !== undefined) text(filter, `filter in ${what}`);
  const expression = filter === 'errors' ? ERRORS : filter;
  return of(knownProvider(provider, mesh, what), expression === undefined ? {} : { filter: { expression } });
}

/**
 * Of tracing istiod joins what the mesh and the namespace say, field by field: one that the mesh has switched off is so until somebody
 * says otherwise. Source: `Tracing` in pilot/pkg/model/telemetry.go.
 */
function traced(tracing: 'off' | Tracing, mesh: Mesh, forMesh: boolean, what: string): TelemetrySpec['tracing'] {
  if (tracing === 'off') return [{ disableSpanReporting: true }];
  if (typeof tracing !== 'object') throw new Error(`${what} is ${shown(tracing)}: it has to be 'off' or { sampling, provider }`);
  checkProperties(tracing, TRACING, what);
  const { sampling, provider, tags = {} } = tracing;
  const customTags = Object.fromEntries(
    Object.entries(tags).map(([name, t]) => [text(name, `a tag of ${what}`), tagOf(t, name, what)]),
  );
  const given = (mesh.meshConfig.defaultProviders as { tracing?: unknown[] } | undefined)?.tracing ?? [];
  if (provider === undefined && forMesh && given.length === 0)
    throw new Error(
      `${what} has no provider, and the Mesh's meshConfig no defaultProviders for tracing: nobody would be told; name one of its extensionProviders`,
    );
  return [
    {
      ...(provider === undefined ? {} : { providers: [{ name: knownProvider(provider, mesh, what) }] }),
      ...(forMesh ? {} : { disableSpanReporting: false }),
      randomSamplingPercentage: checkPercent(sampling, `sampling in ${what}`),
      ...(Object.keys(tags).length > 0 ? { customTags } : {}),
    },
  ];
}

function tagOf(tag: TracingTag, name: string, of: string) {
  const what = `tag "${name}" of ${of}`;
  const [[kind, value] = [undefined, undefined], ...more] = Object.entries((tag as object | null) ?? {});
  if (typeof tag !== 'object' || kind === undefined || more.length > 0)
    throw new Error(`${what} is ${shown(tag)}: it has to be one of { literal }, { header } and { environment }`);
  oneOf(kind, ['literal', 'header', 'environment'], `the source of ${what}`);
  text(value, `${kind} of ${what}`);
  if (kind === 'literal') return { literal: { value } };
  return kind === 'header' ? { header: { name: token(value, `header of ${what}`) } } : { environment: { name: value } };
}

function tagged(tags: MetricTags, what: string): TelemetrySpec['metrics'] {
  const entries = Object.entries(tags);
  if (entries.length === 0) throw new Error(`${what} are empty: name one, or leave them out`);
  const tagOverrides = Object.fromEntries(
    entries.map(([label, value]) => {
      if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label))
        throw new Error(`${what} have "${label}", which is no label of Prometheus: letters, digits and "_", no digit first`);
      if (value === false) return [label, { operation: 'REMOVE' as const }];
      return [label, { value: text(value, `"${label}" in ${what}`) }];
    }),
  );
  return [{ providers: [{ name: 'prometheus' }], overrides: [{ tagOverrides }] }];
}

/** Throws for one that MeshConfig does not have: istiod passes over it, and nothing is told to anybody. */
function knownProvider(name: string, mesh: Mesh, what: string): string {
  text(name, `provider in ${what}`);
  const list = mesh.meshConfig.extensionProviders;
  const names = [...BUILT_IN, ...(Array.isArray(list) ? list.map((p: any) => String(p?.name)) : [])];
  if (names.includes(name)) return name;
  throw new Error(
    `provider in ${what} is "${name}", which MeshConfig does not have as far as the Mesh says (it has ${quoted(names)}): istiod would pass over it; name it in meshConfig: { extensionProviders: [{ name: '${name}', … }] } of the Mesh, as it is installed`,
  );
}
