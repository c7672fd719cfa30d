import { Agent, get } from 'node:http';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { POD_HEADER } from './pods';
import type { Sidecar } from './sidecar';

/** What is asked for again and again. */
export interface Target {
  readonly host: string;
  /** What DNS says of it now. */
  address(): string | undefined;
}

/** An answer that is no 200. */
export interface Failure {
  readonly at: number;
  readonly sidecar: string;
  readonly host: string;
  /** Status and text, or how the connection failed. */
  readonly said: string;
}

const WORKERS = 4;
const PAUSE_MS = 15;
const TIMEOUT_MS = 30_000;
/** An address that no service has. */
const ELSEWHERE = '240.0.0.1';
const PORT = 80;

/** Constant requests through sidecars: some clients each, which ask one target after the other. */
export class Requests {
  readonly #agents = new Map<string, Agent>();
  readonly #workers: Promise<void>[];
  readonly #failures: Failure[] = [];
  #isStopped = false;
  #answered = 0;
  #pods = new Map<string, Set<string>>();

  constructor(
    sidecars: readonly Sidecar[],
    private readonly targets: readonly Target[],
  ) {
    this.#workers = sidecars.flatMap((sidecar) => Array.from({ length: WORKERS }, (_, i) => this.#work(sidecar, i)));
  }

  /** Answers so far. */
  get answered(): number {
    return this.#answered;
  }

  get failures(): readonly Failure[] {
    return this.#failures;
  }

  /** Begins to note anew which pods answer. */
  forgetPods(): void {
    this.#pods = new Map();
  }

  /** The Deployments whose pods have answered for a host since, sorted. */
  podsOf(host: string): readonly string[] {
    return [...(this.#pods.get(host) ?? [])].sort();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#workers);
    for (const agent of this.#agents.values()) agent.destroy();
  }

  async #work(sidecar: Sidecar, worker: number): Promise<void> {
    for (let i = worker; !this.#isStopped; i++) {
      const target = this.targets[i % this.targets.length]!;
      const { said, pod } = await this.#ask(sidecar, target);
      this.#answered++;
      if (said !== '200') this.#failures.push({ at: Date.now(), sidecar: sidecar.name, host: target.host, said });
      if (pod) this.#pods.set(target.host, (this.#pods.get(target.host) ?? new Set()).add(pod));
      await pause(PAUSE_MS);
    }
  }

  #ask(sidecar: Sidecar, { host, address }: Target): Promise<{ said: string; pod?: string }> {
    const agent = this.#agent(sidecar, address() ?? ELSEWHERE);
    return new Promise((resolve) => {
      const sent = get(
        { agent, host: '127.0.0.1', port: sidecar.port, path: '/', headers: { host }, timeout: TIMEOUT_MS },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => {
            text += part;
          });
          response.once('error', (error) => resolve({ said: error.message }));
          response.once('end', () => {
            const { statusCode, headers } = response;
            const pod = headers[POD_HEADER];
            resolve(statusCode === 200 ? { said: '200', pod: String(pod) } : { said: `${statusCode} ${text}`.trim() });
          });
        },
      );
      sent.once('timeout', () => sent.destroy(new Error('no answer in time')));
      sent.once('error', (error) => resolve({ said: error.message }));
    });
  }

  /** Connections for an address, which PROXY protocol says: Envoy is told of it as iptables would. */
  #agent({ name, port }: Sidecar, address: string): Agent {
    const key = `${name} ${address}`;
    const known = this.#agents.get(key);
    if (known) return known;
    const agent = new Agent({ keepAlive: true });
    agent.createConnection = () => {
      const socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
      socket.write(`PROXY TCP4 127.0.0.1 ${address} 40000 ${PORT}\r\n`);
      return socket;
    };
    this.#agents.set(key, agent);
    return agent;
  }
}
