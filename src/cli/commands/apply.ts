import type { ApplyEvent, ApplyResult } from '../../apply/apply';
import type { Cluster } from '../../cluster/transport';
import { type ApprovedPlan, asApproved, readPlan } from '../approved-plan';
import { type ClusterArgs, type Coming, eachContext, withComing } from '../cluster';
import { color, EXIT, errorColor, Failure, failureOf, print, printError, progress, progressDone, reportError } from '../output';
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

const INTERRUPTED = 130;
/** Asked to end: by hand, by a pipeline, by a terminal that is closed. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Applies manifests: what is referred to first, what is taken away last. */
export async function applyCommand(a: ApplyArgs): Promise<number> {
  if (!a.yes && !a.dryRun && !(process.stdin.isTTY && process.stderr.isTTY && !a.json))
    throw new Failure('there is nobody to ask: say --yes, or --dry-run to look only', EXIT.usage);
  const approved = a.plan === undefined ? undefined : readPlan(a.plan);
  const args = approved ? asApproved(a, approved) : a;
  return withComing(args.path, (coming) => applyEach(args, coming, approved));
}

async function applyEach(a: ApplyArgs, coming: Coming, approved: ApprovedPlan | undefined): Promise<number> {
  const stop = new AbortController();
  // the first finishes what is under way; the second does not wait for it
  const interrupt = () => (stop.signal.aborted ? process.exit(INTERRUPTED) : stop.abort(new Error('interrupted')));
  for (const signal of ENDING) process.on(signal, interrupt);
  try {
    return await eachContext(
      a,
      async (cluster) => {
        const made = await plannedWhenGone(a, cluster, coming, { waits: !a.dryRun && !approved, signal: stop.signal });
        if (approved) {
          const { moved, planFile } = require('../../apply/plan-json') as typeof import('../../apply/plan-json');
          const now = planFile(made.plan, cluster.access.server.href);
          const since = moved(approved, now);
          const way = approved.server === now.server ? '' : `, or say --context ${approved.context}, of which it was made`;
          if (since.length > 0)
            throw new Failure(
              since.map((message) => ({ message: `the plan does not hold any more: ${message}` })),
              EXIT.failure,
              { hint: `make a new one: mesh plan --out FILE${way}` },
            );
        }
        return carryOut(a, cluster, made, stop.signal);
      },
      (e, context) => {
        if (stop.signal.aborted) throw e;
        if (!a.json) return reportError(e, { json: false, verbose: a.verbose === true });
        const { problems, exit } = failureOf(e);
        print(JSON.stringify({ type: 'error', context, errors: problems }));
        return exit;
      },
    );
  } catch (e) {
    if (!stop.signal.aborted) throw e;
    progressDone();
    if (a.json) print(JSON.stringify({ type: 'interrupted' }));
    printError('interrupted: run mesh apply again, it goes on from what is there; nothing has to be unlocked');
    return INTERRUPTED;
  } finally {
    for (const signal of ENDING) process.removeListener(signal, interrupt);
  }
}

/** A plan; where namespaces have to be gone first, that of when they are. They are waited for as long as workloads are, all in all. */
async function plannedWhenGone(
  a: ApplyArgs,
  cluster: Cluster,
  coming: Coming,
  { waits, signal }: { readonly waits: boolean; readonly signal: AbortSignal },
): Promise<Planned> {
  const { stillThere, untilGone, waitsFor } = require('../../apply/leaving') as typeof import('../../apply/leaving');
  const { TIMEOUT } = require('../../apply/apply') as typeof import('../../apply/apply');
  const timeout = a.timeout ?? TIMEOUT;
  const until = Date.now() + timeout;
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
        const waited = { for: 'namespaces', left: Object.fromEntries(now) };
        if (report) report({ type: 'waiting', ...waited });
        else print(JSON.stringify({ type: 'waiting', context, ...waited }));
      },
    }).finally(progressDone);
    if (left.size > 0 || Date.now() >= until) return { ...made, plan: stillThere(made.plan, left, timeout) };
  }
}

async function carryOut(a: ApplyArgs, cluster: Cluster, made: Planned, signal: AbortSignal): Promise<number> {
  const { plan } = made;
  const { context } = cluster.access;
  const refused = isRefused(made) || plan.rights.length > 0;
  if (!a.json) {
    print(asText(made, cluster, a.all));
    reportFindings(made);
  } else if (a.dryRun || refused)
    print(JSON.stringify({ type: refused ? 'refused' : 'plan', context, plan: { context, ...asJson(made) } }));
  if (refused) {
    if (!a.json) printError(`${color.red('error')} nothing was written`);
    return EXIT.failure;
  }
  if (a.dryRun) return EXIT.clean; // as the run would end
  if (plan.phases.length > 0 && !a.yes && !(await confirmed(cluster, signal))) {
    print('nothing was written');
    return EXIT.clean;
  }
  const { version } = require('../../../../package.json') as { version: string };
  const report = a.json ? undefined : reporter(plan.phases.reduce((n, p) => n + p.writes.length, 0));
  const { applyPlan, BrokenOff } = require('../../apply/apply') as typeof import('../../apply/apply');
  const result = await applyPlan(cluster, plan, {
    version,
    signal,
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
      if (!signal.aborted && e instanceof BrokenOff) {
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

/** What is being done, in a line that is written over, or in a log line by line. */
function reporter(total: number): (e: ApplyEvent) => void {
  let done = 0;
  let said = '';
  let waited = Number.NEGATIVE_INFINITY;
  const say = (text: string) => {
    if (text !== said) progress(text);
    said = text;
  };
  return (e) => {
    if (e.type === 'phase' && e.of > 1) say(`phase ${e.phase} of ${e.of}: ${e.writes} ${e.writes === 1 ? 'object' : 'objects'}`);
    else if (e.type === 'written') {
      done++;
      // in a log, a line for each tenth
      if (process.stderr.isTTY || total <= 20 || done % Math.ceil(total / 10) === 0 || done === total)
        say(`${bar(done, total)}${done} of ${total}  ${e.object}${e.wide ? ' (both as it is and as it is to be)' : ''}`);
    } else if (e.type === 'waiting') {
      const left = Object.entries(e.left);
      if (e.for === 'proxies') say('waiting until the proxies have heard of it');
      else if (left.length > 0 && (process.stderr.isTTY || performance.now() - waited >= LOGGED)) {
        waited = performance.now();
        const what = e.for === 'namespaces' ? 'namespace' : 'workload';
        say(`waiting for ${left.length} ${what}${left.length === 1 ? '' : 's'}: ${left[0]![0]} ${left[0]![1]}`);
      }
    } else if (e.type === 'settled') say(e.why === undefined ? e.by : `${e.by}, since istiod cannot be asked: ${e.why}`);
  };
}

/** In a log, between two lines about what is waited for, in milliseconds. */
const LOGGED = 5000;
const WIDTH = 20;
const bar = (done: number, total: number): string => {
  if (!process.stderr.isTTY) return '';
  const full = Math.round((done / total) * WIDTH);
  return `[${'='.repeat(full)}${' '.repeat(WIDTH - full)}] `;
};

function resultText({ written, failed, pending, notReady }: ApplyResult): string {
  const out: string[] = [];
  for (const f of failed) out.push(`${color.red('failed')} ${f.message.startsWith(f.object) ? '' : `${f.object}: `}${f.message}`);
  for (const [object, why] of Object.entries(notReady)) out.push(`${color.yellow('not ready')} ${object}: ${why}`);
  if (pending.length > 0)
    out.push(
      `${color.yellow('not written')} ${namesText(pending)}: what they rely on is not there; run mesh apply again when it can be`,
    );
  if (failed.length > 0)
    out.push(
      'what was written stays; mend what failed and run mesh apply again (with --verify the server is asked before anything is written)',
    );
  const counts = [
    `${written.length} written`,
    ...(failed.length > 0 ? [`${failed.length} failed`] : []),
    ...(pending.length > 0 ? [`${pending.length} not tried`] : []),
  ];
  return [...out, counts.join(', ')].join('\n');
}

/** What was done, and what was not, by a run that cannot go on. */
function brokenOffText({ written, failed, pending }: ApplyResult): string {
  const out = failed.map(
    (f) => `${errorColor.red('failed')} ${f.message.startsWith(f.object) ? '' : `${f.object}: `}${f.message}`,
  );
  if (written.length > 0) out.push(`written ${namesText(written)}`);
  if (pending.length > 0) out.push(`${errorColor.yellow('not written')} ${namesText(pending)}`);
  const left = 'mesh apply again goes on from there, nothing has to be unlocked';
  return [...out, `${written.length} written before it ended: ${left}`].join('\n');
}

/** Objects by their names; where they are many, how many of which kind. */
function namesText(names: readonly string[]): string {
  if (names.length <= NAMES) return names.join(', ');
  const { counted } = require('../../apply/folded') as typeof import('../../apply/folded');
  const { named } = require('../../apply/named') as typeof import('../../apply/named');
  return counted(names.map((n) => ({ object: named(n), said: '' })))
    .map(({ count, objects }) => `${count} ${objects}`)
    .join(', ');
}
const NAMES = 20;

async function confirmed(cluster: Cluster, signal: AbortSignal): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises');
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await asking.question(`apply this to ${cluster.access.context}? [y/N] `, { signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    asking.close();
  }
}
