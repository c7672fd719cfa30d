import { ApiObject, Chart } from 'cdk8s';
import { Construct, type IConstruct } from 'constructs';
import { quoted } from '../values/names';
import { Port, type Protocol } from '../values/port';
import { inWords, type PodLabels, within } from './pod-labels';
import { versionLike } from './service-facts';

/** Which Service of a chart, `Include` or `Helm` output is meant. */
export interface ObjectsToAdopt {
  /**
   * The construct that holds the objects, or a Service of cdk8s-plus, whose workloads are then looked for in its chart.
   */
  readonly from: IConstruct;
  /** Labels of the Service. Needed where there are several. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Name of the Service. Needed where there are several. */
  readonly name?: string;
  /** Pod label that tells versions apart. @default 'version' */
  readonly versionLabel?: string;
}

/** What the objects say about themselves. */
export interface FoundService {
  /** The Service's. */
  readonly name: string;
  /** Its TCP ports; those of which nothing says what they speak are TCP. */
  readonly ports: readonly Port[];
  /** Numbers of ports of which nothing says what they speak. */
  readonly undeclared: readonly number[];
  /** The Service's selector. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** Labels of the pods, by version. */
  readonly versions: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** All labels of its pods, by workload. */
  readonly pods: readonly PodLabels[];
  /** By version. */
  readonly serviceAccount: Readonly<Record<string, string>>;
  /** The Service's, or its chart's. */
  readonly namespace: string;
}

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Pod'];

/** What a workload's pods are like; a Pod by itself is like itself. */
const templateOf = (j: any) => (j.kind === 'Pod' ? j : j.spec.template);
const podLabelsOf = (j: any): Readonly<Record<string, string>> => templateOf(j).metadata?.labels ?? {};

/** Helm makes such an object for a moment, and `helm test` when it is asked to. */
const isHook = (j: any) => j.metadata?.annotations?.['helm.sh/hook'] !== undefined;

/** Reads a Service and the workloads that it selects from the constructs below `from`. */
export function findService(o: ObjectsToAdopt): FoundService {
  if (!Construct.isConstruct(o.from))
    throw new Error('what a service is adopted from has to be a construct: a chart, an Include, a Helm or a Service');
  const below = objectsOf(o.from);
  // a Service by itself: its pods are made beside it
  const objects = below.some((x) => WORKLOADS.includes(x.kind))
    ? below
    : [...below, ...objectsOf(Chart.of(o.from)).filter((x) => WORKLOADS.includes(x.kind))];
  const where = `"${o.from.node.path}"`;
  const json = new Map(objects.filter((x) => x.kind === 'Service' || WORKLOADS.includes(x.kind)).map((x) => [x, x.toJson()]));
  const all = [...json].filter(([x]) => x.kind === 'Service').map(([, j]) => j);
  const services = all.filter(
    (s) => (o.name === undefined || s.metadata.name === o.name) && within(s.metadata.labels ?? {}, o.labels ?? {}),
  );
  const names = quoted(all.map((s) => s.metadata.name));
  if (services.length === 0) throw new Error(`no Service below ${where}${described(o)} (those that there are: ${names})`);
  if (services.length > 1)
    throw new Error(
      `${services.length} Services below ${where}${described(o, 'have')}: say with name which of ${quoted(services.map((s) => s.metadata.name))} is meant`,
    );
  const [service] = services;
  const selector: Record<string, string> = service.spec?.selector ?? {};
  if (Object.keys(selector).length === 0)
    throw new Error(`Service "${service.metadata.name}" below ${where} selects no pods: adopt it by name with MeshService.adopt`);
  const namespace = (j: any) => j.metadata.namespace ?? Chart.of(o.from).namespace;
  const workloads = [...json.values()].filter(
    (j) => WORKLOADS.includes(j.kind) && namespace(j) === namespace(service) && !isHook(j) && within(podLabelsOf(j), selector),
  );
  const mine = workloads.map(templateOf);
  const key = o.versionLabel ?? 'version';
  if (mine.length === 0)
    throw new Error(
      `no workload below ${where} has the labels that Service "${service.metadata.name}" selects (${inWords(selector)})`,
    );
  const versions: Record<string, Readonly<Record<string, string>>> = {};
  const accounts: Record<string, string> = {};
  toldApart(workloads, key, `Service "${service.metadata.name}" below ${where}`);
  for (const t of mine) {
    const value: string | undefined = t.metadata.labels[key];
    const version = versionLike(value ?? 'v1');
    versions[version] = { ...selector, ...(value === undefined ? {} : { [key]: value }) };
    const account = t.spec?.serviceAccountName ?? 'default';
    const other = accounts[version] ?? account;
    if (other !== account)
      throw new Error(
        `workloads of version "${version}" of Service "${service.metadata.name}" below ${where} have the service accounts ${quoted([other, account])}: a version has one identity, so give each its own value of label "${key}"`,
      );
    accounts[version] = account;
  }
  // Istio takes no UDP, and one number may be there for both
  const ports: any[] = (service.spec.ports ?? []).filter((p: any) => p.protocol !== 'UDP');
  return {
    name: service.metadata.name,
    ports: ports.map((p) => portOf(p, mine)),
    undeclared: ports.filter((p) => protocolOf(p) === undefined).map((p) => p.port),
    podLabels: selector,
    versions,
    pods: mine.map((t) => t.metadata.labels),
    serviceAccount: accounts,
    namespace: namespaceFor(namespace(service), service.metadata.name, where),
  };
}

/** Throws where the label tells some workloads, and others have none: these would be a version of all the pods. */
function toldApart(workloads: readonly any[], key: string, service: string): void {
  const named = (w: any) => `${w.kind} "${w.metadata.name}"`;
  const without = workloads.find((w) => podLabelsOf(w)[key] === undefined);
  const other = workloads.find((w) => podLabelsOf(w)[key] !== undefined);
  if (without && other)
    throw new Error(
      `${named(without)} of ${service} has no label "${key}" at its pods, and ${named(other)} has ${key}=${podLabelsOf(other)[key]}: nothing tells the pods of the first from all that the Service selects; give its pod template the label, say another one that all have with versionLabel, or adopt it with MeshService.adopt and the labels of each version`,
    );
  const byName = new Map<string, string>();
  for (const value of workloads.flatMap((w) => podLabelsOf(w)[key] ?? [])) {
    const name = versionLike(value);
    const same = byName.get(name) ?? value;
    if (same !== value)
      throw new Error(
        `pods of ${service} have ${key}=${same} and ${key}=${value}, and both would be version "${name}": adopt it with MeshService.adopt, and name the versions`,
      );
    byName.set(name, value);
  }
}

const objectsOf = (c: IConstruct) => c.node.findAll().filter((x): x is ApiObject => ApiObject.isApiObject(x));

const described = (o: ObjectsToAdopt, has = 'has') =>
  o.name ? ` ${has} name "${o.name}"` : o.labels ? ` ${has} the labels ${inWords(o.labels)}` : '';

type Maker = (n: number, o: { name?: string; target?: number }) => Port<Protocol>;
const MAKERS: Readonly<Record<string, Maker>> = {
  http: Port.http,
  http2: Port.http2,
  grpc: Port.grpc,
  'grpc-web': Port.grpcWeb,
  https: Port.https,
  tls: Port.tls,
  tcp: Port.tcp,
  mongo: Port.mongo,
  mysql: Port.mysql,
  redis: Port.redis,
};

/** Kubernetes' own words for `appProtocol`. */
const STANDARD: Readonly<Record<string, string>> = {
  'kubernetes.io/h2c': 'http2',
  'kubernetes.io/ws': 'http',
  'kubernetes.io/wss': 'https',
};

/**
 * The protocol as istiod reads it: the first part of `appProtocol`, or else of the name, in any case. `undefined` is one
 * that it would guess from the first bytes. Source: `ConvertProtocol` in pkg/config/kube/conversion.go.
 */
function protocolOf(p: any): string | undefined {
  const said: string = (STANDARD[p.appProtocol] ?? p.appProtocol ?? p.name ?? '').toLowerCase();
  const word = said.startsWith('grpc-web') ? 'grpc-web' : said.split('-')[0]!;
  return Object.hasOwn(MAKERS, word) ? word : undefined;
}

/** A port whose protocol would be guessed is opaque: no rule should hang on a guess. */
function portOf(p: any, pods: readonly any[]): Port {
  const word = protocolOf(p) ?? 'tcp';
  const fits = p.name === word || p.name?.startsWith(`${word}-`);
  return MAKERS[word]!(p.port, {
    ...(fits ? { name: p.name } : { name: `${word}-${p.port}`.slice(0, 15) }),
    ...targetOf(p.targetPort, pods),
  });
}

/** A target by name is the container's port of that name. */
function targetOf(target: unknown, pods: readonly any[]): { target?: number } {
  if (typeof target === 'number') return { target };
  const ports = pods.flatMap((t) => t.spec?.containers ?? []).flatMap((c: any) => c.ports ?? []);
  const named = ports.find((p: any) => p.name === target && target !== undefined)?.containerPort;
  return typeof named === 'number' ? { target: named } : {};
}

function namespaceFor(namespace: string | undefined, service: string, where: string): string {
  if (namespace) return namespace;
  throw new Error(
    `Service "${service}" below ${where} has no namespace, nor has its chart: host names need one, so pass { namespace: '…' } to the chart`,
  );
}
