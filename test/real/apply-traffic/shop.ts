import { deployment, hostOf, virtualService } from '../apply/app';
import type { KubeObject } from '../manifests';

type Labels = Readonly<Record<string, string>>;

/** A service of the app, as its YAML says it. */
export interface ShopService {
  /** Deployments, with the labels that their pods have besides `app` and `version`. */
  readonly versions: Readonly<Record<string, Labels>>;
  readonly subsets: Readonly<Record<string, Labels>>;
  /** Where requests for it go: subsets with their shares, or another service's port. */
  readonly to: Readonly<Record<string, number>> | { readonly service: string; readonly port: number };
  readonly port: number;
  /** What the Service asks of its pods besides `app`. */
  readonly selects: Labels;
}

/** The app: services by their names, and hosts outside of it that `bank` leads to. */
export interface Shop {
  readonly services: Readonly<Record<string, ShopService>>;
  readonly outside: string;
}

const subsetsOf = (...names: string[]): Record<string, Labels> =>
  Object.fromEntries(names.map((name) => [name, { version: name }]));
const versionsOf = (...names: string[]): Record<string, Labels> => Object.fromEntries(names.map((name) => [name, {}]));

/** A service with versions that are its subsets too, and share the requests. */
export const service = (...versions: string[]): ShopService => ({
  versions: versionsOf(...versions),
  subsets: subsetsOf(...versions),
  to: Object.fromEntries(versions.map((v) => [v, 100 / versions.length])),
  port: 80,
  selects: {},
});

/** A service that hands on to another. */
export const front = (to: string, port = 80): ShopService => ({ ...service('v1'), to: { service: to, port } });

/** A service without subsets whose Service asks for pods of one version. */
export const coloured = (name: string, version: string): ShopService => ({
  ...service(version),
  subsets: {},
  to: { service: name, port: 80 },
  selects: { version },
});

/** The host that requests for what is outside are sent to. */
export const bankOf = (namespace: string): string => `bank.${namespace}.example`;

/** Kinds in the order in which Helm and kustomize write them. Source: helm, pkg/release/v1/util/kind_sorter.go. */
const KINDS: readonly string[] = ['ServiceAccount', 'Service', 'Deployment', 'DestinationRule', 'ServiceEntry', 'VirtualService'];

/** The objects of an app without its namespace, kind by kind. */
export function objectsOf(namespace: string, { services, outside }: Shop, bankPort: number): KubeObject[] {
  const objects = [
    entry(namespace, 'bank', bankOf(namespace), bankPort),
    entry(namespace, outside, `${outside}.${namespace}.example`, bankPort),
    {
      ...virtualService(namespace, 'bank', [{ host: `${outside}.${namespace}.example` }]),
      spec: { hosts: [bankOf(namespace)], http: [{ route: [{ destination: { host: `${outside}.${namespace}.example` } }] }] },
    },
    ...Object.entries(services).flatMap(([name, each]) => serviceObjects(namespace, name, each)),
  ];
  return objects.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
}

const entry = (namespace: string, name: string, host: string, port: number): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'ServiceEntry',
  metadata: { name, namespace },
  spec: {
    hosts: [host],
    location: 'MESH_EXTERNAL',
    resolution: 'STATIC',
    ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
    endpoints: [{ address: '127.0.0.1', ports: { http: port } }],
  },
});

function serviceObjects(namespace: string, name: string, { versions, subsets, to, port, selects }: ShopService): KubeObject[] {
  const metadata = { name, namespace };
  const host = hostOf(namespace, name);
  const legs = typeof to.service === 'string' ? [] : Object.entries(to as Record<string, number>);
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: { app: name, ...selects }, ports: [{ name: 'http', port, targetPort: 8080 }] },
    },
    ...Object.entries(versions).map(([version, labels]) => labelled(deployment(namespace, name, version), labels)),
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata,
      spec: { host, subsets: Object.entries(subsets).map(([subset, labels]) => ({ name: subset, labels })) },
    },
    legs.length > 0
      ? virtualService(
          namespace,
          name,
          legs.map(([subset, weight]) => ({ host, subset, weight })),
        )
      : handedOn(virtualService(namespace, name, []), hostOf(namespace, String(to.service)), Number(to.port)),
  ];
}

const handedOn = (object: KubeObject, host: string, number: number): KubeObject => ({
  ...object,
  spec: { ...(object.spec as object), http: [{ route: [{ destination: { host, port: { number } } }] }] },
});

function labelled(object: KubeObject, labels: Labels): KubeObject {
  const spec = object.spec as any;
  const { metadata } = spec.template;
  const template = { ...spec.template, metadata: { ...metadata, labels: { ...metadata.labels, ...labels } } };
  return { ...object, spec: { ...spec, template } };
}
