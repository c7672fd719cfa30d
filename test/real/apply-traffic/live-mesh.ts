import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { TestServer } from '../apply/server';
import { type WatchEvent, watch } from '../apply/watch';
import { identity } from '../apply/watch-log';
import type { KubeObject } from '../manifests';
import { Pods } from './pods';

const COMPLETE_MS = 60_000;
const DEPLOYMENTS = '/apis/apps/v1/deployments';
/** Lists of the kinds that istiod reads, without those of pods. */
const KINDS: readonly string[] = [
  '/api/v1/services',
  ...['virtualservices', 'destinationrules', 'gateways', 'serviceentries', 'sidecars'].map(
    (kind) => `/apis/networking.istio.io/v1/${kind}`,
  ),
  ...['authorizationpolicies', 'peerauthentications', 'requestauthentications'].map(
    (kind) => `/apis/security.istio.io/v1/${kind}`,
  ),
];

/** What istiod sees of one namespace of an API server, at any moment, with the pods of its Deployments. */
export class LiveMesh {
  readonly pods = new Pods();
  readonly #objects = new Map<string, KubeObject>();
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>[] = [];
  #work: Promise<void> = Promise.resolve();
  #version = 0;
  /** Told that something has changed. */
  onChange: () => void = () => {};

  private constructor(
    readonly namespace: string,
    private readonly server: TestServer,
  ) {}

  static async start(server: TestServer, namespace: string): Promise<LiveMesh> {
    const mesh = new LiveMesh(namespace, server);
    const signal = mesh.#stop.signal;
    setMaxListeners(0, signal);
    for (const path of [...KINDS, DEPLOYMENTS]) {
      const onEvent = (event: WatchEvent) => mesh.#take(event);
      const { items, revision, ended } = await watch({ access: server.observer, path, signal, onEvent });
      for (const object of items) mesh.#take({ type: 'ADDED', object, revision });
      mesh.#ended.push(ended);
    }
    return mesh;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#ended);
    await this.#work;
    await this.pods.stop();
  }

  /** Until it has heard of all that the server has. */
  async complete(): Promise<void> {
    for (const kind of KINDS)
      for (const deadline = Date.now() + COMPLETE_MS; ; await pause(50)) {
        const path = kind.replace(/\/([^/]+)$/, `/namespaces/${this.namespace}/$1`);
        const { items, kind: list } = await this.server.must('GET', path);
        const wanted = items.map((o: KubeObject) => o.metadata.resourceVersion).sort();
        const have = [...this.#objects.values()].filter((o) => `${o.kind}List` === list).map((o) => o.metadata.resourceVersion);
        if (have.sort().join() === wanted.join()) break;
        if (Date.now() > deadline) throw new Error(`the watch of ${path} has not told of all`);
      }
  }

  /** Counts the changes. */
  get version(): number {
    return this.#version;
  }

  /** The objects of this moment, as istiod reads them. */
  get objects(): readonly KubeObject[] {
    return [...this.#objects.values(), ...this.pods.objects];
  }

  /** What DNS says of a host; nothing where no Service has it. */
  address(host: string): string | undefined {
    const [name, namespace] = host.split('.');
    const service = this.#objects.get(`Service ${namespace}/${name}`);
    return (service?.spec as { clusterIP?: string } | undefined)?.clusterIP;
  }

  #take({ type, object }: WatchEvent): void {
    if (object.metadata.namespace !== this.namespace) return;
    const isGone = type === 'DELETED';
    if (object.kind === 'Deployment') {
      this.#work = this.#work.then(async () => {
        if (await this.pods.follow(object, isGone)) this.#changed();
      });
      return;
    }
    if (isGone) this.#objects.delete(identity(object));
    else this.#objects.set(identity(object), asRead(object));
    this.#changed();
  }

  #changed(): void {
    this.#version++;
    this.onChange();
  }
}

/** Without what istiod does not look at. */
function asRead({ metadata: { managedFields: _, annotations: _a, ...metadata }, status: _s, ...rest }: KubeObject): KubeObject {
  return { ...rest, metadata } as KubeObject;
}
