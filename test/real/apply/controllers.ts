import { Client } from '../apiserver/client';
import type { KubeObject } from '../manifests';
import type { TestServer } from './server';
import { type WatchEvent, watch } from './watch';

/** When pods of a Deployment are ready: after so many milliseconds, or never. */
export type Readiness = number | 'never';

/** Kinds whose pods are looked after, by their plurals. */
const WORKLOADS = { deployments: 'Deployment', statefulsets: 'StatefulSet' } as const;
type Plural = keyof typeof WORKLOADS;
const PLURALS = Object.keys(WORKLOADS) as Plural[];
const listOf = (plural: Plural) => `/apis/apps/v1/${plural}`;
const NAMESPACES = '/api/v1/namespaces';
const RETRY_MS = 200;
const CONNECTIONS = 8;

/**
 * Does what a test server has nobody for: Deployments and StatefulSets get the status that their controller and kubelets would give them, and
 * what is in a namespace that is deleted is deleted, and then the namespace.
 */
export class Controllers {
  readonly #client: Client;
  readonly #stop = new AbortController();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #work = new Set<Promise<void>>();
  readonly #failures: unknown[] = [];
  #watches: Promise<void>[] = [];
  /** Of Deployments from now on; by their names where they differ. */
  readiness: (deployment: KubeObject) => Readiness = () => 0;
  /** When the pods of a Deployment that is deleted are gone, as above. */
  draining: (deployment: KubeObject) => Readiness = () => 0;
  /** Whether namespaces that are deleted go; a test of one that is stuck sets it to false. */
  finalizes = true;

  private constructor(server: TestServer) {
    this.#client = new Client(server.observer, CONNECTIONS);
  }

  static async start(server: TestServer): Promise<Controllers> {
    const made = new Controllers(server);
    const access = server.observer;
    const signal = made.#stop.signal;
    const each = [
      ...PLURALS.map((plural) => [listOf(plural), (o: KubeObject) => made.#workload(o, plural)] as const),
      [NAMESPACES, (o: KubeObject) => made.#namespace(o)],
    ] as const;
    for (const [path, act] of each) {
      const onEvent = ({ type, object }: WatchEvent) => {
        if (type !== 'DELETED') act(object);
      };
      const { items, ended } = await watch({ access, path, signal, onEvent });
      for (const item of items) act(item);
      made.#watches.push(ended);
    }
    return made;
  }

  /** Ends it; throws what went wrong meanwhile. */
  async stop(): Promise<void> {
    this.#stop.abort();
    for (const timer of this.#timers) clearTimeout(timer);
    const ended = await Promise.allSettled(this.#watches);
    await Promise.allSettled(this.#work);
    this.#client.close();
    const failed = [...this.#failures, ...ended.flatMap((e) => (e.status === 'rejected' ? [e.reason] : []))];
    if (failed.length > 0) throw failed[0];
  }

  /** Looks again at all Deployments: for a test that has changed `readiness`. */
  async again(): Promise<void> {
    for (const plural of PLURALS) {
      const { items } = await this.#must('GET', listOf(plural));
      for (const item of items) this.#workload(item, plural);
    }
  }

  #later(ms: number, act: () => Promise<void>): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      const done = act()
        .catch((error) => {
          if (this.#stop.signal.aborted || isChanged(error)) return;
          if (isUnreachable(error)) this.#later(RETRY_MS, act);
          else this.#failures.push(error);
        })
        .finally(() => this.#work.delete(done));
      this.#work.add(done);
    }, ms);
    this.#timers.add(timer);
  }

  #workload(workload: KubeObject, plural: Plural): void {
    if (workload.metadata.deletionTimestamp) {
      const wait = this.draining(workload);
      if (wait !== 'never') this.#later(wait, () => this.#gone(workload, plural));
      return;
    }
    const { generation } = workload.metadata as { generation?: number };
    const status = (workload.status ?? {}) as Record<string, number>;
    const { observedGeneration, availableReplicas = 0, replicas: all = 0, updatedReplicas = 0 } = status;
    const replicas = ((workload.spec as Record<string, unknown>)?.replicas as number | undefined) ?? 1;
    const wait = this.readiness(workload);
    if (observedGeneration !== generation) {
      this.#later(0, () => this.#status(workload, plural, replicas, Math.min(availableReplicas, replicas), wait === 0));
    } else if ((availableReplicas < replicas || all > updatedReplicas) && wait !== 'never') {
      this.#later(wait, () => this.#status(workload, plural, replicas, replicas, true));
    }
  }

  /** The garbage collector lets go of what was to be there as long as its pods. */
  async #gone({ metadata }: KubeObject, plural: Plural): Promise<void> {
    const { name, namespace, finalizers = [], resourceVersion } = metadata as KubeObject['metadata'] & { finalizers?: string[] };
    await this.#must('PATCH', `/apis/apps/v1/namespaces/${namespace}/${plural}/${name}`, {
      type: 'application/merge-patch+json',
      value: { metadata: { finalizers: finalizers.filter((f) => f !== 'foregroundDeletion'), resourceVersion } },
    });
  }

  /** The status as the controller has it while pods come up beside those of before, and when they are there. */
  async #status(workload: KubeObject, plural: Plural, replicas: number, before: number, isReady: boolean): Promise<void> {
    const { name, namespace, generation } = workload.metadata;
    const path = `/apis/apps/v1/namespaces/${namespace}/${plural}/${name}`;
    const { partition = 0 } = (workload.spec as any)?.updateStrategy?.rollingUpdate ?? {};
    // those below it are of before, where there were some
    const old = Math.min(partition, before);
    const available = isReady ? replicas : before;
    const condition = (type: string, status: boolean, reason: string) => ({ type, status: status ? 'True' : 'False', reason });
    const status = {
      observedGeneration: generation,
      replicas: isReady || plural === 'statefulsets' ? replicas : replicas + before,
      updatedReplicas: plural === 'deployments' ? replicas : isReady ? replicas - old : 0,
      readyReplicas: available,
      availableReplicas: available,
      ...(plural === 'deployments' ? { unavailableReplicas: replicas - available } : {}),
      conditions: [
        condition('Available', available === replicas, 'MinimumReplicasAvailable'),
        condition('Progressing', true, isReady ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated'),
      ],
    };
    await this.#must('PATCH', `${path}/status?fieldManager=deployment-controller&force=true`, {
      type: 'application/apply-patch+yaml',
      value: { apiVersion: 'apps/v1', kind: WORKLOADS[plural], metadata: { name, namespace }, status },
    });
  }

  #namespace(namespace: KubeObject): void {
    const { name, deletionTimestamp } = namespace.metadata;
    const { finalizers = [] } = (namespace.spec ?? {}) as { finalizers?: string[] };
    if (!this.finalizes || !deletionTimestamp || finalizers.length === 0) return;
    this.#later(0, async () => {
      for (const list of await this.#lists(name)) await this.#send('DELETE', list);
      await this.#must('PUT', `${NAMESPACES}/${name}/finalize`, {
        type: 'application/json',
        value: { ...namespace, spec: { ...(namespace.spec as object), finalizers: [] } },
      });
    });
  }

  /** The lists of all kinds in a namespace. */
  async #lists(namespace: string): Promise<string[]> {
    const { groups } = await this.#must('GET', '/apis');
    const versions = ['v1', ...groups.map((g: any) => g.preferredVersion.groupVersion)];
    const out: string[] = [];
    for (const version of versions) {
      const root = `${version === 'v1' ? '/api/' : '/apis/'}${version}`;
      const { resources } = await this.#must('GET', root);
      for (const r of resources)
        if (r.namespaced && r.verbs.includes('deletecollection')) out.push(`${root}/namespaces/${namespace}/${r.name}`);
    }
    return out;
  }

  #send = (method: string, path: string, content?: Parameters<Client['send']>[2]) => this.#client.send(method, path, content);

  async #must(method: string, path: string, content?: Parameters<Client['send']>[2]): Promise<any> {
    const { status, body } = await this.#send(method, path, content);
    if (status >= 300) throw Object.assign(new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}`), { status });
    return body;
  }
}

/** Somebody was faster: it is deleted, or changed, and then it is told of again. */
const isChanged = ({ status }: { status?: number }): boolean => status === 404 || status === 409;
/** The server is not there just now, or not yet. */
const isUnreachable = ({ code, status = 0 }: { code?: string; status?: number }): boolean =>
  code !== undefined || status === 429 || status >= 500;
