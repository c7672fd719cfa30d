import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { EXIT, Failure, print, printJson } from '../output';
import { lookAt, textOf } from '../project/existing';
import { pathWord, projectName } from '../project/names';
import { PACKAGES, sourceOfMesh, withNeeds } from '../project/package-json';
import { checkSuitable } from '../project/suitable';
import { cdk8sYaml, IGNORED, jestConfig, mainTs, meshTs, readme, testTs, tsconfig } from '../project/templates';
import { writeAll } from '../project/write-all';

/** `mesh init`: writes what is missing and overwrites nothing. */
export async function init(args: { dir: string; json: boolean }): Promise<number> {
  if (args.dir.trim() === '') throw new Failure('the folder is empty text: name it, or leave it out for this one', EXIT.usage);
  const dir = resolve(args.dir);
  const existing = lookAt(dir);
  checkSuitable(dir, existing.app);
  const name = projectName(dir, PACKAGES);
  const { version } = require('../../../../package.json') as { version: string };
  const made: string[] = [];
  const kept: string[] = [];
  const changed: string[] = [];
  const files = new Map<string, string>();
  const put = (file: string, text: string) => {
    if (existsSync(join(dir, file))) return void kept.push(file);
    files.set(file, text);
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
  const chart = isNew ? name : `${name}-mesh`;
  put(here(mesh), meshTs(chart));
  if (isNew) put(main, mainTs(from));
  if (existing.tests !== 'other') put(here(mesh.replace(/\.ts$/, '.test.ts')), testTs(from, chart));
  if (existing.tests === 'none') put('jest.config.cjs', jestConfig(existing.isModule));
  put('tsconfig.json', tsconfig(existing.source));
  if (isNew) put('README.md', readme(name));

  const ignored = inProject('.gitignore');
  const lines = IGNORED.filter((i) => !i.same.test(ignored ?? '')).map((i) => `${i.line}\n`);
  if (ignored === undefined) put('.gitignore', lines.join(''));
  else if (lines.length > 0) {
    files.set('.gitignore', `${ignored.replace(/[^\n]$/, '$&\n')}${lines.join('')}`);
    changed.push('.gitignore');
  } else kept.push('.gitignore');

  const needs = withNeeds(existing, name, sourceOfMesh(process.cwd(), dir, version), {
    runner: isRunByUs,
    jest: existing.tests === 'none',
  });
  if (existing.packageJson && JSON.stringify(existing.packageJson) === JSON.stringify(needs)) kept.push('package.json');
  else {
    files.set('package.json', `${JSON.stringify(needs, null, 2)}\n`);
    (existing.packageJson ? changed : made).push('package.json');
  }
  writeAll(dir, files);

  const next = [
    ...(args.dir === '.' ? [] : [`cd ${pathWord(args.dir)}`]),
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
