import { ApiError } from '../../cluster/api-error';
import { forgetKinds } from '../../cluster/discovery';
import type { Cluster } from '../../cluster/transport';
import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { isAwaited, notInEffect, notReady, unready } from '../../order/facts/readiness';
import type { Write } from '../../order/phase';
import type { ApplyEvent, ApplyOptions, ApplyResult } from '../apply';
import { nameText } from '../named';
import type { Plan } from '../plan/plan';
import { planId } from '../plan/plan-json';
import type { PlannedObject } from '../plan/planned-object';
import { type Awaited, waitFor } from '../wait';
import { SETTLE, settle } from './barrier';
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
  private readonly planned: ReadonlyMap<string, PlannedObject>;
  /** Workloads of the set that were not ready before. */
  private readonly unready: readonly PlannedObject[];
  private readonly writer: Writer;
  private readonly record: RunRecord;

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
    const before = async () => {
      stop.throwIfAborted();
      await alone();
      stop.throwIfAborted();
    };
    this.writer = new Writer(cluster, { manager: plan.manager, before, timeout: o.timeout ?? TIMEOUT });
    this.record = new RunRecord(cluster, plan, { version: o.version, plan: o.approved && planId(o.approved), before });
  }

  /** What a handler that takes its time failed with: it ends the run as one that fails at once. */
  private trouble: { readonly error: unknown } | undefined;

  private tell(e: ApplyEvent): void {
    if (this.trouble) throw this.trouble.error;
    Promise.resolve(this.o.onEvent?.(e)).catch((error) => {
      this.trouble ??= { error };
    });
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
    for (const [i, { writes, awaited, pods, settles }] of phases.entries()) {
      this.stop.throwIfAborted();
      if (i > 0) await this.record.of(i + 1);
      this.tell({ type: 'phase', phase: i + 1, of: phases.length, writes: writes.length });
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

  /** A phase that the run could not go beyond. */
  private async ended(phase: number, why: Ended, left: Readonly<Record<string, string>> = {}): Promise<ApplyResult> {
    // where that cannot be said either, it reads as if it was broken off
    await this.record.of(Math.max(1, phase), why).catch(() => undefined);
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
      this.tell({ type: 'written', phase, action: replaces ? 'replace' : w.action, object, wide: w.wide });
    } catch (e) {
      if (e === this.stop.reason) return; // it was not sent any more
      const { message } = e as Error;
      this.tried.add(w);
      this.failed.push({
        object,
        message,
        ...(e instanceof ApiError && e.conflicts.length > 0 ? { conflicts: e.conflicts } : {}),
      });
      this.tell({ type: 'failed', phase, object, message });
    }
  }

  private async established(writes: readonly Write[]): Promise<void> {
    const crds = await this.awaited(writes.flatMap((w) => (w.object.kind === 'CustomResourceDefinition' ? [w.object] : [])));
    const left = await waitFor(this.cluster, crds, {
      timeout: this.o.timeout ?? TIMEOUT,
      reason: unserved,
    });
    if (left.size > 0) throw new Error(neverServed(left));
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
      progress: (left) => this.tell({ type: 'waiting', for: 'pods', left: Object.fromEntries(left) }),
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
    const waiting = (left: Readonly<Record<string, string>>) => this.tell({ type: 'waiting', for: 'proxies', left });
    waiting({});
    const { by, why, left } = await settle(this.cluster, {
      time: this.o.barrier ?? SETTLE,
      timeout: this.o.timeout ?? TIMEOUT,
      istiod: this.o.istiod ?? 'istio-system',
      signal: this.stop,
      progress: waiting,
    });
    this.tell({ type: 'settled', phase, by, ...(why === undefined ? {} : { why }) });
    return Object.keys(left).length > 0 ? left : undefined;
  }
}
