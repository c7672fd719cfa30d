import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { KubeObject } from '../manifests';
import type { TestServer } from './server';
import { type WatchEvent, watch } from './watch';

/** The lists of kinds that a mesh is made of. */
export const MESH_KINDS: readonly string[] = [
  '/api/v1/namespaces',
  '/api/v1/services',
  '/api/v1/secrets',
  '/api/v1/configmaps',
  '/api/v1/serviceaccounts',
  '/apis/apps/v1/deployments',
  ...['virtualservices', 'destinationrules', 'gateways', 'serviceentries', 'sidecars', 'workloadentries'].map(
    (kind) => `/apis/networking.istio.io/v1/${kind}`,
  ),
  ...['authorizationpolicies', 'peerauthentications', 'requestauthentications'].map(
    (kind) => `/apis/security.istio.io/v1/${kind}`,
  ),
];

/** One change, with when we heard of it. */
export interface LoggedEvent extends WatchEvent {
  /** Milliseconds of the clock. */
  readonly at: number;
}

/** What was there, and every change since, in the order of the store's revisions. */
export interface Log {
  readonly start: readonly KubeObject[];
  readonly events: readonly LoggedEvent[];
  /** When the log begins and ends, as `LoggedEvent.at`. */
  readonly from: number;
  readonly to: number;
}

/** Tells objects apart: `VirtualService shop/reviews`, with the group before it. */
export const identity = ({ apiVersion, kind, metadata }: KubeObject): string =>
  `${apiVersion.includes('/') ? `${apiVersion.slice(0, apiVersion.indexOf('/'))}/` : ''}${kind} ${metadata.namespace ?? ''}/${metadata.name}`;

/** What a log says of one namespace: of a mesh in which nothing is about another. */
export function logOf(log: Log, namespace: string): Log {
  const isOf = ({ kind, metadata }: KubeObject) =>
    (kind === 'Namespace' && metadata.namespace === undefined ? metadata.name : metadata.namespace) === namespace;
  return { ...log, start: log.start.filter(isOf), events: log.events.filter((e) => isOf(e.object)) };
}

const COMPLETE_MS = 20_000;

/** Watches all kinds of a mesh while something else happens. */
export class WatchLog {
  readonly #server: TestServer;
  readonly #stop = new AbortController();
  readonly #from = Date.now();
  readonly #start: KubeObject[] = [];
  readonly #events: LoggedEvent[] = [];
  readonly #ended: Promise<void>[] = [];

  private constructor(server: TestServer) {
    this.#server = server;
  }

  static async start(server: TestServer): Promise<WatchLog> {
    const log = new WatchLog(server);
    const access = server.observer;
    setMaxListeners(0, log.#stop.signal);
    const onEvent = (event: WatchEvent) => log.#events.push({ ...event, at: Date.now() });
    await Promise.all(
      MESH_KINDS.map(async (path) => {
        const { items, ended } = await watch({ access, path, signal: log.#stop.signal, onEvent });
        log.#start.push(...items);
        log.#ended.push(ended);
        ended.catch(() => {}); // said by stop
      }),
    );
    return log;
  }

  /** Waits until all that has happened is in the log, and ends it. Throws when something was missed. */
  async stop(): Promise<Log> {
    try {
      for (const path of MESH_KINDS) await this.#complete(path);
    } finally {
      this.#stop.abort();
    }
    await Promise.all(this.#ended);
    const events = [...this.#events].sort((a, b) => a.revision - b.revision);
    return { start: this.#start, events, from: this.#from, to: Date.now() };
  }

  /** Until what the log comes to is what the server has. */
  async #complete(path: string): Promise<void> {
    for (const deadline = Date.now() + COMPLETE_MS; ; await pause(20)) {
      const { items, kind } = await this.#server.must('GET', path);
      const wanted = items.map((o: KubeObject) => `${o.metadata.uid} ${o.metadata.resourceVersion}`).sort();
      const have = this.#stateOf(String(kind).replace(/List$/, ''));
      if (have.join() === wanted.join()) return;
      if (Date.now() > deadline)
        throw new Error(`the watch of ${path} has not told of all:\nthe log ${have}\nthe server ${wanted}`);
    }
  }

  #stateOf(kind: string): string[] {
    const state = new Map<string, string>();
    const set = (o: KubeObject) => state.set(identity(o), `${o.metadata.uid} ${o.metadata.resourceVersion}`);
    for (const o of this.#start) if (o.kind === kind) set(o);
    for (const { type, object } of [...this.#events].sort((a, b) => a.revision - b.revision)) {
      if (object.kind !== kind) continue;
      if (type === 'DELETED') state.delete(identity(object));
      else set(object);
    }
    return [...state.values()].sort();
  }
}
