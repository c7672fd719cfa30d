import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../cluster/api-error';
import { pathOf, type Resource } from '../cluster/discovery';
import type { Cluster } from '../cluster/transport';

/** An object that is waited for. */
export interface Awaited {
  readonly key: string;
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
}

const SECOND = 1000;
const STEADY = 10_000;
/** After so many seconds the server ends a watch: who comes back is known to be there, and so is the server. */
const WATCHED = 240;
/** Between two tries, and between two looks of who may not watch, in milliseconds. */
const [AGAIN, LOOKED] = [500, 2000] as const;

/** How a wait goes on. */
export interface WaitOptions {
  /** Why an object is not ready yet; nothing when it is. An object that is gone is asked about as nothing. */
  reason(live: any | undefined): string | undefined;
  /** In milliseconds. */
  readonly timeout: number;
  /** Told as it goes on, some times a minute and not more often than every second: those that are left, with their reasons. */
  progress?(left: ReadonlyMap<string, string>): void;
  /** Ends the wait. */
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
  const teller = new Teller(() => o.progress?.(left));
  try {
    await Promise.all(
      [...groups].map(([path, group]) => follow(cluster, path, group, { left, reason: o.reason, teller, signal })),
    );
  } finally {
    teller.end();
  }
  o.signal?.throwIfAborted();
  return left;
}

/** Tells what changes, at once and then every second at most; and every ten seconds where nothing does. */
export class Teller {
  private told = Number.NEGATIVE_INFINITY;
  private isNew = false;
  private readonly timer = setInterval(() => this.look(), SECOND);

  constructor(private readonly tell: () => void) {}

  changed(): void {
    this.isNew = true;
    this.look();
  }

  /** Tells what was not told yet. */
  end(): void {
    clearInterval(this.timer);
    if (this.isNew) this.tell();
  }

  private look(): void {
    const since = performance.now() - this.told;
    if (since < (this.isNew ? SECOND : STEADY)) return;
    this.told = performance.now();
    this.isNew = false;
    this.tell();
  }
}

/** What all groups of a wait share. */
interface Wait extends Pick<WaitOptions, 'reason'> {
  readonly left: Map<string, string>;
  readonly teller: Teller;
  readonly signal: AbortSignal;
}

/** One list, and a watch of what comes after it: gone on with where it ended, begun anew where the server remembers that no more. */
async function follow(
  cluster: Cluster,
  path: string,
  group: readonly Awaited[],
  { left, reason: reasonOf, teller, signal }: Wait,
): Promise<void> {
  const byName = new Map(group.map((a) => [a.name, a]));
  const look = (name: string, live: any | undefined) => {
    const a = byName.get(name);
    if (!a) return;
    const reason = reasonOf(live && { ...live, kind: a.resource.kind }); // lists leave it out
    if (reason === left.get(a.key)) return;
    if (reason === undefined) left.delete(a.key);
    else left.set(a.key, reason);
    teller.changed();
  };
  const isDone = () => group.every((a) => !left.has(a.key));
  const list = async (): Promise<string> => {
    const { body } = await cluster.send({ method: 'GET', path, what: `the list at ${path}` });
    const found = new Map((body.items ?? []).map((i: any) => [i.metadata.name, i]));
    for (const name of byName.keys()) look(name, found.get(name));
    return body.metadata.resourceVersion;
  };
  /** What was heard of last; nothing where all has to be read anew. */
  let version: string | undefined;
  let isWatched = true;
  while (!isDone() && !signal.aborted) {
    try {
      version ??= await list();
      if (isDone()) return;
      const done = new AbortController();
      const query = { resourceVersion: version, timeoutSeconds: WATCHED };
      if (!isWatched) version = undefined;
      else
        for await (const { type, object } of cluster.watch(path, query, AbortSignal.any([signal, done.signal]))) {
          version = type === 'ERROR' ? undefined : object.metadata.resourceVersion;
          if (type === 'ERROR') break; // too old
          if (type === 'BOOKMARK') continue;
          look(object.metadata.name, type === 'DELETED' ? undefined : object);
          if (isDone()) done.abort();
        }
    } catch (e) {
      if (signal.aborted || isDone()) return;
      if (e instanceof ApiError) {
        // who may list and not watch looks again and again; a list asks for credentials anew
        if (e.status === 403 && version !== undefined) isWatched = false;
        else if (e.status < 500 && ![401, 410, 429].includes(e.status)) throw e;
        version = undefined;
      }
    }
    await sleep(isWatched ? AGAIN : LOOKED, undefined, { signal }).catch(() => undefined);
  }
}
