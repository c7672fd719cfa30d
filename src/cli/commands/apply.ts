import type { Cluster } from '../../cluster/transport';
import { reporter } from '../apply-progress';
import { brokenOffText, resultText } from '../apply-result';
import { type ApprovedPlan, asApproved, readPlan } from '../approved-plan';
import { type ClusterArgs, type Coming, eachContext, withComing } from '../cluster';
import { color, EXIT, Failure, failureOf, print, printError, progress, progressDone, reportError } from '../output';
import { asJson, asText, isRefused, type Planned, planned, reportFindings } from './plan';

/** Options of `mesh apply`. */
export interface ApplyArgs extends ClusterArgs {
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly all: boolean;
  readonly plan?: string | undefined;
  /** In milliseconds. */
  readonly barrier?: number | undefined;
  readonly timeout?: number | undefined;
}

/** So many of the objects are told that an approved plan does not hold for. */
const MOVED = 20;
/** Asked to end: by hand, by a pipeline, by a terminal that is closed. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Applies manifests: what is referred to first, what is taken away last. */
export async function applyCommand(a: ApplyArgs): Promise<number> {
  if (!a.yes && !a.dryRun && !(process.stdin.isTTY && process.stderr.isTTY && !a.json))
    throw new Failure('there is nobody to ask: say --yes, or --dry-run to look only', EXIT.usage);
  if (a.plan !== undefined && (a.context?.length ?? 0) > 1)
    throw new Failure('a plan is of one cluster: say --plan for each --context alone', EXIT.usage);
  const approved = a.plan === undefined ? undefined : readPlan(a.plan);
  const args = approved ? asApproved(a, approved) : a;
  return withComing(args.path, (coming) => applyEach(args, coming, approved));
}

async function applyEach(a: ApplyArgs, coming: Coming, approved: ApprovedPlan | undefined): Promise<number> {
  const stop = new AbortController();
  // the first finishes what is under way; the second does not wait for it
  const interrupt = () => (stop.signal.aborted ? process.exit(EXIT.interrupted) : stop.abort(new Error('interrupted')));
  for (const signal of ENDING) process.on(signal, interrupt);
  try {
    return await eachContext(
      a,
      (cluster) =>
        untilUpToDate(a, cluster, async () => {
          const made = await plannedWhenGone(a, cluster, coming, { waits: !a.dryRun && !approved, signal: stop.signal });
          if (approved) {
            const { moved } = require('../../apply/plan/plan-json') as typeof import('../../apply/plan/plan-json');
            const { href } = cluster.access.server;
            const since = moved(approved, made.plan, href);
            const way = approved.server === href ? '' : `, or say --context ${approved.context}, of which it was made`;
            if (since.length > 0)
              throw new Failure(
                [...since.slice(0, MOVED), ...(since.length > MOVED ? [`and so do ${since.length - MOVED} more`] : [])].map(
                  (message) => ({
                    message: `the plan does not hold any more: ${message}`,
                  }),
                ),
                EXIT.failure,
                { hint: `make a new one: mesh plan --out FILE${way}` },
              );
          }
          return carryOut(a, cluster, made, approved, stop);
        }),
      (e, context) => {
        if (stop.signal.aborted) return interruptedAt(context, e, a.json);
        if (!a.json) return reportError(e, { json: false, verbose: a.verbose === true });
        const { problems, exit } = failureOf(e);
        print(JSON.stringify({ type: 'error', context, errors: problems }));
        return exit;
      },
      (why, context) => (a.json ? print(JSON.stringify({ type: 'again', context, why })) : progress(why)),
    );
  } finally {
    for (const signal of ENDING) process.removeListener(signal, interrupt);
  }
}

/** Plans anew where somebody else has applied the set since the plan was made: while it was looked at, or the Lease was theirs. */
async function untilUpToDate(a: ApplyArgs, { access: { context } }: Cluster, run: () => Promise<number>): Promise<number> {
  const { Outdated } = require('../../apply/apply') as typeof import('../../apply/apply');
  for (;;)
    try {
      return await run();
    } catch (e) {
      if (!(e instanceof Outdated)) throw e;
      progressDone();
      if (a.json) print(JSON.stringify({ type: 'outdated', context }));
      else printError(`${e.message}, which is done now`);
    }
}

/** The last that is said of a context where the user has ended it. */
function interruptedAt(context: string, e: unknown, json: boolean): number {
  const { BrokenOff } = require('../../apply/apply') as typeof import('../../apply/apply');
  progressDone();
  if (json) print(JSON.stringify({ type: 'interrupted', context }));
  printError(e instanceof BrokenOff ? 'interrupted' : `interrupted: nothing was written to ${context}`);
  return EXIT.interrupted;
}

/** A plan; where namespaces have to be gone first, that of when they are. They are waited for as long as workloads are, all in all. */
async function plannedWhenGone(
  a: ApplyArgs,
  cluster: Cluster,
  coming: Coming,
  { waits, signal }: { readonly waits: boolean; readonly signal: AbortSignal },
): Promise<Planned> {
  const { stillThere, untilGone, waitsFor } = require('../../apply/plan/leaving') as typeof import('../../apply/plan/leaving');
  const { TIMEOUT } = require('../../apply/run/run') as typeof import('../../apply/run/run');
  const timeout = a.timeout ?? TIMEOUT;
  const until = Date.now() + timeout;
  signal.throwIfAborted();
  const { context } = cluster.access;
  for (;;) {
    const made = await unlessStopped(
      planned({ ...a, verify: a.verify || a.dryRun }, cluster, coming, !a.json || a.dryRun),
      signal,
    );
    const namespaces = waitsFor(made.plan);
    if (!waits || namespaces.length === 0 || made.findings.some((f) => f.severity === 'error')) return made;
    const report = a.json ? undefined : reporter(0);
    const left = await untilGone(cluster, namespaces, {
      timeout: Math.max(0, until - Date.now()),
      signal,
      progress: (now) => {
        const waited = { for: 'namespaces' as const, left: Object.fromEntries(now) };
        if (report) report({ type: 'waiting', ...waited });
        else print(JSON.stringify({ type: 'waiting', context, ...waited }));
      },
    }).finally(progressDone);
    if (left.size > 0 || Date.now() >= until) return { ...made, plan: stillThere(made.plan, left, timeout) };
  }
}

async function carryOut(
  a: ApplyArgs,
  cluster: Cluster,
  made: Planned,
  approved: ApprovedPlan | undefined,
  stop: AbortController,
): Promise<number> {
  const { plan } = made;
  const { context } = cluster.access;
  const refused = isRefused(made) || plan.rights.length > 0;
  if (!a.json) {
    print(asText(a, made, cluster, true));
    reportFindings(a, made);
  } else if (a.dryRun || refused)
    print(JSON.stringify({ type: refused ? 'refused' : 'plan', context, plan: { context, ...asJson(made) } }));
  if (refused) {
    if (!a.json) printError(`${color.red('error')} nothing was written to ${context}`);
    return EXIT.failure;
  }
  if (a.dryRun) return EXIT.clean; // as the run would end
  if (plan.phases.length > 0 && !a.yes && !(await confirmed(cluster, stop))) {
    print('nothing was written');
    return EXIT.findings; // what differs is still to be done
  }
  const { version } = require('../../../../package.json') as { version: string };
  const report = a.json ? undefined : reporter(plan.phases.reduce((n, p) => n + p.writes.length, 0));
  const { applyPlan, BrokenOff } = require('../../apply/apply') as typeof import('../../apply/apply');
  const result = await applyPlan(cluster, plan, {
    version,
    signal: stop.signal,
    ...(approved ? { approved } : {}),
    ...(a.barrier === undefined ? {} : { barrier: a.barrier }),
    ...(a.timeout === undefined ? {} : { timeout: a.timeout }),
    onEvent: (e) => {
      if (report) report(e);
      else {
        const { type, ...rest } = e;
        print(JSON.stringify({ type, context, ...rest }));
      }
    },
  })
    .catch((e) => {
      progressDone();
      if (e instanceof BrokenOff) {
        if (a.json) print(JSON.stringify({ type: 'result', context, ...e.result }));
        else printError(brokenOffText(e.result));
      }
      throw e;
    })
    .finally(progressDone);
  const left = Object.entries(result.notReady);
  if (a.json) print(JSON.stringify({ type: 'result', context, ...result }));
  else print(resultText(result));
  return result.failed.length > 0 || left.length > 0 ? EXIT.failure : EXIT.clean;
}

/** Reading is broken off at once. */
const unlessStopped = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  Promise.race([
    work,
    new Promise<never>((_, reject) => {
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    }),
  ]);

/** @throws where the user ends the run instead; who ends the input says no */
async function confirmed(cluster: Cluster, stop: AbortController): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises');
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  // a terminal that is asked gives Ctrl-C as a key
  asking.on('SIGINT', () => stop.abort(new Error('interrupted')));
  const ended = new Promise<undefined>((resolve) => asking.once('close', () => resolve(undefined)));
  const answered = asking
    .question(`apply this to ${cluster.access.context}? [y/N] `, { signal: stop.signal })
    .catch((e) => (stop.signal.aborted ? Promise.reject(e) : undefined));
  try {
    const answer = await Promise.race([answered, ended]);
    if (answer === undefined) process.stderr.write('\n');
    return /^y(es)?$/i.test(answer?.trim() ?? '');
  } catch (e) {
    process.stderr.write('\n');
    throw e;
  } finally {
    asking.close();
  }
}
