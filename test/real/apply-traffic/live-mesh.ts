import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { TestServer } from '../apply/server';
import { type WatchEvent, watch } from '../apply/watch';
import type { KubeObject } from '../manifests';
import { Pods } from './pods';

const COMPLETE_MS = 120_000;
const DEPLOYMENTS = '/apis/apps/v1/deployments';
const SERVICES = '/api/v1/services';

/** What stands beside the API server for one namespace: DNS, and the pods of its Deployments and Services. */
export class LiveMesh {
  readonly pods: Pods;
  readonly #addresses = new Map<string, string>();
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>[] = [];
  #work: Promise<void> = Promise.resolve();

  private constructor(
    readonly namespace: string,
    private readonly server: TestServer,
  ) {
    this.pods = new Pods(server);
  }

  static async start(server: TestServer, namespace: string): Promise<LiveMesh> {
    const mesh = new LiveMesh(namespace, server);
    const signal = mesh.#stop.signal;
    setMaxListeners(0, signal);
    for (const path of [SERVICES, DEPLOYMENTS]) {
      const onEvent = (event: WatchEvent) => mesh.#take(event);
      const { items, revision, ended } = await watch({ access: server.observer, path, signal, onEvent });
      for (const object of items) mesh.#take({ type: 'ADDED', object, revision });
      mesh.#ended.push(ended);
    }
    return mesh;
  }

  /** Ends it; throws what went wrong meanwhile. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#ended);
    await this.pods.stop();
    await this.#work;
  }

  /** Until each Deployment has the pod that it asks for. */
  async complete(): Promise<void> {
    for (const deadline = Date.now() + COMPLETE_MS; ; await pause(100)) {
      const { items } = await this.server.must('GET', DEPLOYMENTS.replace('/v1/', `/v1/namespaces/${this.namespace}/`));
      const left = items.filter((d: KubeObject) => !this.pods.has(d));
      if (left.length === 0) return this.#work;
      if (Date.now() > deadline) throw new Error(`there are no pods of ${left[0].metadata.name}`);
    }
  }

  /** What DNS says of a host; nothing where no Service has it. */
  address(host: string): string | undefined {
    const [name = '', namespace] = host.split('.');
    return namespace === this.namespace ? this.#addresses.get(name) : undefined;
  }

  #take({ type, object }: WatchEvent): void {
    const { name, namespace } = object.metadata;
    if (namespace !== this.namespace) return;
    const isGone = type === 'DELETED';
    if (object.kind === 'Service') {
      if (isGone) this.#addresses.delete(name);
      else this.#addresses.set(name, (object.spec as { clusterIP: string }).clusterIP);
    }
    const act = () => (object.kind === 'Service' ? this.pods.serve(object, isGone) : this.pods.follow(object, isGone));
    this.#work = this.#work.then(act);
    this.#work.catch(() => {}); // who waits for it is told
  }
}
