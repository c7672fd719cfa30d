import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import { get } from 'node:http';
import path from 'node:path';
import { isRunning, start, stop } from '../processes';
import type { LoggedConnection, LoggedRequest, Logs } from './access-log';
import type { Message } from './xds';

/** Envoy's reason to refuse a configuration. */
export class Refused extends Error {}

const READY_MS = 60_000;
const LOG_MS = 3_000;

/** One Envoy with a static configuration, and its access log. */
export class Envoy {
  readonly #child: ChildProcess;
  readonly #accessLog: string;
  readonly #requests = new Map<string, LoggedRequest>();
  readonly #connections = new Map<number, LoggedConnection>();
  #offset = 0;
  #rest = '';

  private constructor(child: ChildProcess, accessLog: string) {
    this.#child = child;
    this.#accessLog = accessLog;
  }

  /** Where an Envoy that lives in a folder writes its access log. */
  static accessLog(folder: string): string {
    return path.join(folder, 'access.log');
  }

  /** Starts Envoy in a folder and waits until it serves. Rejects with `Refused` when it does not like the configuration. */
  static async start(program: string, folder: string, config: Message, adminPort: number): Promise<Envoy> {
    await mkdir(folder, { recursive: true });
    const file = path.join(folder, 'envoy.json');
    const log = path.join(folder, 'envoy.log');
    writeFileSync(file, JSON.stringify(config));
    writeFileSync(Envoy.accessLog(folder), '');
    const output = openSync(log, 'w');
    const args = ['-c', file, '--concurrency', '1', '--disable-hot-restart', '-l', 'warning', '--file-flush-interval-msec', '20'];
    const child = start(program, args, { stdio: ['ignore', output, output] });
    closeSync(output);
    const started = new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    try {
      await started;
      const deadline = Date.now() + READY_MS;
      while (!(await isReady(adminPort))) {
        if (!isRunning(child)) throw new Refused(readFileSync(log, 'utf8').slice(-3000));
        if (Date.now() > deadline) throw new Error('Envoy is not ready after a minute');
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      return new Envoy(child, Envoy.accessLog(folder));
    } catch (error) {
      await stop(child, 0);
      throw error;
    }
  }

  /** Waits until the connections from some ports are in the access log, for as long as that is likely. */
  async logged(ports: readonly number[]): Promise<Logs> {
    for (const deadline = Date.now() + LOG_MS; ; ) {
      await this.#read();
      if (ports.every((port) => this.#connections.has(port)) || Date.now() > deadline)
        return { requests: this.#requests, connections: this.#connections };
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  }

  async stop(): Promise<void> {
    await stop(this.#child, 0);
  }

  async #read(): Promise<void> {
    const { size } = await stat(this.#accessLog);
    if (size <= this.#offset) return;
    const file = await open(this.#accessLog);
    const { buffer } = await file.read(Buffer.alloc(size - this.#offset), 0, size - this.#offset, this.#offset);
    await file.close();
    this.#offset = size;
    const lines = (this.#rest + buffer.toString()).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines.filter(Boolean)) {
      const logged = JSON.parse(line) as LoggedRequest | LoggedConnection;
      if ('from' in logged) this.#connections.set(Number(logged.from.split(':').at(-1)), logged);
      else this.#requests.set(logged.id, logged);
    }
  }
}

function isReady(adminPort: number): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = get({ host: '127.0.0.1', port: adminPort, path: '/ready', timeout: 1000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    sent.once('timeout', () => sent.destroy());
    sent.once('error', () => resolve(false));
  });
}
