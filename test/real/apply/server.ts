import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Access, Client, type Content, type Reply } from '../apiserver/client';
import { type RunningServer, startServer } from '../apiserver/programs';
import { Session } from '../apiserver/session';
import { type KubeObject, parseManifests } from '../manifests';
import { type Outcome, run } from '../setup/tools';
import { MESH_KINDS } from './watch-log';

/** The real components that a server is made of. */
export interface Programs {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubectl: string;
  readonly crds: string;
}

/** How `TestServer.kubectl` is run. */
export interface KubectlOptions {
  /** Whose rights it has. @default 'admin' */
  readonly user?: string;
  /** Objects for it, appended as `-f FILE`. */
  readonly objects?: readonly unknown[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Requests that are under way at the same time. */
const WIDTH = 16;
const SERVED_MS = 180_000;

/**
 * A kube-apiserver and an etcd of one test file's own, with Istio's CRDs: it may be killed, frozen and started again. Nothing
 * runs beside it: what controllers would do is `Controllers`' to do.
 */
export class TestServer {
  readonly running: RunningServer;
  /** Its administrator's connections. */
  readonly client: Client;
  /** A second API server on the same etcd, for those who have to see everything: nobody kills it. */
  readonly observer: Access;
  readonly #kubectl: string;
  #files = 0;

  private constructor(running: RunningServer, kubectl: string) {
    this.running = running;
    this.#kubectl = kubectl;
    this.client = new Client(running.access, WIDTH);
    this.observer = running.observer!;
  }

  /** Starts it, and waits until it serves Istio's kinds. */
  static async start(programs: Programs): Promise<TestServer> {
    const server = new TestServer(await startServer(programs, { observed: true }), programs.kubectl);
    try {
      const applied = await new Session(server.client).apply(parseManifests(readFileSync(programs.crds, 'utf8')));
      const refused = applied.find((crd) => !crd.ok);
      if (refused) throw new Error(`the CRD "${refused.object.metadata.name}" is refused: ${refused.message}`);
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.client.close();
    await this.running.stop();
  }

  /** Any request, as the administrator: `send('GET', '/version')`. */
  send(method: string, at: string, content?: Content): Promise<Reply> {
    return this.client.send(method, at, content);
  }

  /** As `send`; throws where it is refused. */
  async must(method: string, at: string, content?: Content): Promise<any> {
    const { status, body } = await this.send(method, at, content);
    if (status >= 300) throw new Error(`${method} ${at}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** The object at a path; undefined where there is none. */
  async get(at: string): Promise<any> {
    const { status, body } = await this.send('GET', at);
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`GET ${at}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** Server-side apply of one object as somebody else, at its path. */
  apply(at: string, object: unknown, manager: string, force = false): Promise<any> {
    return this.must('PATCH', `${at}?fieldManager=${manager}&force=${force}`, {
      type: 'application/apply-patch+yaml',
      value: object,
    });
  }

  /** Server-side apply of many, as the harness: what was there before a test begins. Throws where one is refused. */
  async put(objects: readonly KubeObject[]): Promise<void> {
    const applied = await new Session(this.client).apply(objects);
    const refused = applied.filter(({ ok }) => !ok).map(({ object, message }) => `${object.metadata.name}: ${message}`);
    if (refused.length > 0) throw new Error(refused.join('\n'));
  }

  /** Ends the API server (0: kills it) and starts it again on the same etcd; `down` is the pause between, in milliseconds. */
  async restart(graceMs = 0, down = 0): Promise<void> {
    await this.running.apiserver.stop(graceMs);
    await new Promise((resolve) => setTimeout(resolve, down));
    await this.running.apiserver.start();
    await this.#served();
  }

  /** Kills etcd and starts it again on its data. */
  async restartEtcd(down = 0): Promise<void> {
    await this.running.etcd.stop(0);
    await new Promise((resolve) => setTimeout(resolve, down));
    await this.running.etcd.start();
    await this.#served();
  }

  /** Until the API server has read all kinds from its store again: it says that it is ready before. */
  async #served(): Promise<void> {
    for (const kind of MESH_KINDS)
      for (const deadline = Date.now() + SERVED_MS; ; await pause(100)) {
        const { status } = await this.send('GET', kind).catch(() => ({ status: 0 }));
        if (status === 200) break;
        if (Date.now() > deadline) throw new Error(`${kind} is not served after ${SERVED_MS / 1000} s: ${status}`);
      }
  }

  /** A token of a user: `admin`, or one without rights (`dev`, `viewer`). */
  token(user = 'admin'): string {
    const token = user === 'admin' ? this.running.access.token : this.running.tokens[user];
    if (!token) throw new Error(`there is no user "${user}"`);
    return token;
  }

  /** Another user's connections; to be closed. */
  clientOf(user: string): Client {
    return new Client({ ...this.running.access, token: this.token(user) }, WIDTH);
  }

  /** Writes a kubeconfig, with one context `test`, and gives its path. */
  kubeconfig(user = 'admin', { port, ca }: Pick<Access, 'port' | 'ca'> = this.running.access): string {
    const file = this.file('kubeconfig');
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'test',
          cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': ca.toString('base64') },
        },
      ],
      users: [{ name: user, user: { token: this.token(user) } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user } }],
      'current-context': 'test',
    };
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
    return file;
  }

  /** The real kubectl, against this server. */
  kubectl(args: readonly string[], { user, ...options }: KubectlOptions = {}): Promise<Outcome> {
    return this.kubectlWith(this.kubeconfig(user), args, options);
  }

  /** The real kubectl, with another kubeconfig: one that leads through a proxy. */
  kubectlWith(kubeconfig: string, args: readonly string[], { objects, env }: KubectlOptions = {}): Promise<Outcome> {
    const files = objects ? ['-f', this.yaml(objects)] : [];
    return run(this.#kubectl, [...args, ...files, '--kubeconfig', kubeconfig], {
      env: { PATH: process.env.PATH, HOME: this.running.folder, ...env },
    });
  }

  /** As `kubectl`; throws where it fails. */
  async mustKubectl(args: readonly string[], options: KubectlOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.kubectl(args, options);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  }

  /** Writes objects to a file, as YAML documents (JSON is YAML), and gives its path. */
  yaml(objects: readonly unknown[]): string {
    const file = `${this.file('objects')}.yaml`;
    writeFileSync(file, objects.map((object) => `${JSON.stringify(object, undefined, 2)}\n`).join('---\n'));
    return file;
  }

  /** A path that nothing is at yet; removed with the server. */
  file(purpose: string): string {
    return path.join(this.running.folder, `${purpose}-${++this.#files}`);
  }
}
