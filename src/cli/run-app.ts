import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { REPORT } from '../synth/report';
import type { Summary } from '../synth/summary';
import { EXIT, Failure } from './output';

/** What cdk8s.yaml says, with what the command line changes. */
export interface AppConfig {
  readonly app: string;
  readonly output: string;
}

/** Reads cdk8s.yaml of the folder that the command runs in. */
export function readConfig(given: { app?: string | undefined; output?: string | undefined }): AppConfig {
  let file: { app?: unknown; output?: unknown } = {};
  if (existsSync('cdk8s.yaml')) {
    try {
      file = (parse(readFileSync('cdk8s.yaml', 'utf8')) as typeof file | null) ?? {};
    } catch (e) {
      throw new Failure(`cdk8s.yaml cannot be read: ${(e as Error).message}`);
    }
  }
  const app = given.app ?? file.app;
  if (typeof app !== 'string' || app === '') {
    throw new Failure(
      `no app to run: ${existsSync('cdk8s.yaml') ? 'cdk8s.yaml has no "app"' : 'there is no cdk8s.yaml here'}; run it in the project's folder, pass --app "node main.js", or make a project with "mesh init"`,
      EXIT.usage,
    );
  }
  return { app, output: given.output ?? (typeof file.output === 'string' ? file.output : 'dist') };
}

/**
 * Runs the user's app with our writer in it, and returns what each of its Apps made. The app's own output goes to
 * standard error. The command is the user's, from cdk8s.yaml, and is given to the shell as cdk8s itself does.
 */
export async function runApp(config: AppConfig): Promise<Summary[]> {
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
        NODE_OPTIONS: [process.env.NODE_OPTIONS, require].filter(Boolean).join(' '),
      },
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    if (code !== 0) throw new Failure(`the app failed (exit ${code ?? 'by signal'}): ${config.app}`);
    if (!existsSync(report)) throw new Failure(`the app ran and synthesized nothing: does it call app.synth()? (${config.app})`);
    return readFileSync(report, 'utf8')
      .trim()
      .split('\n')
      .map((l) => JSON.parse(l) as Summary);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
