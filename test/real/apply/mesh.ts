import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { start } from '../processes';

/** How `mesh` is run. */
export interface MeshOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Told of each line of its standard output. */
  readonly onLine?: (line: string) => void;
}

/** How it ended. */
export interface MeshResult {
  /** Nothing where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds. */
  readonly took: number;
}

/** The built command, as a process of its own. */
export class MeshProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<MeshResult>;

  constructor(repository: string, args: readonly string[], { cwd, env, onLine }: MeshOptions = {}) {
    const since = Date.now();
    const { KUBECONFIG: _, ...own } = process.env;
    this.child = start(process.execPath, [path.join(repository, 'bin', 'mesh.js'), ...args], {
      cwd: cwd ?? repository,
      env: { ...own, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr, line] = ['', '', ''];
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      const lines = (line + text).split('\n');
      line = lines.pop() ?? '';
      for (const each of lines) onLine?.(each);
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr, took: Date.now() - since }));
    });
  }

  /** Ends it as a user or the system does. */
  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}
