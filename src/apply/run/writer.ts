import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../../cluster/api-error';
import { discover, forgetKinds, pathOf, type Resource } from '../../cluster/discovery';
import type { Cluster } from '../../cluster/transport';
import type { Manifest } from '../../manifests/manifest';
import type { Write } from '../../order/phase';
import { type LiveObject, liveObject } from '../live';
import { nameText } from '../named';
import { yieldedBy } from '../owners';
import { isCrd, kindOfCrd } from '../plan/desired';
import { apply as send } from '../plan/dry-run';
import type { PlannedObject } from '../plan/planned-object';
import { takeFields } from './migrate';
import { asSeen, isMember, isUnchanged } from './seen';

/** How objects are written. */
interface WriterOptions {
  /** The field manager. */
  readonly manager: string;
  /** Waited for before anything is sent; throws when nothing is to be any more. */
  readonly before: () => Promise<void>;
  /** For how long what is deleted may take to go, in milliseconds. */
  readonly timeout: number;
}

/** How an object is deleted. */
interface Removal {
  /**
   * Whether it is there until its pods are gone. Source: kubernetes.io, "Use foreground cascading deletion".
   * @default false
   */
  readonly drains?: boolean;
  /** Whether it is made anew: then it has to be as it was seen, and to be gone. @default false */
  readonly isReplaced?: boolean;
}

/** So long a kind that is served may be missing in the list of kinds, or be known as it was before, in milliseconds. */
const LISTED = 15_000;

/** Writes objects as a plan has seen them: what somebody changed meanwhile is left alone, and fails. */
export class Writer {
  /** What was not there, or is another version since. */
  readonly changed = new Set<string>();
  /** When kinds were defined, or defined otherwise. */
  private readonly kinds = new Map<string, number>();
  /** As they were written last. */
  private readonly last = new Map<string, LiveObject>();

  constructor(
    private readonly cluster: Cluster,
    private readonly o: WriterOptions,
  ) {}

  /**
   * Creates or changes it.
   * @returns what the server warns of
   */
  async put(p: PlannedObject, w: Write): Promise<readonly string[]> {
    const resource = p.resource ?? (await this.resourceOf(p.manifest));
    const before = this.last.get(p.key) ?? p.live;
    const write = async (live: LiveObject | undefined) => {
      const yielding = p.action === 'take over' && live !== undefined ? yieldedBy(live.manifest.object, p.former ?? {}) : [];
      const seen =
        live !== undefined && yielding.length > 0
          ? { ...live, resourceVersion: await takeFields(this.cluster, live, this.o.manager, yielding, new Date()) }
          : live;
      const reply = await send(this.cluster, this.o.manager, {
        ...p,
        ...(seen ? { live: seen } : {}),
        resource,
        body: w.object.object,
        before: this.o.before,
      });
      return { ...reply, from: seen?.resourceVersion };
    };
    const { status, body, from, warnings } = await this.whenKnown(p.manifest, () =>
      before ? asSeen(this.cluster, before, isUnchanged, write) : write(undefined),
    );
    if (status === 201 || body.metadata.resourceVersion !== from) this.changed.add(p.key);
    if (isCrd(p.manifest)) {
      forgetKinds(this.cluster);
      this.kinds.set(kindOfCrd(p.manifest), Date.now());
    }
    this.last.set(p.key, liveObject(body, resource));
    return warnings;
  }

  /** Fields that a kind came to have in this run are unknown to the server for a moment still. */
  private async whenKnown<T>({ group, kind }: Manifest, write: () => Promise<T>): Promise<T> {
    for (;;)
      try {
        return await write();
      } catch (e) {
        const since = this.kinds.get(`${group}/${kind}`);
        const isUnknown = e instanceof ApiError && e.isUnknownField;
        if (!isUnknown || since === undefined || Date.now() > since + LISTED) throw e;
        await sleep(200);
      }
  }

  /** A kind that came with an earlier phase. That it is served is said of it a moment before the list of kinds has it. */
  async resourceOf({ apiVersion, kind }: Manifest): Promise<Resource> {
    const until = Date.now() + LISTED;
    for (;;) {
      const kinds = await discover(this.cluster);
      const found = kinds.find(apiVersion, kind);
      if (found) return found;
      if (Date.now() > until)
        throw new Error(
          `the server does not list ${apiVersion} ${kind}, ${LISTED / 1000} s after its CustomResourceDefinition was written: see whether that has the version with served: true; where it has, mesh apply again, which goes on from there`,
        );
      await sleep(200);
      forgetKinds(this.cluster, kinds);
    }
  }

  /** Deletes what was seen, and nothing that somebody made or changed since. */
  async remove(
    { key, live: planned, manifest }: PlannedObject,
    { drains = false, isReplaced = false }: Removal = {},
  ): Promise<void> {
    // it may have been written in between
    const live = this.last.get(key) ?? planned!;
    const { resource, uid } = live;
    const path = pathOf(resource, manifest.namespace, manifest.name);
    const what = nameText(manifest);
    const isSame = isReplaced ? isUnchanged : isMember;
    await asSeen(this.cluster, live, isSame, ({ resourceVersion }) =>
      this.cluster.send({
        method: 'DELETE',
        path,
        what,
        before: this.o.before,
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          propagationPolicy: drains ? 'Foreground' : 'Background',
          preconditions: { uid, resourceVersion },
        },
      }),
    ).catch((e) => {
      if (!(e instanceof ApiError) || e.status !== 404) throw e; // gone is what was wanted
    });
    if (isCrd(manifest)) forgetKinds(this.cluster);
    const until = Date.now() + this.o.timeout;
    while (isReplaced) {
      const there = await this.cluster
        .send({ method: 'GET', path, what })
        .catch((e) => (e instanceof ApiError && e.status === 404 ? undefined : Promise.reject(e)));
      if (!there || there.body.metadata.uid !== uid) return;
      if (Date.now() > until)
        throw new Error(`${what} does not go: its finalizers (${there.body.metadata.finalizers ?? 'none'}) hold it`);
      await sleep(200);
    }
  }

  /**
   * Deletes an object and makes it anew; where that fails, as it was.
   * @returns what the server warns of
   */
  async replace(p: PlannedObject, w: Write): Promise<readonly string[]> {
    await this.remove(p, { isReplaced: true });
    const { live: _, ...anew } = p;
    try {
      return await this.put({ ...anew, force: false }, w);
    } catch (e) {
      const { metadata, status: _status, ...rest } = p.live!.manifest.object;
      const { managedFields, resourceVersion, uid, generation, creationTimestamp, ...meta } = metadata;
      await send(this.cluster, this.o.manager, { ...anew, body: { ...rest, metadata: meta }, force: true });
      throw new Error(`${(e as Error).message}; it was made again as it was`);
    }
  }
}
