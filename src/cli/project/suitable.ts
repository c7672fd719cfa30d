import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, parse, resolve } from 'node:path';
import { listed } from '../../values/listed';
import { EXIT, Failure } from '../output';

/** What a folder may hold before it is a project: what is hidden, and what a new repository begins with. */
const BEGINNING = /^(?:\.|readme\b|licen[cs]e\b)/i;
/** How many of the other things are named. */
const NAMED = 5;

/**
 * Refuses a folder that a project is hardly meant to be in: one that holds other things and is no package and no cdk8s
 * project, and the home folder and the root, however empty. cdk8s and cdk refuse any folder that is not empty; here a
 * project may be added to.
 */
export function checkSuitable(dir: string, app: string | undefined): void {
  if (app !== undefined || ['package.json', 'cdk8s.yaml'].some((f) => existsSync(join(dir, f)))) return;
  const refuse = (what: string) => {
    throw new Failure(
      `"${dir}" ${what}, so nothing was written: name a new folder (mesh init shop), or one with a package.json or cdk8s.yaml to add to`,
      EXIT.usage,
    );
  };
  if (dir === parse(dir).root) refuse('is the root of the file system');
  if (dir === resolve(homedir())) refuse('is the home folder');
  const others = existsSync(dir) ? readdirSync(dir).filter((f) => !BEGINNING.test(f)) : [];
  if (others.length > 0) refuse(`is no project and holds other things (${listed(others.sort(), NAMED)})`);
}
