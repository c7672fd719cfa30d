import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KubeObject } from '../manifests';

/** A pod of a Deployment: a server on the loopback address, under an address that only the mesh knows. */
export interface Pod {
  readonly deployment: string;
  readonly labels: string;
  readonly ip: string;
  readonly port: number;
  readonly server: Server;
  readonly object: KubeObject;
}

/** The header in which a pod says its Deployment's name. */
export const POD_HEADER = 'x-pod';

/** Plays the pods of Deployments: one each, there when the Deployment's status says that it is available. */
export class Pods {
  readonly #pods = new Map<string, Pod>();
  readonly #byIp = new Map<string, Pod>();
  readonly #leaving = new Set<Pod>();
  #made = 0;

  /** Follows a Deployment. Returns whether its pods are other ones now. */
  async follow(deployment: KubeObject, isGone: boolean): Promise<boolean> {
    const { name, generation } = deployment.metadata as KubeObject['metadata'] & { generation: number };
    const before = this.#pods.get(name);
    if (isGone) {
      this.#pods.delete(name);
      if (before) this.#leaving.add(before);
      return before !== undefined;
    }
    const status = (deployment.status ?? {}) as Record<string, number>;
    const { observedGeneration, availableReplicas = 0, replicas = 0, updatedReplicas = 0 } = status;
    const { template } = deployment.spec as { template: { metadata: { labels: Record<string, string> } } };
    // the pods of before stay until the new ones are ready
    if (observedGeneration !== generation || availableReplicas === 0 || replicas > updatedReplicas) return false;
    if (before?.labels === JSON.stringify(template.metadata.labels)) return false;
    if (before) this.#leaving.add(before);
    const pod = await this.#start(deployment, template);
    this.#pods.set(name, pod);
    this.#byIp.set(pod.ip, pod);
    return true;
  }

  /** As the API server would have them. */
  get objects(): readonly KubeObject[] {
    return [...this.#pods.values()].map(({ object }) => object);
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

  /** Where a pod's server really listens. */
  portOf(ip: string): number | undefined {
    return this.#byIp.get(ip)?.port;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#byIp.values()].map(close));
  }

  async #start(deployment: KubeObject, template: any): Promise<Pod> {
    const { name, namespace } = deployment.metadata;
    const server = createServer({ keepAliveTimeout: 300_000 }, (request, response) => {
      request.resume();
      request.once('end', () => response.writeHead(200, { [POD_HEADER]: name }).end('ok'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const n = ++this.#made;
    const ip = `10.244.${n >> 8}.${n & 255}`;
    const object: KubeObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...template.metadata, name: `${name}-${n}`, namespace },
      spec: template.spec,
      status: { podIP: ip },
    };
    const labels = JSON.stringify(template.metadata.labels);
    return { deployment: name, labels, ip, port: (server.address() as AddressInfo).port, server, object };
  }
}

function close({ server }: Pod): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
