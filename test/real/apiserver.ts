import { readFileSync } from 'node:fs';
import { Client, type Content, type Reply } from './apiserver/client';
import { type RunningServer, startServer } from './apiserver/programs';
import { type Applied, type ApplyOptions, Session, WIDTH } from './apiserver/session';
import { type KubeObject, parseManifests } from './manifests';

export type { Applied, ApplyOptions } from './apiserver/session';

interface Started {
  readonly server: RunningServer;
  readonly client: Client;
  readonly session: Session;
}

interface Programs {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly crds: string;
  readonly controllerCrds: string;
}

/**
 * A real kube-apiserver with the CRDs of Istio and of release controllers installed. It is started by the first call. There are no controllers, so nothing gets a
 * status, and a deleted namespace is never gone: `reset` therefore leaves namespaces.
 */
export class ApiServer {
  readonly #programs: Programs;
  #started: Promise<Started> | undefined;

  constructor(programs: Programs) {
    this.#programs = programs;
  }

  /** Starts it, if it is not running, and waits until it serves Istio's kinds. */
  async start(): Promise<void> {
    await this.#running();
  }

  /** Ends it. */
  async stop(): Promise<void> {
    const started = await this.#started?.catch(() => undefined);
    this.#started = undefined;
    started?.client.close();
    await started?.server.stop();
  }

  /**
   * Server-side apply with `fieldValidation=Strict`: namespaces and CRDs first, then the rest, several at a time. Namespaces that
   * the objects are in but that are not among them are made, as somebody else's would be. Results are in the order of the objects.
   */
  async apply(objects: readonly KubeObject[], options: ApplyOptions = {}): Promise<Applied[]> {
    return (await this.#running()).session.apply(objects, options);
  }

  /** Deletes everything that was applied, but namespaces and CRDs. */
  async reset(): Promise<void> {
    await (await this.#running()).session.reset();
  }

  /** Any request to the server, as its administrator: `send('GET', '/version')`. */
  async send(method: string, path: string, content?: Content): Promise<Reply> {
    return (await this.#running()).client.send(method, path, content);
  }

  #running(): Promise<Started> {
    this.#started ??= this.#start();
    return this.#started;
  }

  async #start(): Promise<Started> {
    const server = await startServer(this.#programs);
    const client = new Client(server.access, WIDTH);
    const session = new Session(client);
    try {
      const { crds, controllerCrds } = this.#programs;
      const applied = await session.apply([crds, controllerCrds].flatMap((file) => parseManifests(readFileSync(file, 'utf8'))));
      const refused = applied.find((crd) => !crd.ok);
      if (refused) throw new Error(`the CRD "${refused.object.metadata.name}" is refused: ${refused.message}`);
      return { server, client, session };
    } catch (error) {
      client.close();
      await server.stop();
      throw error;
    }
  }
}
