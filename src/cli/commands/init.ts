import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { EXIT, print, printJson } from '../output';
import { lookAt, textOf } from '../project/existing';
import { projectName, shellWord } from '../project/names';
import { PACKAGES, sourceOfMesh, withNeeds } from '../project/package-json';
import { cdk8sYaml, IGNORED, jestConfig, mainTs, meshTs, readme, testTs, tsconfig } from '../project/templates';

/** `mesh init`: writes what is missing and overwrites nothing. */
export async function init(args: { dir: string; json: boolean }): Promise<number> {
  const dir = resolve(args.dir);
  const existing = lookAt(dir);
  const name = projectName(dir, PACKAGES);
  const { version } = require('../../../../package.json') as { version: string };
  const made: string[] = [];
  const kept: string[] = [];
  const changed: string[] = [];
  mkdirSync(dir, { recursive: true });
  const put = (file: string, text: string) => {
    const path = join(dir, file);
    if (existsSync(path)) return void kept.push(file);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
    made.push(file);
  };
  const here = (file: string) => (existing.source === '.' ? file : `${existing.source}/${file}`);
  const inProject = (file: string) => textOf(join(dir, file));

  const ours = (file: string) => inProject(here(file))?.includes('addMesh') ?? true;
  const [mesh = 'service-mesh.ts'] = ['mesh.ts'].filter(ours);
  const from = `./${basename(mesh, '.ts')}${existing.importEnding}`;
  // a name of their own for what is added to another app: its charts may have the project's
  const isNew = existing.app === undefined;
  const main = existing.app ?? here(inProject(here('main.ts')) === undefined ? 'main.ts' : 'mesh-app.ts');
  const isRunByUs = inProject('cdk8s.yaml') === undefined;
  put('cdk8s.yaml', cdk8sYaml(main));
  put(here(mesh), meshTs(isNew ? name : `${name}-mesh`));
  if (isNew) put(main, mainTs(from));
  if (existing.tests !== 'other') put(here(mesh.replace(/\.ts$/, '.test.ts')), testTs(from));
  if (existing.tests === 'none') put('jest.config.cjs', jestConfig(existing.isModule));
  put('tsconfig.json', tsconfig(existing.source));
  if (isNew) put('README.md', readme(name));

  const ignored = inProject('.gitignore') ?? '';
  const lines = IGNORED.filter((i) => !i.same.test(ignored)).map((i) => `${i.line}\n`);
  if (ignored === '') put('.gitignore', lines.join(''));
  else if (lines.length > 0) {
    writeFileSync(join(dir, '.gitignore'), `${ignored.replace(/\n?$/, '\n')}${lines.join('')}`);
    changed.push('.gitignore');
  } else kept.push('.gitignore');

  const needs = withNeeds(existing, name, sourceOfMesh(process.cwd(), dir, version), {
    runner: isRunByUs,
    jest: existing.tests === 'none',
  });
  if (existing.packageJson && JSON.stringify(existing.packageJson) === JSON.stringify(needs)) kept.push('package.json');
  else {
    writeFileSync(join(dir, 'package.json'), `${JSON.stringify(needs, null, 2)}\n`);
    (existing.packageJson ? changed : made).push('package.json');
  }

  const next = [
    ...(args.dir === '.' ? [] : [`cd ${shellWord(args.dir)}`]),
    'npm install',
    needs.scripts.synth.includes('mesh synth') ? 'npm run synth' : 'npx mesh synth',
    ...(existing.tests === 'other' ? [] : ['npm test']),
  ].join(' && ');
  const notes = [
    ...(isNew || inProject(main)?.includes('addMesh')
      ? []
      : [`call addMesh(app) of ${here(mesh)} in ${main}, before app.synth()`]),
    ...(existing.tests === 'other' ? ['no test is made: this project does not run TypeScript in jest'] : []),
  ];
  if (args.json) printJson({ made, changed, kept, notes, next });
  else {
    const list = (what: string, files: readonly string[]) => (files.length > 0 ? [`${what} ${files.join(', ')}`] : []);
    print([`made ${made.join(', ') || 'nothing'}`, ...list('added to', changed), ...list('kept', kept)].join('; '));
    for (const note of notes) print(note);
    print(`next: ${next}`);
  }
  return EXIT.clean;
}
