import { type Config, selects } from '../model/config';
import type { MeshModel } from '../model/mesh-model';
import type { ProxyView } from '../model/proxy';
import { selected, type Workload } from '../model/workload';
import { isIp } from '../validation/ip';
import { listed } from '../values/listed';
import { didYouMean, quoted } from '../values/names';
import { kept } from './kept';

/** Who sends a request. */
export interface Client {
  /** In words: `workload shop/page-v1`. */
  readonly name: string;
  /** Where its pods are; empty for somebody outside. */
  readonly namespace: string;
  /** Its pods' labels. */
  readonly labels: Readonly<Record<string, string>>;
  /** `none`: outside the mesh, or a pod without a sidecar. */
  readonly proxy: 'sidecar' | 'gateway' | 'none';
  /** Its IP address. */
  readonly address: string;
  /** Of a gateway: the address that requests come to it from. @default the address of somebody outside */
  readonly callerAddress?: string;
  /** What mutual TLS proves, without `spiffe://`; nothing without a sidecar. */
  readonly principal: string | undefined;
  /** The workload that it is; nothing for somebody outside. */
  readonly workload: Workload | undefined;
  /** Of a gateway without pods here that does not say whose they are: the identity is that of istioctl's install. */
  readonly assumed?: true;
}

/** Annotation of a Gateway whose pods are made elsewhere: their `namespace/serviceaccount`, where it is not istioctl's. */
export const ACCOUNT = 'mesh.cdk8s.io/gateway-account';

/** A client that is in no mesh, and its address in no cluster. */
export const SOMEBODY: Client = {
  name: 'outside',
  namespace: '',
  labels: {},
  proxy: 'none',
  address: '203.0.113.1',
  principal: undefined,
  workload: undefined,
};

/**
 * Finds the clients of a name: one, or each workload of a service.
 * @param text `namespace/workload` or `namespace/service` (the namespace may be left out where the name is clear),
 * `…@version` for one version of a service, `gateway:namespace/name` for a Gateway's pods, `outside` for someone who is
 * not in the mesh
 * @throws when there is none, or when they are in several namespaces; the error names those that are near
 */
export function findClients(model: MeshModel, text: string): readonly [Client, ...Client[]] {
  if (text === 'outside') return [SOMEBODY];
  if (text.startsWith('gateway:')) return [gatewayClient(model, text.slice('gateway:'.length))];
  const [whole, version] = text.split('@', 2) as [string, string | undefined];
  const [namespace, name] = whole.includes('/') ? (whole.split('/', 2) as [string, string]) : [undefined, whole];
  const found = candidates(model, namespace, name).filter((w) => version === undefined || w.labels.version === version);
  const [first, ...others] = [...new Map(found.map((w) => [`${w.namespace}/${nameOf(w)}`, w])).values()];
  if (!first) throw new Error(`there is no client "${text}"${near(model, namespace, name, version)}`);
  const spaces = new Set([first, ...others].map((w) => w.namespace));
  if (spaces.size > 1)
    throw new Error(`"${text}" is in several namespaces: say ${[...spaces].map((n) => `${n}/${name}`).join(' or ')}`);
  return [clientOf(model, first), ...others.map((w) => clientOf(model, w))];
}

/**
 * Finds the one client of a name, as {@link findClients} does.
 * @throws also when there are several whose version, account or proxy differ
 */
export function findClient(model: MeshModel, text: string): Client {
  const all = findClients(model, text);
  const kinds = new Set(all.map((c) => JSON.stringify([c.principal, c.labels.version, c.workload?.serviceAccount])));
  if (kinds.size > 1 && !text.includes('@'))
    throw new Error(`"${text}" is several workloads: say ${all.map((c) => c.name).join(' or ')}`);
  return all[0];
}

/** A workload as a client. */
export function clientOf(model: MeshModel, w: Workload): Client {
  return {
    name: `${w.namespace}/${nameOf(w)}`,
    namespace: w.namespace,
    labels: w.labels,
    proxy: w.gateway ? 'gateway' : w.hasSidecar ? 'sidecar' : 'none',
    address: w.address,
    principal: w.hasSidecar || w.gateway ? `${model.mesh.trustDomain}/ns/${w.namespace}/sa/${w.serviceAccount}` : undefined,
    workload: w,
  };
}

/** A workload whose proxy is a gateway. */
export const asGateway = (model: MeshModel, w: Workload): Client => ({
  ...clientOf(model, w),
  proxy: 'gateway',
  principal: `${model.mesh.trustDomain}/ns/${w.namespace}/sa/${w.serviceAccount}`,
});

/** Whether a workload's proxy is a gateway: it says so, or a Gateway chooses it. */
export const isGateway = (model: MeshModel, w: Workload): boolean =>
  w.gateway ||
  model.gateways.some((g) => {
    const selector: Readonly<Record<string, string>> = g.spec.selector ?? {};
    return Object.keys(selector).length > 0 && selects(selector, w.labels);
  });

/**
 * The same client at another address, which policies may ask for; at a gateway the address of who asks it.
 * @throws when it is no IP address
 */
export function withAddress(client: Client, address: string): Client {
  if (!isIp(address)) throw new Error(`the client's address "${address}" is no IP address`);
  return client.proxy === 'gateway' ? { ...client, callerAddress: address } : { ...client, address };
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

/** Clients whose name is near: in the same namespace, else in others; where none is, what the namespace has. */
function near(model: MeshModel, namespace: string | undefined, name: string, version: string | undefined): string {
  if (model.workloads.length === 0) return ': no workload was read';
  if (version !== undefined) {
    const versions = candidates(model, namespace, name).flatMap((w) => w.labels.version ?? []);
    if (versions.length > 0) return `: it has the versions ${quoted([...new Set(versions)])}`;
  }
  const isNear = (w: Workload) =>
    [nameOf(w), w.labels.app ?? nameOf(w)].some((n) => n.startsWith(name) || name.startsWith(n) || didYouMean(name, [n]) !== '');
  const close = model.workloads.filter(isNear);
  const here = model.workloads.filter((w) => w.namespace === namespace);
  const best = close.filter((w) => here.includes(w));
  const names = (list: readonly Workload[]) => [...new Set(list.map((w) => `${w.namespace}/${nameOf(w)}`))].sort();
  const meant = names(best.length > 0 ? best : close);
  if (meant.length > 0) return `: did you mean ${listed(meant, LISTED)}?`;
  if (namespace === undefined) return `: no name of the ${names(model.workloads).length} workloads is near`;
  if (here.length > 0) return `: namespace "${namespace}" has ${listed(names(here), LISTED)}`;
  const spaces = [...new Set(model.workloads.map((w) => w.namespace))].sort();
  return `: no workload is in namespace "${namespace}"${didYouMean(namespace, spaces) || `, there are some in ${listed(spaces, LISTED)}`}`;
}

/** How many names an error lists. */
const LISTED = 6;

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
  if (pod) return asGateway(model, pod);
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
