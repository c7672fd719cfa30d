import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What a process took. */
export interface Usage {
  readonly seconds: number;
  /** The largest that it was in memory; 0 where the system does not say (it is read from /proc). */
  readonly megabytes: number;
  readonly exit: number | null;
  readonly output: string;
}

/** Runs a program to its end, and looks at its size meanwhile. */
export function measured(program: string, args: readonly string[]): Promise<Usage> {
  return new Promise((done, failed) => {
    const since = performance.now();
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, KUBECONFIG: '/dev/null' } });
    let output = '';
    child.stdout.on('data', (d) => {
      output += d;
    });
    child.stderr.on('data', (d) => {
      output += d;
    });
    let kilobytes = 0;
    const look = setInterval(() => {
      kilobytes = Math.max(kilobytes, peakOf(child.pid!));
    }, 5);
    child.on('error', failed);
    child.on('close', (exit) => {
      clearInterval(look);
      done({ seconds: (performance.now() - since) / 1000, megabytes: kilobytes / 1024, exit, output });
    });
  });
}

function peakOf(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0; // gone, or no Linux
  }
}
