import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

// The built command: `npm test` builds first.
export const root = join(__dirname, '..', '..');

/** What a command wrote and ended with. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as a user does: a process of its own, no terminal. */
export function mesh(args: readonly string[], cwd = root, env: NodeJS.ProcessEnv = {}): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'bin', 'mesh.js'), ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
}

// as where there is no terminal, wherever the tests run
process.env.NO_COLOR = '1';
const { main } = require(join(root, 'lib', 'src', 'cli', 'main.js')) as typeof import('../../src/cli/main');

/** Runs the command within this process, which is quicker. What the user's app prints itself is not caught. */
export async function ask(args: readonly string[], cwd = root): Promise<Ended> {
  const wrote = { stdout: '', stderr: '' };
  const catchAll = (to: 'stdout' | 'stderr') =>
    jest.spyOn(process[to], 'write').mockImplementation((text) => {
      wrote[to] += text;
      return true;
    });
  const caught = [catchAll('stdout'), catchAll('stderr')];
  const before = process.cwd();
  process.chdir(cwd);
  try {
    return { status: await main(args), ...wrote };
  } finally {
    process.chdir(before);
    for (const spy of caught) spy.mockRestore();
  }
}

/** A process that runs command after command in a folder, while a server of the test's answers; it ends after the tests of the file. */
export function inOneProcess(cwd: string): (args: readonly string[], env?: NodeJS.ProcessEnv) => Promise<Ended> {
  const commands = spawn(process.execPath, [join(__dirname, 'one-process.js')], {
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = createInterface({ input: commands.stdout })[Symbol.asyncIterator]();
  afterAll(() => commands.kill());
  return async (args, env = {}) => {
    commands.stdin.write(`${JSON.stringify({ args, cwd, env })}\n`);
    return JSON.parse((await answers.next()).value);
  };
}

/** A folder for one file of tests, removed after them; packages are found from it. */
export function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'mesh-cli-'));
  mkdirSync(join(dir, 'node_modules'));
  for (const name of ['cdk8s', 'cdk8s-plus-27', 'constructs', 'tsx', 'typescript', 'jest', '@swc', '@types'])
    symlinkSync(join(root, 'node_modules', name), join(dir, 'node_modules', name));
  symlinkSync(root, join(dir, 'node_modules', 'cdk8s-mesh'));
  writeFileSync(join(dir, 'package.json'), '{}'); // what lies in the folders above decides nothing
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Writes files, by path from the folder; returns the folder. */
export function write(dir: string, files: Record<string, string>): string {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text);
  }
  return dir;
}

/** An app in JavaScript: its charts and services by the given lines; what they need is in scope. */
export const app = (body: string): string => `const { App, Chart } = require('cdk8s');
const { CanaryRelease, FaultInjection, header, HeaderRoutedDevEnv, IngressGateway, MeshService, path, Port, SecureNamespace } = require('cdk8s-mesh');
const app = new App();
const chart = new Chart(app, 'shop', { namespace: 'shop' });
const port = Port.http(80);
${body}
app.synth();
`;
