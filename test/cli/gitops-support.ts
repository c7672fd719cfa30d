import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { readManifests } from '../../src/manifests/files';
import { routes, service, subsets } from '../order/support';
import { ask, write } from './support';

// git without anyone's settings
Object.assign(process.env, { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' });

export let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mesh-gitops-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

export const git = (...args: string[]) => {
  const { status, stderr } = spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    cwd: dir,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
};
export const commit = (files: Record<string, string>) => {
  write(dir, files);
  if (!existsSync(join(dir, '.git'))) {
    git('init', '-q', '-b', 'main');
    // what is in dist comes from an app
    write(dir, { 'cdk8s.yaml': 'app: node main.js\noutput: dist\n' });
  }
  git('add', '-A');
  git('commit', '-qm', 'x');
};
export const gitops = (...args: string[]) => ask(['gitops', ...args], dir);
export const read = (file: string) => readFileSync(join(dir, file), 'utf8');
export const objects = (folder = 'dist') =>
  readManifests([join(dir, folder)]).manifests.map((m) =>
    [
      m.kind,
      m.name,
      ...(m.kind === 'DestinationRule' ? m.object.spec.subsets.map((s: any) => s.name) : []),
      ...(m.kind === 'VirtualService' ? m.object.spec.http[0].route.map((r: any) => r.destination.subset) : []),
    ].join(' '),
  );

export const yaml = (...all: { object: object }[]) => all.map((m) => stringify(m.object)).join('---\n');
export const web = (...versions: string[]) => [
  service('web'),
  subsets('web', ...versions),
  routes('web', ...versions.map((v) => `web/${v}`)),
];
