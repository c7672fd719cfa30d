import { ApiError } from '../../cluster/api-error';
import { forgetKinds } from '../../cluster/discovery';
import type { Cluster } from '../../cluster/transport';
import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { isAwaited, notInEffect, notReady, unready } from '../../order/facts/readiness';
import type { Write } from '../../order/phase';
import type { ApplyOptions, ApplyResult, WaitedFor } from '../apply';
import { nameText } from '../named';
import { isCrd, kindOfCrd } from '../plan/desired';
import type { Plan } from '../plan/plan';
import { planId } from '../plan/plan-json';
import type { PlannedObject } from '../plan/planned-object';
import { type Awaited, waitFor } from '../wait';
import { SETTLE, settle } from './barrier';
import { Listener } from './listener';
import { type Ended, RunRecord } from './run-record';
import { neverServed, unserved } from './served';
import { Writer } from './writer';

/** For how long is waited where nobody says, in milliseconds. */
export const TIMEOUT = 300_000;

/** A plan that is being carried out. */
export class Run {
  private readonly written: string[] = [];
  /** Writes that were done, or failed. */
  private readonly tried = new Set<Write>();
  private readonly failed: ApplyResult['failed'][number][] = [];
  private readonly warnings: NonNullable<ApplyResult['warnings']>[number][] = [];
  private readonly planned: ReadonlyMap<string, PlannedObject>;
  /** Workloads that go, and are waited for. */
  private readonly draining: ReadonlySet<string>;
  /** Workloads of the set that were not ready before. */
  private readonly unready: readonly PlannedObject[];
  private readonly writer: Writer;
  private readonly record: RunRecord;
  private readonly listener: Listener;
  /** Nothing new is begun after it. */
  private readonly stop: AbortSignal;

  constructor(
    private readonly cluster: Cluster,
    private readonly plan: Plan,
    private readonly o: ApplyOptions,
    /** Ends it. */
    stop?: AbortSignal,
    /** Waits until it is sure that nobody else is at it. */
    alone: () => Promise<void> = async () => {},
  ) {
    this.planned = new Map(plan.objects.map((p) => [p.key, p]));
    this.draining = new Set(plan.phases.flatMap((p) => p.gone.map(keyOf)));
    this.unready = plan.objects.filter((p) => p.action !== 'delete' && p.live && unready(p.live.manifest) !== undefined);
    this.listener = new Listener((e) => o.onEvent?.(e));
    this.stop = AbortSignal.any([...(stop ? [stop] : []), cluster.ending, this.listener.failed]);
    const before = async () => {
      this.stop.throwIfAborted();
      await alone();
      this.stop.throwIfAborted();
    };
    this.writer = new Writer(cluster, { manager: plan.manager, before, timeout: o.timeout ?? TIMEOUT });
    this.record = new RunRecord(cluster, plan, { version: o.version, plan: o.approved && planId(o.approved), before });
  }

  /** From the first phase to the last, or to the one that it cannot go beyond. */
  async go(): Promise<ApplyResult> {
    const { phases } = this.plan;
    await this.record.of(1);
    // what the broken run wrote last may not have reached the proxies
    if (this.plan.interrupted) {
      const left = await this.settle(0);
      if (left) return this.ended(0, 'not heard', left);
    }
    for (const [i, { writes, pods, gone, settles }] of phases.entries()) {
      this.stop.throwIfAborted();
      if (i > 0) await this.record.of(i + 1);
      this.listener.tell({ type: 'phase', phase: i + 1, of: phases.length, writes: writes.length });
      // objects may have fields that their kind comes to have with it
      for (const some of [writes.filter((w) => isCrd(w.object)), writes.filter((w) => !isCrd(w.object))])
        await Promise.all(some.map((w) => this.write(w, i + 1)));
      this.stop.throwIfAborted();
      if (this.failed.length > 0) return this.ended(i + 1, 'refused');
      await this.established(writes, phases.slice(i + 1));
      if (pods.length > 0) {
        const left = await this.ready(pods.filter((m) => this.isComing(keyOf(m))));
        if (left.size > 0) return this.ended(i + 1, 'not ready', Object.fromEntries(left));
      }
      if (gone.length > 0) {
        const left = await this.drained(gone);
        if (left.size > 0) return this.ended(i + 1, 'not ready', Object.fromEntries(left));
      }
      if (settles) {
        const left = await this.settle(i + 1);
        if (left) return this.ended(i + 1, 'not heard', left);
      }
    }
    const result = await this.waited();
    await this.record.done();
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
    await this.listener.heard();
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
    const { written, failed, warnings } = this;
    return { written, failed, pending: [...names], notReady: left, ...(warnings.length > 0 ? { warnings } : {}) };
  }

  /** A phase that the run could not go beyond. */
  private async ended(phase: number, why: Ended, left: Readonly<Record<string, string>> = {}): Promise<ApplyResult> {
    // where that cannot be said either, it reads as if it was broken off
    await this.record.of(Math.max(1, phase), why).catch(() => undefined);
    await this.listener.heard();
    return this.result(phase, left);
  }

  private async write(w: Write, phase: number): Promise<void> {
    const p = this.planned.get(w.key)!;
    const object = nameText(w.object);
    const replaces = p.action === 'replace' && w.action === 'change';
    try {
      let warned: readonly string[] = [];
      if (w.action === 'delete') await this.writer.remove(p, { drains: this.draining.has(w.key) });
      else warned = await (replaces ? this.writer.replace(p, w) : this.writer.put(p, w));
      this.written.push(object);
      this.tried.add(w);
      this.warnings.push(...warned.map((message) => ({ object, message })));
      const warnings = warned.length > 0 ? { warnings: warned } : {};
      this.listener.tell({ type: 'written', phase, action: replaces ? 'replace' : w.action, object, wide: w.wide, ...warnings });
    } catch (e) {
      if (e === this.stop.reason) return; // it was not sent any more
      const { message } = e as Error;
      this.tried.add(w);
      this.failed.push({
        object,
        message,
        ...(e instanceof ApiError && e.conflicts.length > 0 ? { conflicts: e.conflicts } : {}),
      });
      this.listener.tell({ type: 'failed', phase, object, message });
    }
  }

  /** Waits until the server serves the kinds that a phase brings, and that later ones write objects of. */
  private async established(writes: readonly Write[], later: Plan['phases']): Promise<void> {
    const stays = (w: Write) => w.action !== 'delete';
    const needed = new Set(later.flatMap((p) => p.writes.filter(stays).map(({ object: m }) => `${m.group}/${m.kind}`)));
    const coming = writes.filter((w) => stays(w) && isCrd(w.object) && needed.has(kindOfCrd(w.object)));
    if (coming.length === 0) return;
    const left = await this.waitFor(
      'kinds',
      coming.map((w) => w.object),
      unserved,
    );
    if (left.size > 0) throw new Error(neverServed(left));
    forgetKinds(this.cluster);
  }

  /** Whether a workload's pods come up by a write, or are coming up still: not where nothing of it had to be changed. */
  private isComing(key: string): boolean {
    const p = this.planned.get(key);
    return p === undefined || p.action === 'keep' || this.writer.changed.has(key) || this.unready.includes(p);
  }

  private ready(objects: readonly Manifest[], reason: (live: any) => string | undefined = notReady) {
    return this.waitFor('pods', objects, (live) => (live ? reason(live) : 'is gone'));
  }

  /** Waits for workloads that were deleted in a way that they are there as long as their pods. */
  private drained(objects: readonly Manifest[]) {
    const uids = new Set(objects.map((m) => this.planned.get(keyOf(m))!.live!.uid));
    return this.waitFor('pods', objects, (live) =>
      live && uids.has(live.metadata.uid) ? 'its pods are not gone yet' : undefined,
    );
  }

  private async waitFor(
    what: WaitedFor,
    objects: readonly Manifest[],
    reason: (live: any | undefined) => string | undefined,
  ): Promise<ReadonlyMap<string, string>> {
    return waitFor(this.cluster, await this.awaited(objects), {
      timeout: this.o.timeout ?? TIMEOUT,
      signal: this.stop,
      reason,
      progress: (left) => this.listener.tell({ type: 'waiting', for: what, left: Object.fromEntries(left) }),
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
    const waiting = (left: Readonly<Record<string, string>>) => this.listener.tell({ type: 'waiting', for: 'proxies', left });
    waiting({});
    const { by, why, left } = await settle(this.cluster, {
      time: this.o.barrier ?? SETTLE,
      timeout: this.o.timeout ?? TIMEOUT,
      istiod: this.o.istiod ?? 'istio-system',
      signal: this.stop,
      progress: waiting,
    });
    this.listener.tell({ type: 'settled', phase, by, ...(why === undefined ? {} : { why }) });
    return Object.keys(left).length > 0 ? left : undefined;
  }
}
