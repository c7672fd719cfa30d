import { existsSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { isAsWritten } from '../synth/leftovers';
import { shellWord } from '../values/shell-word';
import { cdk8sYaml } from './cdk8s-yaml';
import { commitWith } from './git';
import { Failure } from './output';

/**
 * How files are had again that are written over: what comes from an app by `mesh synth`, what somebody wrote from a commit. Of a file that
 * is in no git repository nothing is known, and nothing said.
 * @returns commands
 * @throws Failure where a file is in no commit as it is now
 */
export function waysBack(files: readonly string[]): readonly string[] {
  const own = files.filter((f) => !isMade(f));
  const [there, comes] = [own.filter((f) => existsSync(f)), own.filter((f) => !existsSync(f))];
  const commits = new Map<string, string[]>();
  const lost: string[] = [];
  for (const file of there) {
    const found = commitWith(file);
    if (found?.commit !== undefined) commits.set(found.commit, [...(commits.get(found.commit) ?? []), file]);
    else if (found) lost.push(file);
  }
  if (lost.length > 0)
    throw new Failure([
      ...lost.map((file) => ({ message: `${file} would be written over, and is in no commit as it is now` })),
      { message: 'nothing was written: commit what the files hold, on a branch that no cluster follows, and do this again' },
    ]);
  return [
    ...(own.length < files.length ? ['mesh synth'] : []),
    ...[...commits].map(([commit, some]) => `git checkout ${commit} -- ${some.map(shellWord).join(' ')}`),
    ...(comes.length > 0 ? [`git rm ${comes.map(shellWord).join(' ')}`] : []),
  ];
}

/** Whether an app writes it: it is as `mesh synth` wrote it, or in the output folder of cdk8s.yaml, where nobody says who wrote what. */
function isMade(file: string): boolean {
  const known = isAsWritten(file);
  if (known !== undefined) return known;
  const project = cdk8sYaml();
  const way = project ? relative(project.output ?? 'dist', file).split(sep)[0] : '..';
  return way !== '' && way !== '..';
}
