import { createServer, type Server } from 'node:http';
import type { TestServer } from '../apply/server';
import type { KubeObject } from '../manifests';

/** A pod of a Deployment: a server on the loopback address, which the mesh knows by another one. */
export interface Pod {
  readonly deployment: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ip: string;
  readonly server: Server;
  readonly object: KubeObject;
}

/** The header in which a pod says its Deployment's name. */
export const POD_HEADER = 'x-pod';
/** Where the programs of pods listen. */
const PORT = 8080;
/** The second part of their addresses, so that two lanes on one machine have others. */
const NET = 16 + (process.pid % 200);
const MANAGER = 'kubelet';

/** Where Envoy finds a pod: the agent turns 10.1.2.3 into 127.1.2.3. */
export const addressOf = ({ ip }: Pod): string => `${ip.replace(/^10\./, '127.')}:${PORT}`;

/**
 * Plays the pods of Deployments, on the API server too: one each, there when the Deployment's status says that it is available. And
 * the controller that tells which pods a Service has.
 */
export class Pods {
  readonly #pods = new Map<string, Pod>();
  readonly #services = new Map<string, KubeObject>();
  readonly #slices = new Map<string, string>();
  readonly #leaving = new Set<Pod>();
  readonly #all = new Set<Pod>();
  #addresses = 0;

  constructor(private readonly server: TestServer) {}

  /** An address that no pod has. */
  address(): string {
    const n = ++this.#addresses;
    return `10.${NET}.${n >> 8}.${n & 255}`;
  }

  /** Follows a Deployment. */
  async follow(deployment: KubeObject, isGone: boolean): Promise<void> {
    const { name } = deployment.metadata;
    const before = this.#pods.get(name);
    if (isGone) this.#pods.delete(name);
    // the pods of before stay until the new ones are ready
    else if (!isAvailable(deployment) || this.has(deployment)) return;
    else this.#pods.set(name, await this.#start(deployment));
    if (before) this.#leaving.add(before);
    await this.#tellAll();
    if (before) await this.server.must('DELETE', `${pathOf(before.object)}?gracePeriodSeconds=0`);
  }

  /** Follows a Service. */
  async serve(service: KubeObject, isGone: boolean): Promise<void> {
    const { name } = service.metadata;
    if (!isGone) {
      this.#services.set(name, service);
      return this.#tell(service);
    }
    this.#services.delete(name);
    if (this.#slices.delete(name)) await this.server.must('DELETE', slicePath(service));
  }

  /** Whether a Deployment's pod is as it says. */
  has({ metadata: { name }, spec }: KubeObject): boolean {
    return JSON.stringify(this.#pods.get(name)?.labels) === JSON.stringify((spec as any).template.metadata.labels);
  }

  /** Those that are to go, once no proxy sends requests to them any more. */
  leaving(): readonly Pod[] {
    return [...this.#leaving];
  }

  /** Ends pods: from now on their connections are refused. */
  async end(pods: readonly Pod[]): Promise<void> {
    for (const pod of pods) this.#leaving.delete(pod);
    await Promise.all(pods.map(close));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#all].map(close));
  }

  async #start(deployment: KubeObject): Promise<Pod> {
    const { name, namespace } = deployment.metadata;
    const { template } = deployment.spec as any;
    const server = createServer({ keepAliveTimeout: 300_000 }, (request, response) => {
      request.resume();
      request.once('end', () => response.writeHead(200, { [POD_HEADER]: name }).end('ok'));
    });
    const ip = this.address();
    const object: KubeObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...template.metadata, name: `${name}-${ip.replaceAll('.', '-')}`, namespace },
      spec: template.spec,
    };
    const pod: Pod = { deployment: name, labels: template.metadata.labels, ip, server, object };
    const [host = ''] = addressOf(pod).split(':');
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(PORT, host, resolve));
    this.#all.add(pod);
    await this.server.apply(pathOf(object), object, MANAGER);
    const status = {
      phase: 'Running',
      podIP: ip,
      podIPs: [{ ip }],
      conditions: [{ type: 'Ready', status: 'True' }],
    };
    const { apiVersion, kind } = object;
    await this.server.apply(
      `${pathOf(object)}/status`,
      { apiVersion, kind, metadata: { name: object.metadata.name, namespace }, status },
      MANAGER,
      true,
    );
    return pod;
  }

  async #tellAll(): Promise<void> {
    for (const service of this.#services.values()) await this.#tell(service);
  }

  /** Writes which pods a Service has, where they are other ones. */
  async #tell(service: KubeObject): Promise<void> {
    const { name, namespace } = service.metadata;
    const { selector = {}, ports } = service.spec as any;
    const chosen = [...this.#pods.values()].filter(({ labels }) => Object.entries(selector).every(([k, v]) => labels[k] === v));
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      ports: ports.map((p: any) => ({ name: p.name, port: p.targetPort, protocol: 'TCP' })),
      endpoints: chosen.map(({ ip, object }) => ({
        addresses: [ip],
        conditions: { ready: true, serving: true, terminating: false },
        targetRef: { kind: 'Pod', name: object.metadata.name, namespace },
      })),
    };
    const text = JSON.stringify(slice);
    if (this.#slices.get(name) === text) return;
    this.#slices.set(name, text);
    await this.server.apply(slicePath(service), slice, MANAGER, true);
  }
}

function isAvailable({ metadata, status = {} }: KubeObject): boolean {
  const { observedGeneration, availableReplicas = 0, replicas = 0, updatedReplicas = 0 } = status as Record<string, number>;
  return (
    observedGeneration === (metadata as { generation?: number }).generation &&
    availableReplicas > 0 &&
    replicas <= updatedReplicas
  );
}

const pathOf = ({ metadata: { name, namespace } }: KubeObject): string => `/api/v1/namespaces/${namespace}/pods/${name}`;
const slicePath = ({ metadata: { name, namespace } }: KubeObject): string =>
  `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices/${name}`;

function close({ server }: Pod): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
