import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeServer } from '../apply/fake-server';
import { type Obj, routes, service, subsets, to } from '../diff/support';
import { type Ended, inOneProcess, root } from './support';

export const folder = mkdtempSync(join(tmpdir(), 'mesh-apply-'));
export const kubeconfig = join(folder, 'kubeconfig');
export let server: FakeServer;
beforeEach(async () => {
  server = await FakeServer.start();
  server.kubeconfig(kubeconfig);
});
afterEach(() => server.stop());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

export const command = inOneProcess(folder);
/** Runs the command; the server answers meanwhile. */
export const mesh = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => command(args, { KUBECONFIG: kubeconfig, ...env });
/**
 * Runs it as a user does, without a terminal.
 * @param until is told what it has said by now; once it is so, the user presses Ctrl-C
 */
export function inItsProcess(args: readonly string[], until: (said: string) => boolean = () => false): Promise<Ended> {
  const child = spawn(process.execPath, [join(root, 'bin', 'mesh.js'), ...args], {
    cwd: folder,
    env: { ...process.env, KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const wrote = { stdout: '', stderr: '' };
  let pressed = false;
  for (const to of ['stdout', 'stderr'] as const)
    child[to].on('data', (d) => {
      wrote[to] += d;
      if (!pressed && until(wrote.stdout + wrote.stderr)) pressed = child.kill('SIGINT');
    });
  return new Promise((done) => child.on('close', (status) => done({ status, ...wrote })));
}
export const apply = (name: string, ...more: string[]) =>
  mesh(['apply', `${name}.yaml`, '--set', 'shop', '--yes', '--barrier', '0s', ...more]);

export const namespace: Obj = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
export const rule = (...names: string[]) => {
  const r = subsets('web');
  return { ...r, spec: { host: 'web', subsets: names.map((name) => ({ name, labels: { version: name } })) } };
};
export const release = (...to_: (readonly [string, number])[]): Obj[] => [
  namespace,
  service('web'),
  rule(...to_.map(([v]) => v)),
  routes('web', [{ route: to_.map(([v, weight]) => to('web', v, weight)) }]),
];
export const write = (name: string, objects: readonly Obj[]) =>
  writeFileSync(join(folder, `${name}.yaml`), objects.map((o) => JSON.stringify(o)).join('\n---\n'));
write('v1', release(['v1', 100]));
write('v1-v2', release(['v1', 75], ['v2', 25]));
write('v2', release(['v2', 100]));
write('none', [namespace]);
/** No pods are there, so that subsets select none. */
export const FINDINGS = '--rules=-subset-selects-no-pod';

export const live = (kind: string) => server.objects.get(`${kind} shop/web`)?.spec;
