import { ApiObject, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { quoted } from '../values/names';
import { Port, type Protocol } from '../values/port';

/** Which Service of a chart, `Include` or `Helm` output is meant. */
export interface ObjectsToAdopt {
  /** The construct that holds the objects. */
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
  readonly name: string;
  readonly ports: readonly Port[];
  /** Numbers of ports of which nothing says what they speak. */
  readonly undeclared: readonly number[];
  readonly podLabels: Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly serviceAccount: string;
}

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet'];

/** Reads a Service and the workloads that it selects from the constructs below `from`. */
export function findService(o: ObjectsToAdopt): FoundService {
  const objects = o.from.node.findAll().filter((c): c is ApiObject => ApiObject.isApiObject(c));
  const where = `"${o.from.node.path}"`;
  const json = new Map(objects.filter((x) => x.kind === 'Service' || WORKLOADS.includes(x.kind)).map((x) => [x, x.toJson()]));
  const all = [...json].filter(([x]) => x.kind === 'Service').map(([, j]) => j);
  const services = all.filter(
    (s) =>
      (o.name === undefined || s.metadata.name === o.name) &&
      Object.entries(o.labels ?? {}).every(([k, v]) => s.metadata.labels?.[k] === v),
  );
  const names = quoted(all.map((s) => s.metadata.name));
  if (services.length === 0) throw new Error(`no Service below ${where} is meant by ${describe(o)} (it has ${names})`);
  if (services.length > 1)
    throw new Error(
      `${services.length} Services below ${where} are meant by ${describe(o)} (it has ${names}): say which one with name`,
    );
  const [service] = services;
  const selector: Record<string, string> = service.spec?.selector ?? {};
  if (Object.keys(selector).length === 0)
    throw new Error(`Service "${service.metadata.name}" below ${where} selects no pods: adopt it by name with MeshService.adopt`);
  const namespace = (j: any) => j.metadata.namespace ?? Chart.of(o.from).namespace;
  const pods = [...json.values()]
    .filter((j) => WORKLOADS.includes(j.kind) && namespace(j) === namespace(service))
    .map((j) => j.spec.template);
  const mine = pods.filter((t) => Object.entries(selector).every(([k, v]) => t.metadata?.labels?.[k] === v));
  const key = o.versionLabel ?? 'version';
  const versions = Object.fromEntries(
    mine.map((t) => [
      t.metadata.labels[key] ?? 'v1',
      { ...selector, ...(t.metadata.labels[key] === undefined ? {} : { [key]: t.metadata.labels[key] }) },
    ]),
  );
  if (Object.keys(versions).length === 0)
    throw new Error(
      `no workload below ${where} has the labels that Service "${service.metadata.name}" selects (${inWords(selector)})`,
    );
  const accounts = new Set(mine.map((t) => t.spec?.serviceAccountName ?? 'default'));
  if (accounts.size > 1)
    throw new Error(
      `the workloads of Service "${service.metadata.name}" below ${where} have several service accounts (${quoted([...accounts])}): access is decided by identity, so adopt one service for each with MeshService.adopt`,
    );
  // Istio takes no UDP, and one number may be there for both
  const ports: any[] = (service.spec.ports ?? []).filter((p: any) => p.protocol !== 'UDP');
  return {
    name: service.metadata.name,
    ports: ports.map(portOf),
    undeclared: ports.filter((p) => protocolOf(p) === undefined).map((p) => p.port),
    podLabels: selector,
    versions,
    serviceAccount: [...accounts][0]!,
  };
}

const describe = (o: ObjectsToAdopt) =>
  o.name ? `name "${o.name}"` : o.labels ? `labels ${inWords(o.labels)}` : 'nothing in particular';

const inWords = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels)
    .map(([k, v]) => `${k}=${v}`)
    .join(',');

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
function portOf(p: any): Port {
  const word = protocolOf(p) ?? 'tcp';
  const fits = p.name === word || p.name?.startsWith(`${word}-`);
  return MAKERS[word]!(p.port, {
    ...(fits ? { name: p.name } : { name: `${word}-${p.port}`.slice(0, 15) }),
    ...(typeof p.targetPort === 'number' ? { target: p.targetPort } : {}),
  });
}
