import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type KubeObject, parseManifests, yamlFiles } from '../manifests';
import { must } from '../setup/tools';
import type { Lab } from './lab';
import { MeshProcess, type MeshResult } from './mesh';

/** git, and `mesh`, without anyone's settings. */
const ENV = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
const AUTHOR = ['-c', 'user.name=lab', '-c', 'user.email=lab@example.com'];

/** A git repository with the folder `dist`, a file for each namespace. */
export class Commits {
  private constructor(
    private readonly lab: Lab,
    private readonly folder: string,
  ) {}

  /** One whose first commit holds these objects. */
  static async of(lab: Lab, objects: readonly KubeObject[]): Promise<Commits> {
    const folder = lab.server.file('commits');
    mkdirSync(folder);
    const commits = new Commits(lab, folder);
    await commits.git(['init', '--quiet', '--initial-branch=main']);
    // what is in dist comes from an app
    writeFileSync(path.join(folder, 'cdk8s.yaml'), 'app: node main.js\noutput: dist\n');
    commits.write(objects);
    await commits.commit();
    return commits;
  }

  /** Puts objects in place of all that is in the files; gives what is there then. */
  write(objects: readonly KubeObject[]): readonly KubeObject[] {
    const dist = path.join(this.folder, 'dist');
    rmSync(dist, { recursive: true, force: true });
    mkdirSync(dist);
    const files = new Map<string, KubeObject[]>();
    for (const o of objects) {
      const file = `${o.metadata.namespace ?? o.metadata.name}.yaml`;
      files.set(file, [...(files.get(file) ?? []), o]);
    }
    for (const [file, some] of files)
      writeFileSync(path.join(dist, file), some.map((o) => `${JSON.stringify(o, undefined, 2)}\n`).join('---\n'));
    return this.read();
  }

  /** What is in the files. */
  read(): readonly KubeObject[] {
    return yamlFiles(path.join(this.folder, 'dist')).flatMap((file) => parseManifests(readFileSync(file, 'utf8')));
  }

  /** Commits the files, and gives what they hold. */
  async commit(): Promise<readonly KubeObject[]> {
    await this.git(['add', '--all']);
    await this.git([...AUTHOR, 'commit', '--quiet', '--allow-empty', '--message', 'as it is']);
    return this.read();
  }

  /** `mesh`, in the repository. */
  mesh(args: readonly string[]): Promise<MeshResult> {
    return new MeshProcess(this.lab.repository, args, { cwd: this.folder, env: ENV }).ended;
  }

  private async git(args: readonly string[]): Promise<void> {
    await must('a commit', 'install git', 'git', args, { cwd: this.folder, env: { ...process.env, ...ENV } });
  }
}
