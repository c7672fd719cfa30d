import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isRunning, start, stop } from '../processes';

/** How a program is started, and how it is known to be ready. */
export interface ProgramOptions {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Where its log goes. */
  readonly folder: string;
  readonly ready: () => Promise<boolean>;
}

const READY_MS = 120_000;

/** A program that can be started, ended, killed and started again with the same arguments. */
export class Program {
  readonly #options: ProgramOptions;
  readonly #log: string;
  #child: ChildProcess | undefined;

  constructor(options: ProgramOptions) {
    this.#options = options;
    this.#log = path.join(options.folder, `${options.name}.log`);
  }

  /** Starts it and waits until it is ready. Its log goes on where it was. */
  async start(): Promise<void> {
    const { program, args, name, ready } = this.#options;
    const file = openSync(this.#log, 'a');
    let child: ChildProcess;
    try {
      child = start(program, args, { stdio: ['ignore', file, file] });
    } finally {
      closeSync(file);
    }
    this.#child = child;
    const failure = (why: string) => new Error(`${name} ${why}\n${readFileSync(this.#log, 'utf8').slice(-3000)}`);
    let refusal: Error | undefined;
    child.once('error', (error) => {
      refusal = error;
    });
    for (const deadline = Date.now() + READY_MS; !(await ready()); ) {
      if (refusal) throw failure(`cannot be started: ${refusal.message}`);
      if (!isRunning(child)) throw failure(`ended with ${child.exitCode ?? child.signalCode}`);
      if (Date.now() > deadline) throw failure(`is not ready after ${READY_MS / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Asks it to end, and waits; after the time it is killed, and with 0 at once. */
  async stop(graceMs: number): Promise<void> {
    if (this.#child) await stop(this.#child, graceMs);
  }

  /** Stops it in its tracks: connections stay open, and nothing is answered, until `continue`. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  continue(): void {
    this.#child?.kill('SIGCONT');
  }
}
