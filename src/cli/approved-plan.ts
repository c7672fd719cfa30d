import { existsSync, readFileSync } from 'node:fs';
import type { Plan } from '../apply/plan/plan';
import { type PlanFile, planFile } from '../apply/plan/plan-json';
import type { Cluster } from '../cluster/transport';
import { writeFile } from '../synth/write-file';
import { isEqual } from '../values/equal';
import type { ClusterArgs } from './cluster';
import { EXIT, Failure } from './output';

/** Options that say what a plan does, and what is refused: with others it is another plan. */
const TEXTS = { namespace: 'namespace', rules: 'rules', meshConfig: 'mesh-config', clusterDomain: 'cluster-domain' } as const;
const LISTS = ['take', 'replace', 'delete'] as const;

/** The options of a plan that are not as they are without being said. */
type Options = Pick<ClusterArgs, keyof typeof TEXTS | (typeof LISTS)[number] | 'prune' | 'maxDeletes'>;

/** What `mesh plan --out` writes: digests of what is approved, and how it was asked for. */
export interface ApprovedPlan extends PlanFile {
  /** The context of which it was made. */
  readonly context: string;
  /** Files and folders as they were named; none for the output of cdk8s.yaml. */
  readonly paths: readonly string[];
  readonly options: Options;
}

/** Keeps a plan, for {@link readPlan}. */
export function writePlan(file: string, plan: Plan, { access }: Cluster, a: ClusterArgs): void {
  const kept: ApprovedPlan = { ...planFile(plan, access.server.href), context: access.context, paths: a.path, options: said(a) };
  writeFile(file, `${JSON.stringify(kept, null, 2)}\n`);
}

function said(a: ClusterArgs): Options {
  const out: Record<string, unknown> = {};
  for (const name of Object.keys(TEXTS) as (keyof typeof TEXTS)[]) if (a[name] !== undefined) out[name] = a[name];
  for (const name of LISTS) if ((a[name] ?? []).length > 0) out[name] = [...new Set(a[name])].sort();
  if (a.prune === false) out.prune = false;
  if (a.maxDeletes !== undefined) out.maxDeletes = a.maxDeletes;
  return out;
}

/** @throws Failure where it is none that `mesh plan --out` wrote */
export function readPlan(file: string): ApprovedPlan {
  if (!existsSync(file)) throw new Failure(`there is no plan "${file}": mesh plan --out ${file} makes one`, EXIT.usage);
  try {
    const read = JSON.parse(readFileSync(file, 'utf8'));
    if (read.version === 1 && [read.objects, read.options].every((x) => typeof x === 'object') && Array.isArray(read.paths))
      return read;
  } catch {
    // said below
  }
  throw new Failure(`"${file}" is no plan that mesh plan --out wrote`, EXIT.usage);
}

const LEAVE_OUT = 'leave it out, and what was approved is carried out; or make a new plan: mesh plan --out FILE';

/**
 * The arguments of a run that carries a plan out: what was approved with it holds, and need not be said again.
 * @throws Failure where the command line says otherwise
 */
export function asApproved<T extends ClusterArgs>(a: T, approved: ApprovedPlan): T {
  const now = said(a);
  const { options } = approved;
  const names = Object.keys(now) as (keyof Options)[];
  const others = names.filter((name) => !isEqual(now[name], options[name]));
  if (others.length > 0)
    throw new Failure(
      others.map((name) => ({
        message: `the plan was made ${options[name] === undefined ? `without ${flag(name)}` : `with ${text(name, options[name])}`}, and this says ${text(name, now[name])}`,
      })),
      EXIT.usage,
      { hint: LEAVE_OUT },
    );
  const [, name] = approved.set.split('/');
  if (a.set !== undefined && a.set !== approved.set && a.set !== name)
    throw new Failure(`the plan was made for set ${approved.set}, and this says --set=${a.set}`, EXIT.usage, { hint: LEAVE_OUT });
  if (a.path.length === 0 && approved.paths.includes('-'))
    throw new Failure('the plan was made of standard input: give the same again, -', EXIT.usage);
  return { ...a, ...options, set: a.set ?? approved.set, path: a.path.length > 0 ? a.path : approved.paths };
}

const flag = (name: keyof Options): string => {
  if (name === 'prune') return '--prune=false'; // which it is where it is said
  return name === 'maxDeletes' ? '--max-deletes' : `--${name in TEXTS ? TEXTS[name as keyof typeof TEXTS] : name}`;
};

const text = (name: keyof Options, value: unknown): string => {
  if (Array.isArray(value)) return value.map((v) => `${flag(name)} ${v}`).join(' ');
  return name === 'prune' ? flag(name) : `${flag(name)}=${value}`;
};
