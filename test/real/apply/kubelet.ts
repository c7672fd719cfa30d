import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { forwardPort } from '../../cluster/forwarded-port';
import type { KubeObject } from '../manifests';
import { removeTemporaryFolder } from '../processes';
import { namespaceOf } from './app';
import { certificateIn } from './proxy';
import type { TestServer } from './server';

const NODE = 'lab';
const NAMESPACE = 'istio-system';
const APPLY = { type: 'application/apply-patch+yaml' } as const;

/** A node with pods of istiod, as far as the API server asks it: it forwards the port at which each says how far its proxies are. */
export class Kubelet {
  readonly #https: Server;

  private constructor(
    private readonly server: TestServer,
    private readonly folder: string,
    /** By the name of a pod, the port of this machine at which it answers. */
    readonly istiods: Readonly<Record<string, number>>,
  ) {
    const read = (file: string) => readFileSync(path.join(folder, file));
    this.#https = createServer({ cert: read('cert.pem'), key: read('key.pem') });
    this.#https.on('upgrade', (request, socket, head) => {
      const [, name = ''] = /^\/portForward\/istio-system\/([^/?]+)/.exec(request.url ?? '') ?? [];
      forwardPort(request, socket, head, this.istiods[name]);
    });
  }

  static async start(server: TestServer, istiods: Kubelet['istiods']): Promise<Kubelet> {
    const made = new Kubelet(server, await certificateIn('kubelet'), istiods);
    await new Promise<void>((resolve) => made.#https.listen(0, '127.0.0.1', resolve));
    const { port } = made.#https.address() as AddressInfo;
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: NODE } } as KubeObject;
    await server.put([namespaceOf(NAMESPACE), node, ...Object.keys(istiods).map(podOf)]);
    const status = {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
    };
    await server.must('PATCH', `/api/v1/nodes/${NODE}/status?fieldManager=kubelet&force=true`, {
      ...APPLY,
      value: { ...node, status },
    });
    for (const name of Object.keys(istiods))
      await server.must('PATCH', `${podPath(name)}/status?fieldManager=kubelet&force=true`, {
        ...APPLY,
        value: { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: NAMESPACE }, status: { phase: 'Running' } },
      });
    return made;
  }

  async stop(): Promise<void> {
    for (const name of Object.keys(this.istiods)) await this.server.must('DELETE', `${podPath(name)}?gracePeriodSeconds=0`);
    this.#https.closeAllConnections();
    await new Promise((resolve) => this.#https.close(resolve));
    removeTemporaryFolder(this.folder);
  }
}

const podPath = (name: string) => `/api/v1/namespaces/${NAMESPACE}/pods/${name}`;

const podOf = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: NAMESPACE, labels: { app: 'istiod' } },
  spec: { nodeName: NODE, containers: [{ name: 'discovery', image: 'istiod' }] },
});

/** An istiod, as far as apply asks it: what it says of its proxies. */
export async function syncz(proxies: () => readonly object[]): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createHttpServer(({ url }, response) => {
    response.writeHead(url === '/debug/syncz' ? 200 : 404).end(JSON.stringify(proxies()));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  return { port, close: () => new Promise((done) => server.close(() => done())) };
}
