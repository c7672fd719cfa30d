import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { expectAccepted, expectValid } from './judge';
import type { RealContext } from './lane';
import { parseManifests, readYaml } from './manifests';
import { temporaryFolder } from './processes';
import type { Report } from './report';
import { must } from './setup/tools';

export const name = 'package';

const REMEDY = 'see what npm says; it needs its registry, or a filled cache';

interface PackageJson {
  readonly name: string;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** Packs the repository as it would be published; gives the path of the tarball. */
async function pack(repository: string, folder: string): Promise<string> {
  await must('npm pack', REMEDY, 'npm', ['pack', '--silent', '--pack-destination', folder], { cwd: repository });
  const [tarball] = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
  if (!tarball) throw new Error('npm pack made no tarball');
  return path.join(folder, tarball);
}

/** Makes a fresh app in a folder from one in `pack/`, and installs the tarball with what its user must have besides. */
async function install(app: 'ts' | 'js', folder: string, tarball: string, repository: string): Promise<void> {
  const own: PackageJson = JSON.parse(readFileSync(path.join(repository, 'package.json'), 'utf8'));
  const tools = app === 'ts' ? ['typescript', '@types/node'] : [];
  const wanted = [...Object.keys(own.peerDependencies), ...tools];
  const dependencies = {
    ...Object.fromEntries(wanted.map((each) => [each, own.devDependencies[each]])),
    [own.name]: `file:${tarball}`,
  };
  await mkdir(folder);
  cpSync(path.join(__dirname, 'pack', app), folder, { recursive: true });
  writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({ name: `fresh-${app}`, private: true, dependencies }, undefined, 2),
  );
  await must('npm install', REMEDY, 'npm', ['install', '--silent', '--prefer-offline', '--no-audit', '--no-fund'], {
    cwd: folder,
  });
}

export async function run({ repository, apiserver, istio }: RealContext, report: Report): Promise<void> {
  const folder = await temporaryFolder('package');
  const [ts, js] = [path.join(folder, 'ts'), path.join(folder, 'js')];
  let tarball = '';
  await report.check('npm pack makes a tarball', async () => {
    tarball = await pack(repository, folder);
  });
  if (!tarball) return;
  await report.check('a fresh TypeScript app installs it', () => install('ts', ts, tarball, repository));
  await report.check('it type checks, with the published types', async () => {
    await must('tsc', 'see the errors', path.join(ts, 'node_modules', '.bin', 'tsc'), ['--project', ts], { cwd: ts });
  });
  await report.check('the TypeScript app synthesizes', async () => {
    await must('app', 'see its error', process.execPath, [path.join('build', 'app.js')], { cwd: ts });
  });
  await report.check('a fresh JavaScript app installs it', () => install('js', js, tarball, repository));
  await report.check('the JavaScript app synthesizes the same', async () => {
    await must('app', 'see its error', process.execPath, ['app.js'], { cwd: js });
    if (readYaml(path.join(js, 'out')) !== readYaml(path.join(ts, 'out'))) throw new Error('the two apps wrote different YAML');
  });
  await report.check('what they write is accepted by the API server and by istiod', async () => {
    const yaml = readYaml(path.join(ts, 'out'));
    expectAccepted(await apiserver.apply(parseManifests(yaml)));
    await apiserver.reset();
    for (const verdicts of await istio.validate([{ id: 'package', yaml }])) expectValid(verdicts);
  });
}
