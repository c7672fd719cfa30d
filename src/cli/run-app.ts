import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ASK_ONLY, REPORT, type Reported } from '../synth/report';
import type { Summary } from '../synth/summary';
import { cdk8sYaml } from './cdk8s-yaml';
import { EXIT, Failure } from './output';

/** What cdk8s.yaml says, with what the command line changes. */
export interface AppConfig {
  readonly app: string;
  readonly output: string;
}

/** Reads cdk8s.yaml of the folder that the command runs in. */
export function readConfig(given: { app?: string | undefined; output?: string | undefined }): AppConfig {
  const file = cdk8sYaml();
  const app = given.app ?? file?.app;
  if (app === undefined) {
    throw new Failure(
      `no app to run: ${file ? 'cdk8s.yaml has no "app"' : 'there is no cdk8s.yaml here'}; run it in the project's folder, pass --app "node main.js", or make a project with "mesh init"`,
      EXIT.usage,
    );
  }
  return { app, output: given.output ?? file?.output ?? 'dist' };
}

/**
 * Runs the user's app with our writer in it, and returns what each of its Apps made. The app's own output goes to
 * standard error. The command is the user's, from cdk8s.yaml, and is given to the shell as cdk8s itself does.
 */
export async function runApp(config: AppConfig, o: { readonly write: boolean }): Promise<Summary[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-'));
  const report = join(folder, 'report');
  const hook = join(__dirname, '..', 'synth', 'hook.js');
  try {
    const require = `--require ${JSON.stringify(hook)}`;
    const child = spawn(config.app, {
      shell: true,
      stdio: ['ignore', process.stderr.fd, 'inherit'],
      env: {
        ...process.env,
        CDK8S_OUTDIR: config.output,
        [REPORT]: report,
        ...(o.write ? {} : { [ASK_ONLY]: 'yes' }),
        NODE_OPTIONS: [process.env.NODE_OPTIONS, require].filter(Boolean).join(' '),
      },
    });
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (...ended) => resolve(ended));
    });
    const said = existsSync(report) ? readFileSync(report, 'utf8').trim().split('\n') : [];
    const lines = said.map((l) => JSON.parse(l) as Reported);
    if (code !== 0) throw failureOf(config.app, code ?? `by ${signal}`, lines);
    const apps = lines.flatMap((l) => ('summary' in l ? [l.summary] : []));
    if (apps.length === 0)
      throw new Failure(`the app ran and synthesized nothing: does it call app.synth() of a cdk8s App? (${config.app})`);
    return apps;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Why the app ended early: what it reported, or else what is known from outside. */
function failureOf(app: string, code: number | string, lines: readonly Reported[]): Failure {
  const thrown = lines.flatMap((l) => ('problems' in l ? [l] : []));
  if (thrown.length > 0) {
    const stacks = thrown.flatMap((t) => t.stack ?? []);
    return new Failure(
      thrown.flatMap((t) => t.problems),
      EXIT.failure,
      { stack: stacks.join('\n') },
    );
  }
  const hint = code === 127 ? '; its command was not found: has "npm install" run?' : '';
  return new Failure(`the app failed (exit ${code}): ${app}${hint}`);
}
