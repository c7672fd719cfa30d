import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from './api-error';
import { pathOf, type Resource } from './discovery';
import type { Cluster } from './transport';

/** An object that is waited for. */
export interface Awaited {
  readonly key: string;
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
}

/** How a wait goes on. */
export interface WaitOptions {
  /** Why an object is not ready yet; nothing when it is. An object that is gone is asked about as nothing. */
  reason(live: any | undefined): string | undefined;
  /** In milliseconds. */
  readonly timeout: number;
  /** Told of each change: those that are left, with their reasons. */
  progress?(left: ReadonlyMap<string, string>): void;
  readonly signal?: AbortSignal;
}

/**
 * Waits until objects are as they are to be: one watch for each kind and namespace, made anew when the server ends it.
 * @returns those that were not when the time was over, with their reasons
 */
export async function waitFor(
  cluster: Cluster,
  objects: readonly Awaited[],
  o: WaitOptions,
): Promise<ReadonlyMap<string, string>> {
  const left = new Map(objects.map((a) => [a.key, 'has not been looked at yet']));
  const groups = new Map<string, Awaited[]>();
  for (const a of objects) {
    const path = pathOf(a.resource, a.namespace);
    groups.set(path, [...(groups.get(path) ?? []), a]);
  }
  const over = AbortSignal.timeout(o.timeout);
  const signal = o.signal ? AbortSignal.any([over, o.signal]) : over;
  await Promise.all([...groups].map(([path, group]) => follow(cluster, path, group, left, o, signal)));
  o.signal?.throwIfAborted();
  return left;
}

async function follow(
  cluster: Cluster,
  path: string,
  group: readonly Awaited[],
  left: Map<string, string>,
  o: WaitOptions,
  signal: AbortSignal,
): Promise<void> {
  const byName = new Map(group.map((a) => [a.name, a]));
  const look = (name: string, live: any | undefined) => {
    const a = byName.get(name);
    if (!a) return;
    const reason = o.reason(live && { ...live, kind: a.resource.kind }); // lists leave it out
    if (reason === left.get(a.key)) return;
    if (reason === undefined) left.delete(a.key);
    else left.set(a.key, reason);
    o.progress?.(left);
  };
  const isDone = () => group.every((a) => !left.has(a.key));
  while (!isDone() && !signal.aborted) {
    try {
      const { body } = await cluster.send({ method: 'GET', path, what: `the list at ${path}` });
      const found = new Map((body.items ?? []).map((i: any) => [i.metadata.name, i]));
      for (const name of byName.keys()) look(name, found.get(name));
      if (isDone()) return;
      const done = new AbortController();
      for await (const { type, object } of cluster.watch(
        path,
        { resourceVersion: body.metadata.resourceVersion },
        AbortSignal.any([signal, done.signal]),
      )) {
        if (type === 'ERROR') break; // too old: from the beginning
        if (type === 'BOOKMARK') continue;
        look(object.metadata.name, type === 'DELETED' ? undefined : object);
        if (isDone()) done.abort();
      }
    } catch (e) {
      if (signal.aborted || isDone()) return;
      if (e instanceof ApiError && e.status < 500 && e.status !== 410 && e.status !== 429) throw e;
    }
    await sleep(500, undefined, { signal }).catch(() => undefined);
  }
}
