import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { SetName } from '../apply/apply-set';
import type { Aside } from '../apply/plan/aside';
import type { PlanOptions } from '../apply/plan/plan';
import type { Cluster } from '../cluster/transport';
import type { Manifest, Manifests } from '../manifests/manifest';
import { placeText } from '../manifests/manifest';
import type { Installation } from './installation';
import { columns, EXIT, errorColor, Failure, failureOf, print, printError, printJson, progress, reportError } from './output';

/** Options of all commands that talk to a cluster. */
export interface ClusterArgs extends Installation {
  readonly json: boolean;
  readonly verbose?: boolean;
  readonly path: readonly string[];
  readonly context?: readonly string[] | undefined;
  readonly kubeconfig?: string | undefined;
  readonly set?: string | undefined;
  readonly namespace?: string | undefined;
  readonly prune?: boolean | undefined;
  readonly maxDeletes?: number | undefined;
  readonly take?: readonly string[] | undefined;
  readonly replace?: readonly string[] | undefined;
  readonly delete?: readonly string[] | undefined;
  readonly verify?: boolean | undefined;
  /** Rules of the checker that are followed: `-a,-b` for all but some. */
  readonly rules?: string | undefined;
}

/**
 * Runs something for each context that is named, one after the other; the worst exit code is the command's. What goes wrong with
 * one (its cluster is away, say) is told, and the others are gone on with; a context that is not in the kubeconfig, or is named
 * twice, is told before anything is asked of any.
 * @param tell of what was thrown, for the exit code
 * @param again of what is sent again, why
 */
export async function eachContext(
  a: ClusterArgs,
  run: (cluster: Cluster) => Promise<number>,
  tell: (e: unknown, context: string) => number = (e) => reportError(e, { json: a.json, verbose: a.verbose === true }),
  again: (why: string, context: string) => unknown = (why) => !a.json && progress(why),
): Promise<number> {
  const { Cluster } = require('../cluster/transport') as typeof import('../cluster/transport');
  const contexts: readonly (string | undefined)[] = a.context && a.context.length > 0 ? a.context : [undefined];
  const twice = contexts.find((c, i) => contexts.indexOf(c) < i);
  if (twice !== undefined)
    throw new Failure(`--context "${twice}" is given twice: each context is done once; another may be meant`, EXIT.usage);
  const clusters: Cluster[] = [];
  for (const context of contexts) {
    const choice = {
      ...(context === undefined ? {} : { context }),
      ...(a.kubeconfig === undefined ? {} : { kubeconfig: a.kubeconfig }),
    };
    const cluster: Cluster = await connected(() => Cluster.of(choice, { onAgain: (why) => again(why, cluster.access.context) }));
    clusters.push(cluster);
  }
  const ended = new Map<string, number>();
  for (const cluster of clusters)
    try {
      const { context } = cluster.access;
      ended.set(context, await run(cluster).catch((e) => tell(e, context)));
    } finally {
      await cluster.close();
    }
  const worst = Math.max(...ended.values());
  if (ended.size > 1 && worst !== EXIT.clean && !a.json) print(`\n${endedText(ended)}`);
  return worst;
}

/** How it ended with each of several contexts, which may be far above by now. */
const endedText = (ended: ReadonlyMap<string, number>): string =>
  columns([...ended].map(([context, exit]) => [context, ENDS[exit] ?? ENDS[EXIT.failure]!]));

const ENDS: Readonly<Record<number, string>> = {
  [EXIT.clean]: 'ok',
  [EXIT.findings]: 'differs',
  [EXIT.failure]: 'failed, see above',
  [EXIT.interrupted]: 'interrupted',
};

/**
 * {@link eachContext} for commands whose answer is one document: with `--json` that of the one context, or `contexts`, where
 * several are named.
 * @param run what is done, with where its answer as data goes
 */
export async function answerOfEach(
  a: ClusterArgs,
  run: (cluster: Cluster, answer: (data: object) => void) => Promise<number>,
): Promise<number> {
  if (!a.json) return eachContext(a, (cluster) => run(cluster, () => undefined));
  const answers: object[] = [];
  const exit = await eachContext(
    a,
    (cluster) =>
      run(cluster, (data) => {
        answers.push({ context: cluster.access.context, ...data });
      }),
    (e, context) => {
      const { problems, exit } = failureOf(e);
      answers.push({ context, errors: problems });
      return exit;
    },
  );
  printJson((a.context?.length ?? 0) > 1 ? { contexts: answers } : answers[0]);
  return exit;
}

async function connected(of: () => Promise<Cluster>): Promise<Cluster> {
  try {
    return await of();
  } catch (e) {
    throw new Failure((e as Error).message, EXIT.usage);
  }
}

/** Manifests to apply. What cannot be read is no reason to apply the rest: nothing is. */
export function objectsToApply(paths: readonly string[]): readonly Manifest[] {
  const { manifestsOf } = require('./manifests-of') as typeof import('./manifests-of');
  return applicable(paths, manifestsOf(paths));
}

/** Manifests that are on their way, and who reads them. */
export interface Coming {
  readonly manifests: Promise<readonly Manifest[]>;
  readonly aside: Aside;
}

/**
 * Has something done with {@link objectsToApply}, which are read while the cluster is asked.
 * @throws at once where a path is nothing that is there
 */
export async function withComing<T>(paths: readonly string[], run: (coming: Coming) => Promise<T>): Promise<T> {
  const { readingOf } = require('./manifests-of') as typeof import('./manifests-of');
  const { Aside } = require('../apply/plan/aside') as typeof import('../apply/plan/aside');
  const aside = new Aside(readingOf(paths));
  const manifests = aside.manifests().then((read) => applicable(paths, read));
  manifests.catch(() => undefined); // who waits for them is told
  try {
    return await run({ manifests, aside });
  } finally {
    await aside.end();
  }
}

function applicable(paths: readonly string[], { manifests, unreadable }: Manifests): readonly Manifest[] {
  const wrong = unreadable.filter((u) => !u.foreign);
  if (wrong.length > 0) throw new Failure(wrong.map((u) => ({ place: placeText(u.place), message: u.message })));
  if (unreadable.length > 0) {
    const { kustomizationNotes } = require('./kustomization') as typeof import('./kustomization');
    for (const note of kustomizationNotes(unreadable)) printError(`${errorColor.yellow('note')} ${note}`);
  }
  if (manifests.length === 0) throw (require('./manifests-of') as typeof import('./manifests-of')).nothingRead(paths, unreadable);
  return manifests;
}

/** As the library takes them. */
export const planOptions = (a: ClusterArgs, cluster: Cluster): PlanOptions => ({
  set: setName(a.set, cluster),
  ...(a.namespace === undefined ? {} : { namespace: a.namespace }),
  prune: a.prune !== false,
  ...(a.maxDeletes === undefined ? {} : { maxDeletes: a.maxDeletes }),
  take: names(a.take, 'taking'),
  replace: names(a.replace),
  remove: names(a.delete),
  verify: a.verify === true,
  ...(require('./installation') as typeof import('./installation')).installationOptions(a, []),
});

/** Names of objects, or of owners, which have to be some. */
function names(given: readonly string[] = [], as: 'named' | 'taking' = 'named'): readonly string[] {
  const read = (require('../apply/named') as typeof import('../apply/named'))[as];
  try {
    for (const text of given) read(text);
  } catch (e) {
    throw new Failure((e as Error).message, EXIT.usage);
  }
  return given;
}

const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/** `namespace/name` or a name; without one, the name of the package, or of the folder. */
function setName(given: string | undefined, cluster: Cluster): SetName {
  const [first, second, ...more] = (given ?? ownName()).split('/');
  const set = second === undefined ? { namespace: cluster.access.namespace, name: first! } : { namespace: first!, name: second };
  if (more.length > 0 || !NAME.test(set.name) || !NAME.test(set.namespace))
    throw new Failure(
      `"${given ?? ownName()}" cannot name a set of objects: say --set name or --set namespace/name, of lower-case letters, digits and "-"`,
      EXIT.usage,
    );
  return set;
}

function ownName(): string {
  let name = basename(resolve('.'));
  try {
    const own: unknown = JSON.parse(readFileSync('package.json', 'utf8')).name;
    if (typeof own === 'string') name = own.replace(/^@[^/]*\//, '');
  } catch {
    // no package: the folder has a name, too
  }
  return name
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '');
}
