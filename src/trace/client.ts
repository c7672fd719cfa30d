import { type Config, selects } from '../model/config';
import type { MeshModel } from '../model/mesh-model';
import type { ProxyView } from '../model/proxy';
import { selected, type Workload } from '../model/workload';
import { kept } from './kept';

/** Who sends a request. */
export interface Client {
  /** In words: `workload shop/page-v1`. */
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `none`: outside the mesh, or a pod without a sidecar. */
  readonly proxy: 'sidecar' | 'gateway' | 'none';
  readonly address: string;
  /** What mutual TLS proves, without `spiffe://`; nothing without a sidecar. */
  readonly principal: string | undefined;
  readonly workload: Workload | undefined;
  /** Of a gateway without pods here that does not say whose they are: the identity is that of istioctl's install. */
  readonly assumed?: true;
}

/** Annotation of a Gateway whose pods are made elsewhere: their `namespace/serviceaccount`, where it is not istioctl's. */
export const ACCOUNT = 'mesh.cdk8s.io/gateway-account';

/** Address of a client that is in no cluster. */
const OUTSIDE = '203.0.113.1';

/**
 * Finds a client by its name.
 * @param text `namespace/workload` or `namespace/service` (the namespace may be left out where the name is clear),
 * `…@version` for one version of a service, `gateway:namespace/name` for a Gateway's pods, `outside` for someone who is
 * not in the mesh
 * @throws when there is none, or more than one, of that name; the error names those that are near
 */
export function findClient(model: MeshModel, text: string): Client {
  if (text === 'outside')
    return {
      name: 'outside',
      namespace: '',
      labels: {},
      proxy: 'none',
      address: OUTSIDE,
      principal: undefined,
      workload: undefined,
    };
  if (text.startsWith('gateway:')) return gatewayClient(model, text.slice('gateway:'.length));
  const [whole, version] = text.split('@', 2) as [string, string | undefined];
  const [namespace, name] = whole.includes('/') ? (whole.split('/', 2) as [string, string]) : [undefined, whole];
  const found = candidates(model, namespace, name).filter((w) => version === undefined || w.labels.version === version);
  const groups = [...new Map(found.map((w) => [`${w.namespace}/${nameOf(w)}`, w])).values()];
  if (groups.length === 0) throw new Error(`there is no client "${text}"${near(model, namespace, name)}`);
  const spaces = new Set(groups.map((w) => w.namespace));
  if (spaces.size > 1)
    throw new Error(`"${text}" is in several namespaces: say ${[...spaces].map((n) => `${n}/${name}`).join(' or ')}`);
  const kinds = new Set(groups.map((w) => JSON.stringify([w.serviceAccount, w.hasSidecar, w.labels.version])));
  if (groups.length > 1 && kinds.size > 1 && version === undefined)
    throw new Error(`"${text}" is several workloads: say ${groups.map((w) => `${w.namespace}/${nameOf(w)}`).join(' or ')}`);
  return clientOf(model, groups[0]!);
}

/** A workload as a client. */
export function clientOf(model: MeshModel, w: Workload): Client {
  return {
    name: `${w.namespace}/${nameOf(w)}`,
    namespace: w.namespace,
    labels: w.labels,
    proxy: w.hasSidecar ? 'sidecar' : 'none',
    address: w.address,
    principal: w.hasSidecar ? `${model.mesh.trustDomain}/ns/${w.namespace}/sa/${w.serviceAccount}` : undefined,
    workload: w,
  };
}

/** What the client's proxy is told; for one without, what a workload's would be that has no labels. */
export const proxyOf = kept(
  (model: MeshModel, { proxy, namespace, labels, address }: Client): ProxyView =>
    model.proxy(
      proxy === 'none'
        ? { kind: 'sidecar', namespace: namespace || 'default', labels: {}, address }
        : { kind: proxy, namespace, labels, address },
    ),
);

const nameOf = (w: Workload) => w.config.name;

function candidates(model: MeshModel, namespace: string | undefined, name: string): Workload[] {
  const here = model.workloads.filter((w) => namespace === undefined || w.namespace === namespace);
  const own = here.filter((w) => nameOf(w) === name || w.name === name);
  if (own.length > 0) return own;
  return model.services
    .filter((s) => s.registry === 'Kubernetes' && s.name === name && (namespace === undefined || s.namespace === namespace))
    .flatMap((s) => selected(model.workloads, s.namespace, s.selector));
}

function near(model: MeshModel, namespace: string | undefined, name: string): string {
  const all = [...new Set(model.workloads.map((w) => `${w.namespace}/${nameOf(w)}`))];
  const close = all.filter((n) => n.endsWith(`/${name}`) || n.includes(name) || name.includes(n.split('/')[1]!));
  const inSpace = namespace === undefined ? [] : all.filter((n) => n.startsWith(`${namespace}/`));
  const list = (close.length > 0 ? close : inSpace.length > 0 ? inSpace : all).slice(0, 6);
  return list.length > 0 ? `: did you mean ${list.join(', ')}?` : ': no workload was read';
}

function gatewayClient(model: MeshModel, text: string): Client {
  const [namespace, name] = text.includes('/') ? (text.split('/', 2) as [string, string]) : [undefined, text];
  const same = (g: Config) => g.name === name && (namespace === undefined || g.namespace === namespace);
  const found = model.gateways.filter(same);
  if (found.length === 0 && model.of('gateway.networking.k8s.io/Gateway').some(same))
    throw new Error(`Gateway "${text}" is of the Gateway API, whose routes the trace does not understand`);
  const names = (list: readonly Config[], and: string) => list.map((g) => `${g.namespace}/${g.name}`).join(and);
  if (found.length > 1) throw new Error(`there are several Gateways "${text}": say gateway:${names(found, ' or gateway:')}`);
  if (found.length === 0)
    throw new Error(
      `there is no Gateway "${text}": ${model.gateways.length > 0 ? `there is ${names(model.gateways.slice(0, 8), ', ')}` : 'no Gateway was read'}`,
    );
  return clientAtGateway(model, found[0]!);
}

/** The pods of a Gateway as a client. Where none are among the workloads, istioctl's are taken to be there. */
export function clientAtGateway(model: MeshModel, gateway: Config): Client {
  const selector: Readonly<Record<string, string>> = gateway.spec.selector ?? {};
  // a selector reaches pods of all namespaces; those beside the Gateway are most likely meant
  const pods = Object.keys(selector).length > 0 ? model.workloads.filter((w) => selects(selector, w.labels)) : [];
  const pod = pods.find((w) => w.namespace === gateway.namespace) ?? pods[0];
  if (pod)
    return {
      ...clientOf(model, pod),
      proxy: 'gateway',
      principal: `${model.mesh.trustDomain}/ns/${pod.namespace}/sa/${pod.serviceAccount}`,
    };
  const said = gateway.manifest.annotations[ACCOUNT];
  const [space, account] = (said ?? `${model.mesh.rootNamespace}/istio-ingressgateway-service-account`).split('/', 2);
  return {
    name: `gateway ${gateway.namespace}/${gateway.name}`,
    namespace: space!,
    labels: selector,
    proxy: 'gateway',
    address: '10.244.255.2',
    principal: `${model.mesh.trustDomain}/ns/${space}/sa/${account}`,
    workload: undefined,
    ...(said === undefined ? { assumed: true } : {}),
  };
}
