import { hostname, userInfo } from 'node:os';
import { ApiError } from '../cluster/api-error';
import { forgetKinds } from '../cluster/discovery';
import type { Cluster } from '../cluster/transport';
import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import type { Write } from '../order/phase';
import { isAwaited, notInEffect, notReady, unready } from '../order/readiness';
import { checkProperties, type Properties } from '../values/properties';
import { groupKind, type Parent, type Run as RunRecord, writeParent } from './apply-set';
import { SETTLE, type Settled, settle } from './barrier';
import { hold } from './lease';
import { nameText } from './named';
import type { Plan } from './plan';
import type { PlannedObject } from './planned-object';
import { type Awaited, waitFor } from './wait';
import { Writer } from './writer';

/** What happens while a plan is carried out. */
export type ApplyEvent =
  | { readonly type: 'phase'; readonly phase: number; readonly of: number; readonly writes: number }
  | {
      readonly type: 'written';
      readonly phase: number;
      readonly action: Write['action'] | 'replace';
      readonly object: string;
      readonly wide: boolean;
    }
  | { readonly type: 'failed'; readonly phase: number; readonly object: string; readonly message: string }
  | { readonly type: 'waiting'; readonly for: string; readonly left: Readonly<Record<string, string>> }
  /** Of a fixed time: why istiod was not asked. */
  | { readonly type: 'settled'; readonly phase: number; readonly by: Settled; readonly why?: string };

/** How to apply. */
export interface ApplyOptions {
  /** What wrote it, as the set records it. */
  readonly version: string;
  /** How long proxies are given to hear of a change where istiod cannot be asked, in milliseconds. @default 5000 */
  readonly barrier?: number;
  /** For how long workloads, and proxies that istiod tells of, are waited for, in milliseconds. @default 300000 */
  readonly timeout?: number;
  /** Istiod's namespace. @default 'istio-system' */
  readonly istiod?: string;
  /** Ends the run: what is under way is finished, nothing new is begun, and the Lease is given back. */
  readonly signal?: AbortSignal;
  onEvent?(e: ApplyEvent): void;
}

/** What came of it. */
export interface ApplyResult {
  /** `VirtualService/shop/web`, in the order in which they were written. */
  readonly written: readonly string[];
  readonly failed: readonly { readonly object: string; readonly message: string; readonly conflicts?: ApiError['conflicts'] }[];
  /** What was to be written after that, and was not. */
  readonly pending: readonly string[];
  /** What is not ready, of what was written and of what the set had before, with the reasons; and proxies that have not heard. */
  readonly notReady: Readonly<Record<string, string>>;
}

/** A run that came to no end of its own: the server is away, say, or another took the Lease. Its message is that of what happened. */
export class BrokenOff extends Error {
  constructor(
    override readonly cause: unknown,
    /** What was written by then, what failed, and what was not written any more. */
    readonly result: ApplyResult,
  ) {
    super(cause instanceof Error ? cause.message : String(cause));
  }
}

/** For how long is waited where nobody says, in milliseconds. */
export const TIMEOUT = 300_000;

type Ended = NonNullable<RunRecord['ended']>;

const OPTIONS: Properties<ApplyOptions> = {
  version: 'text',
  barrier: 'number?',
  timeout: 'number?',
  istiod: 'text?',
  signal: 'any?',
  onEvent: 'any?',
};

/**
 * Carries a plan out, phase by phase: what a later phase relies on is there, and known to the proxies, before it begins. What
 * fails ends the run after its phase, and nothing is taken away by then. A run that is broken off at any point is gone on with
 * by the next one, which begins with a wait.
 * @throws where the plan has refusals, or another run is under way; {@link BrokenOff} where it had begun and cannot go on
 */
export async function applyPlan(cluster: Cluster, plan: Plan, o: ApplyOptions): Promise<ApplyResult> {
  checkProperties(o, OPTIONS, 'the options of applyPlan');
  for (const name of ['barrier', 'timeout'] as const)
    if (o[name] !== undefined && !(o[name] >= 0))
      throw new Error(`${name} of applyPlan is ${o[name]}: it has to be milliseconds`);
  if (plan.refusals.length > 0) throw new Error(`the plan has ${plan.refusals.length} refusals: nothing is written while it has`);
  if (plan.rights.length > 0) throw new Error(`you may not ${plan.rights.join('; ')}: nothing is written without these rights`);
  if (plan.phases.length === 0 && !plan.interrupted) return new Run(cluster, plan, o, o.signal).waited();
  const held = await hold(cluster, plan.set, o.signal);
  const stop = o.signal ? AbortSignal.any([held.lost, o.signal]) : held.lost;
  const run = new Run(cluster, plan, o, stop, () => held.sure());
  try {
    return await run.go();
  } catch (e) {
    throw new BrokenOff(e, run.soFar());
  } finally {
    await held.release();
  }
}

class Run {
  private readonly written: string[] = [];
  /** Writes that were done, or failed. */
  private readonly tried = new Set<Write>();
  private readonly failed: ApplyResult['failed'][number][] = [];
  private readonly planned: ReadonlyMap<string, PlannedObject>;
  /** Workloads of the set that were not ready before. */
  private readonly unready: readonly PlannedObject[];
  private readonly writer: Writer;
  /** Waited for before anything is written; throws when nothing is to be any more. */
  private readonly before: () => Promise<void>;
  private readonly began = new Date();

  constructor(
    private readonly cluster: Cluster,
    private readonly plan: Plan,
    private readonly o: ApplyOptions,
    /** Nothing new is begun after it. */
    private readonly stop: AbortSignal = new AbortController().signal,
    /** Waits until it is sure that nobody else is at it. */
    alone: () => Promise<void> = async () => {},
  ) {
    this.planned = new Map(plan.objects.map((p) => [p.key, p]));
    this.unready = plan.objects.filter((p) => p.action !== 'delete' && p.live && unready(p.live.manifest) !== undefined);
    this.before = async () => {
      stop.throwIfAborted();
      await alone();
      stop.throwIfAborted();
    };
    this.writer = new Writer(cluster, { manager: plan.manager, before: this.before, timeout: o.timeout ?? TIMEOUT });
  }

  async go(): Promise<ApplyResult> {
    const { phases } = this.plan;
    await this.record(1);
    // what the broken run wrote last may not have reached the proxies
    if (this.plan.interrupted) {
      const left = await this.settle(0);
      if (left) return this.ended(0, 'not heard', left);
    }
    for (const [i, { writes, awaited, pods, settles }] of phases.entries()) {
      this.stop.throwIfAborted();
      if (i > 0) await this.record(i + 1);
      this.o.onEvent?.({ type: 'phase', phase: i + 1, of: phases.length, writes: writes.length });
      await Promise.all(writes.map((w) => this.write(w, i + 1)));
      this.stop.throwIfAborted();
      if (this.failed.length > 0) return this.ended(i + 1, 'refused');
      if (awaited.some((f) => f.startsWith('kind '))) await this.established(writes);
      if (pods.length > 0) {
        const left = await this.ready(pods.filter((m) => this.isComing(keyOf(m))));
        if (left.size > 0) return this.ended(i + 1, 'not ready', Object.fromEntries(left));
      }
      if (settles) {
        const left = await this.settle(i + 1);
        if (left) return this.ended(i + 1, 'not heard', left);
      }
    }
    const result = await this.waited();
    await this.before();
    await writeParent(this.cluster, this.plan.set, this.members(), this.o.version);
    return result;
  }

  /** Waits for what was written, and for what was there before and is not ready. */
  async waited(): Promise<ApplyResult> {
    const { phases } = this.plan;
    const written = phases.flatMap((p) => p.writes).filter((w) => w.action !== 'delete' && isAwaited(w.object));
    const left = await this.ready(
      [...written.filter((w) => this.isComing(w.key)).map((w) => w.object), ...this.unready.map((p) => p.manifest)],
      notInEffect,
    );
    return this.result(phases.length, Object.fromEntries(left));
  }

  /** What came of it until now. */
  soFar(): ApplyResult {
    return this.resultOf(
      this.plan.phases.flatMap((p) => p.writes).filter((w) => !this.tried.has(w)),
      {},
    );
  }

  private result(phase: number, left: Readonly<Record<string, string>>): ApplyResult {
    return this.resultOf(
      this.plan.phases.slice(phase).flatMap((p) => p.writes),
      left,
    );
  }

  private resultOf(pending: readonly Write[], left: Readonly<Record<string, string>>): ApplyResult {
    const names = new Set(pending.map((w) => nameText(w.object)));
    return { written: this.written, failed: this.failed, pending: [...names], notReady: left };
  }

  /** What the set holds once all is written. */
  private members(): Parent {
    const { objects, stays, isPartial, parent } = this.plan;
    const all = [...objects.filter((p) => p.action !== 'delete').map((p) => p.manifest), ...stays];
    const held = isPartial ? parent : undefined;
    return {
      groupKinds: [...all.map(groupKind), ...(held?.groupKinds ?? [])],
      namespaces: [...all.map((m) => m.namespace), ...(held?.namespaces ?? [])],
    };
  }

  /** What the set held and will hold, and that a run is under way: whoever breaks off after it leaves nothing that is not found. */
  private async record(phase: number, ended?: Ended): Promise<void> {
    const all = this.plan.objects.map((p) => p.manifest);
    const { parent } = this.plan;
    await this.before();
    await writeParent(
      this.cluster,
      this.plan.set,
      {
        groupKinds: [...all.map(groupKind), ...(parent?.groupKinds ?? [])],
        namespaces: [...all.map((m) => m.namespace), ...(parent?.namespaces ?? [])],
        run: {
          began: this.began.toISOString(),
          phase,
          of: this.plan.phases.length,
          by: `${userInfo().username}@${hostname()}`,
          ...(ended ? { ended } : {}),
        },
      },
      this.o.version,
    );
  }

  /** A phase that the run could not go beyond. */
  private async ended(phase: number, why: Ended, left: Readonly<Record<string, string>> = {}): Promise<ApplyResult> {
    // where that cannot be said either, it reads as if it was broken off
    await this.record(Math.max(1, phase), why).catch(() => undefined);
    return this.result(phase, left);
  }

  private async write(w: Write, phase: number): Promise<void> {
    const p = this.planned.get(w.key)!;
    const object = nameText(w.object);
    const replaces = p.action === 'replace' && w.action === 'change';
    try {
      if (w.action === 'delete') await this.writer.remove(p);
      else if (replaces) await this.writer.replace(p, w);
      else await this.writer.put(p, w);
      this.written.push(object);
      this.tried.add(w);
      this.o.onEvent?.({ type: 'written', phase, action: replaces ? 'replace' : w.action, object, wide: w.wide });
    } catch (e) {
      if (e === this.stop.reason) return; // it was not sent any more
      const { message } = e as Error;
      this.tried.add(w);
      this.failed.push({
        object,
        message,
        ...(e instanceof ApiError && e.conflicts.length > 0 ? { conflicts: e.conflicts } : {}),
      });
      this.o.onEvent?.({ type: 'failed', phase, object, message });
    }
  }

  private async established(writes: readonly Write[]): Promise<void> {
    const crds = await this.awaited(writes.flatMap((w) => (w.object.kind === 'CustomResourceDefinition' ? [w.object] : [])));
    const left = await waitFor(this.cluster, crds, {
      timeout: this.o.timeout ?? TIMEOUT,
      reason: (live) =>
        (live?.status?.conditions ?? []).some((c: any) => c.type === 'Established' && c.status === 'True')
          ? undefined
          : 'is not served yet',
    });
    if (left.size > 0) throw new Error(`the kinds ${[...left.keys()].join(', ')} are not served by the server`);
    forgetKinds(this.cluster);
  }

  /** Whether a workload's pods come up by a write, or are coming up still: not where nothing of it had to be changed. */
  private isComing(key: string): boolean {
    const p = this.planned.get(key);
    return p === undefined || p.action === 'keep' || this.writer.changed.has(key) || this.unready.includes(p);
  }

  private async ready(
    objects: readonly Manifest[],
    reason: (live: any) => string | undefined = notReady,
  ): Promise<ReadonlyMap<string, string>> {
    return waitFor(this.cluster, await this.awaited(objects), {
      timeout: this.o.timeout ?? TIMEOUT,
      signal: this.stop,
      reason: (live) => (live ? reason(live) : 'is gone'),
      progress: (left) => this.o.onEvent?.({ type: 'waiting', for: 'pods', left: Object.fromEntries(left) }),
    });
  }

  private async awaited(objects: readonly Manifest[]): Promise<Awaited[]> {
    const out = new Map<string, Awaited>();
    for (const m of objects) {
      const key = keyOf(m);
      const resource = this.planned.get(key)?.resource ?? (await this.writer.resourceOf(m));
      out.set(key, { key: nameText(m), resource, namespace: m.namespace, name: m.name });
    }
    return [...out.values()];
  }

  /** Waits until the proxies have heard; those that have not in time, if there are some. */
  private async settle(phase: number): Promise<Readonly<Record<string, string>> | undefined> {
    const waiting = (left: Readonly<Record<string, string>>) => this.o.onEvent?.({ type: 'waiting', for: 'proxies', left });
    waiting({});
    const { by, why, left } = await settle(this.cluster, {
      time: this.o.barrier ?? SETTLE,
      timeout: this.o.timeout ?? TIMEOUT,
      istiod: this.o.istiod ?? 'istio-system',
      signal: this.stop,
      progress: waiting,
    });
    this.o.onEvent?.({ type: 'settled', phase, by, ...(why === undefined ? {} : { why }) });
    return Object.keys(left).length > 0 ? left : undefined;
  }
}
