import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Plan } from '../../apply/plan/plan';
import type { Diagnostic } from '../../check/diagnostic';
import type { Rule } from '../../check/rule';
import type { Cluster } from '../../cluster/transport';
import type { Difference } from '../../diff/diff';
import { answerOfEach, type ClusterArgs, type Coming, planOptions, withComing } from '../cluster';
import { color, EXIT, errorColor, Failure, print, printError, progress, progressDone } from '../output';
import { sameFiles } from '../same-files';

/** Options of `mesh plan`. */
export interface PlanArgs extends ClusterArgs {
  readonly all: boolean;
  readonly base?: string | undefined;
  readonly out?: string | undefined;
}

/** Says what `mesh apply` would do, and what that changes for requests. */
export async function planCommand(a: PlanArgs): Promise<number> {
  if (a.base !== undefined) {
    ofNoCluster(a);
    const { planFromBase } = require('../plan-base') as typeof import('../plan-base');
    return planFromBase(a, a.base);
  }
  if (a.out !== undefined && (a.context?.length ?? 0) > 1)
    throw new Failure('a plan to keep is of one cluster: say --out for each --context alone', EXIT.usage);
  if (a.out !== undefined) mayBeWritten(a.out);
  return withComing(a.path, (coming) => planEach(a, coming));
}

/** What is of a cluster, and says nothing where none is asked. */
const OF_CLUSTER = {
  context: (a) => (a.context?.length ?? 0) > 0,
  kubeconfig: (a) => a.kubeconfig !== undefined,
  set: (a) => a.set !== undefined,
  prune: (a) => a.prune === false,
  'max-deletes': (a) => a.maxDeletes !== undefined,
  take: (a) => (a.take?.length ?? 0) > 0,
  delete: (a) => (a.delete?.length ?? 0) > 0,
  rules: (a) => a.rules !== undefined,
  verify: (a) => a.verify === true,
  out: (a) => a.out !== undefined,
} satisfies Record<string, (a: PlanArgs) => boolean>;

/** @throws where an option would be passed over */
function ofNoCluster(a: PlanArgs): void {
  const given = Object.entries(OF_CLUSTER).flatMap(([name, isGiven]) => (isGiven(a) ? [`--${name}`] : []));
  if (given.length === 0) return;
  const check = given.includes('--rules') ? '; the rules are those of mesh check' : '';
  throw new Failure(
    `${given.join(', ')} ${given.length === 1 ? 'is' : 'are'} for a cluster, and --base asks none: leave ${given.length === 1 ? 'it' : 'them'} out, or --base${check}`,
    EXIT.usage,
  );
}

const planEach = (a: PlanArgs, coming: Coming): Promise<number> =>
  answerOfEach(a, async (cluster, answer) => {
    const made = await planned(a, cluster, coming, true);
    // nobody approves what is refused
    if (a.out !== undefined && !isRefused(made)) {
      const { writePlan } = require('../approved-plan') as typeof import('../approved-plan');
      writePlan(a.out, made.plan, cluster, a);
    }
    if (a.json) answer(asJson(made));
    else {
      print(asText(a, made, cluster));
      reportFindings(a, made);
    }
    if (isRefused(made)) {
      if (a.out !== undefined) printError(`${a.out} is not written: what is refused cannot be approved`);
      return EXIT.failure;
    }
    return made.plan.phases.length > 0 ? EXIT.findings : EXIT.clean;
  });

/** @throws where a file cannot be there: told before the cluster is asked */
function mayBeWritten(file: string): void {
  const folder = dirname(resolve(file));
  if (!existsSync(folder)) throw new Failure(`--out is "${file}", and there is no folder "${folder}"`, EXIT.usage);
  if (existsSync(file) && statSync(file).isDirectory())
    throw new Failure(`--out is "${file}", which is a folder: name a file`, EXIT.usage);
}

/** A plan, and what is said with it. */
export interface Planned {
  readonly plan: Plan;
  /** Worked out when it is asked for: a run whose plan nobody reads does without. */
  readonly traffic: () => readonly Difference[];
  readonly findings: readonly Diagnostic[];
}

/**
 * Works a plan out, with what it changes for requests, and what the checker says of it.
 * @param read whether somebody reads what it changes for requests
 */
export async function planned(a: ClusterArgs, cluster: Cluster, { manifests, aside }: Coming, read: boolean): Promise<Planned> {
  // wrong usage, also where there is nothing to do
  const [options, rules] = [planOptions(a, cluster), followed(a.rules)];
  if (!a.json) progress(`reading ${cluster.access.context}`);
  const { plan } = require('../../apply/plan/plan') as typeof import('../../apply/plan/plan');
  const { installationOptions } = require('../installation') as typeof import('../installation');
  try {
    const made = await plan(cluster, manifests, options);
    if (made.phases.length === 0) return { plan: made, traffic: () => [], findings: [] };
    const installation = installationOptions(a, made.after);
    const checked = aside.preflight(made, installation, rules);
    checked.catch(() => undefined); // told where it is waited for
    let known: readonly Difference[] | undefined;
    const changed = () => {
      const { traffic } = require('../../apply/plan/preflight') as typeof import('../../apply/plan/preflight');
      known ??= traffic(made, installation);
      return known;
    };
    // while it is checked
    if (read) changed();
    return { plan: made, traffic: changed, findings: await checked };
  } finally {
    if (!a.json) progressDone();
  }
}

/** The rules that the command line says; nothing for all. */
function followed(rules: string | undefined): readonly Rule[] | undefined {
  if (rules === undefined) return undefined;
  const { RULES } = require('../../check/rules') as typeof import('../../check/rules');
  const { chosenRules } = require('../rules-option') as typeof import('../rules-option');
  return chosenRules(rules, RULES);
}

/** Whether nothing may be written, whoever asks. */
export const isRefused = ({ plan: { refusals }, findings }: Planned): boolean =>
  refusals.length > 0 || findings.some((f) => f.severity === 'error');

const MOST = 20;

/** What the checker says: errors, since nothing is written while there are some, and how many more there are of other findings. */
export function reportFindings(a: ClusterArgs, { findings }: Planned): void {
  const errors = findings.filter((d) => d.severity === 'error');
  for (const d of errors.slice(0, MOST))
    printError(
      `${errorColor.red('refused')} ${d.file}${d.line ? `:${d.line}:${d.column}` : ''} ${d.message}${d.hint ? `: ${d.hint}` : ''} (${d.rule})`,
    );
  if (errors.length > MOST) printError(`and ${errors.length - MOST} more errors`);
  const others = findings.filter((d) => d.severity !== 'error').length;
  if (others > 0)
    printError(
      `${others} ${errors.length > 0 ? 'other ' : ''}${others === 1 ? 'finding is' : 'findings are'} worth a look: mesh check${sameFiles(a)} shows ${others === 1 ? 'it, if the files alone give it' : 'them, as far as the files alone give them'}`,
    );
  if (errors.length > 0)
    printError(
      'nothing is written while there are errors; where one is meant, annotate the object, or leave its rule out: --rules=-name',
    );
}

/** For programs. */
export function asJson({ plan: made, traffic: differences, findings }: Planned): object {
  const { diffJson } = require('../../diff/diff-json') as typeof import('../../diff/diff-json');
  const { planJson } = require('../../apply/plan/plan-json') as typeof import('../../apply/plan/plan-json');
  return { ...planJson(made), traffic: diffJson(differences()), diagnostics: findings };
}

/**
 * For people.
 * @param applies whether it is to be carried out
 */
export function asText(a: ClusterArgs & { readonly all: boolean }, made: Planned, cluster: Cluster, applies = false): string {
  const { planText } = require('../../apply/plan/plan-text') as typeof import('../../apply/plan/plan-text');
  const { context } = cluster.access;
  return planText(made.plan, { context, traffic: made.traffic(), files: sameFiles(a), all: a.all, applies }, color);
}
