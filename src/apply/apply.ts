import type { ApiError } from '../cluster/api-error';
import type { Cluster } from '../cluster/transport';
import type { Write } from '../order/phase';
import { checkProperties, type Properties } from '../values/properties';
import { readParent } from './apply-set';
import { hold } from './lease';
import type { Plan } from './plan/plan';
import type { PlanFile } from './plan/plan-json';
import type { Settled } from './run/barrier';
import { Run } from './run/run';

/** What a run waits for: pods of workloads, proxies that have to hear, kinds that the server comes to serve, namespaces that go. */
export type WaitedFor = 'pods' | 'proxies' | 'kinds' | 'namespaces';

/** What happens while a plan is carried out. */
export type ApplyEvent =
  /** A phase begins, from 1, with how many writes. */
  | { readonly type: 'phase'; readonly phase: number; readonly of: number; readonly writes: number }
  /** An object is written; `wide` where in a form that is in no file. */
  | {
      readonly type: 'written';
      readonly phase: number;
      readonly action: Write['action'] | 'replace';
      readonly object: string;
      readonly wide: boolean;
      /** What the server warns of; none where it does not. */
      readonly warnings?: readonly string[];
    }
  /** The server refused an object. */
  | { readonly type: 'failed'; readonly phase: number; readonly object: string; readonly message: string }
  /** Something is waited for: what is left, each with its reason. */
  | { readonly type: 'waiting'; readonly for: WaitedFor; readonly left: Readonly<Record<string, string>> }
  /** Proxies have heard of a phase, as far as is known; of a fixed time, why istiod was not asked. */
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
  /** The approved plan that is carried out, so that it may be gone on with: see `planId`. @default - one that nobody approved in a file */
  readonly approved?: PlanFile;
  /** Ends the run: what is under way is finished, nothing new is begun, and the Lease is given back. */
  readonly signal?: AbortSignal;
  /**
   * Is told what happens. Where it fails, at once or later, the run is broken off, and what was written by then is told as written.
   * What it returns is waited for at the end.
   */
  onEvent?(e: ApplyEvent): unknown;
}

/** What came of it. */
export interface ApplyResult {
  /** `VirtualService/shop/web`, in the order in which they were written. */
  readonly written: readonly string[];
  /** What was refused, with the server's words and, where others own fields of it, whose they are. */
  readonly failed: readonly { readonly object: string; readonly message: string; readonly conflicts?: ApiError['conflicts'] }[];
  /** What the server took and warned of. @default nothing */
  readonly warnings?: readonly { readonly object: string; readonly message: string }[];
  /** What was to be written after that, and was not. */
  readonly pending: readonly string[];
  /** What is not ready, of what was written and of what the set had before, with the reasons; and proxies that have not heard. */
  readonly notReady: Readonly<Record<string, string>>;
}

/** A run that came to no end of its own: the server is away, say, or another took the Lease. Its message is that of what happened. */
export class BrokenOff extends Error {
  /** Tells it from other errors, as `instanceof` does. */
  override readonly name = 'BrokenOff';

  constructor(
    /** What happened: an `ApiError`, say. */
    override readonly cause: unknown,
    /** What was written by then, what failed, and what was not written any more. */
    readonly result: ApplyResult,
  ) {
    super(cause instanceof Error ? cause.message : String(cause));
  }
}

/** Somebody has applied the set since the plan was made, so that it is of a cluster that is no more: nothing was written. */
export class Outdated extends Error {
  /** Tells it from other errors, as `instanceof` does. */
  override readonly name = 'Outdated';
}

const OPTIONS: Properties<ApplyOptions> = {
  version: 'text',
  barrier: 'number?',
  timeout: 'number?',
  istiod: 'text?',
  approved: 'map?',
  signal: 'any?',
  onEvent: 'any?',
};

/**
 * Carries a plan out, phase by phase: what a later phase relies on is there, and known to the proxies, before it begins. What
 * fails ends the run after its phase, and nothing is taken away by then. A run that is broken off at any point is gone on with
 * by the next one, which begins with a wait.
 * @throws where the plan has refusals, or another run is under way; {@link Outdated} where one was under way since the plan was made;
 * {@link BrokenOff} where it had begun and cannot go on
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
  try {
    await upToDate(cluster, plan);
    const stop = o.signal ? AbortSignal.any([held.lost, o.signal]) : held.lost;
    const run = new Run(cluster, plan, o, stop, () => held.sure());
    return await run.go().catch((e) => {
      throw new BrokenOff(e, run.soFar());
    });
  } finally {
    await held.release();
  }
}

/** @throws {Outdated} where the set was applied since the plan was made; who waits for the Lease of another run finds that */
async function upToDate(cluster: Cluster, { set, parent, isParentHidden }: Plan): Promise<void> {
  if (isParentHidden) return;
  const now = await readParent(cluster, set);
  if (now?.resourceVersion !== parent?.resourceVersion)
    throw new Outdated(
      `${set.namespace}/${set.name} was written to since the plan was made, by another run most likely, so nothing was written: it has to be planned again`,
    );
}
