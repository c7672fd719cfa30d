import type { KubeObject } from '../manifests';

/** A service with versions, as tests want it. */
export interface ServiceOf {
  readonly name: string;
  /** Each a Deployment and a subset. @default ['v1'] */
  readonly versions?: readonly string[];
  /** Subsets that get requests, evenly. @default all versions */
  readonly routed?: readonly string[];
  /** Service accounts that may call it, of the same namespace; without it everyone may. */
  readonly callers?: readonly string[];
}

const DOMAIN = 'svc.cluster.local';

export const hostOf = (namespace: string, name: string): string => `${name}.${namespace}.${DOMAIN}`;

/** A namespace with injection, and services in it: accounts, Services, Deployments, DestinationRules, VirtualServices, policies. */
export function app(namespace: string, services: readonly ServiceOf[]): KubeObject[] {
  return [namespaceOf(namespace), ...services.flatMap((service) => serviceObjects(namespace, service))];
}

export const namespaceOf = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'istio-injection': 'enabled' } },
});

function serviceObjects(namespace: string, { name, versions = ['v1'], routed = versions, callers }: ServiceOf): KubeObject[] {
  const metadata = { name, namespace };
  const host = hostOf(namespace, name);
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
    },
    ...versions.map((version) => deployment(namespace, name, version)),
    destinationRule(namespace, name, versions),
    virtualService(
      namespace,
      name,
      routed.map((subset, i) => ({ host, subset, weight: shareOf(routed.length, i) })),
    ),
    ...(callers ? [allow(namespace, name, callers)] : []),
  ];
}

/** Whole percents that make a hundred. */
const shareOf = (count: number, i: number): number => Math.floor(100 / count) + (i < 100 % count ? 1 : 0);

export const deployment = (namespace: string, name: string, version: string, image = `${name}:${version}`): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: `${name}-${version}`, namespace, labels: { app: name, version } },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name, version } },
    template: {
      metadata: { labels: { app: name, version } },
      spec: { serviceAccountName: name, containers: [{ name: 'app', image, ports: [{ containerPort: 8080 }] }] },
    },
  },
});

export const destinationRule = (namespace: string, name: string, subsets: readonly string[]): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: { name, namespace },
  spec: { host: hostOf(namespace, name), subsets: subsets.map((s) => ({ name: s, labels: { version: s } })) },
});

/** Where requests go, with its share. */
export interface Leg {
  readonly host: string;
  readonly subset?: string;
  readonly weight?: number;
}

export const virtualService = (namespace: string, name: string, legs: readonly Leg[], more: object = {}): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name, namespace },
  spec: {
    hosts: [hostOf(namespace, name)],
    ...more,
    http: [
      {
        route: legs.map(({ host, subset, weight }) => ({
          destination: { host, ...(subset ? { subset } : {}) },
          ...(weight !== undefined && legs.length > 1 ? { weight } : {}),
        })),
      },
    ],
  },
});

export const allow = (namespace: string, name: string, callers: readonly string[]): KubeObject => ({
  apiVersion: 'security.istio.io/v1',
  kind: 'AuthorizationPolicy',
  metadata: { name, namespace },
  spec: {
    selector: { matchLabels: { app: name } },
    action: 'ALLOW',
    rules: [{ from: [{ source: { principals: callers.map((c) => `cluster.local/ns/${namespace}/sa/${c}`) } }] }],
  },
});

/** The path of an object at the API server. */
export function pathOf({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): string {
  const root = `${apiVersion.includes('/') ? '/apis/' : '/api/'}${apiVersion}`;
  const plural = /y$/.test(kind) && kind !== 'Gateway' ? `${kind.slice(0, -1)}ies` : `${kind}s`;
  return `${root}${namespace ? `/namespaces/${namespace}` : ''}/${plural.toLowerCase()}/${name}`;
}
