import { createInterface } from 'node:readline';
import type { OracleClient } from '../oracle/types';
import type { Xds } from '../oracle/xds';
import { endpointsOf } from '../oracle/xds';
import { start, stop } from '../processes';

/** istiod's test server now and then answers before it knows all endpoints. */
const ATTEMPTS = 3;

/** istiod's code in a process that goes on: told of the objects of one moment, it says what it would send to a proxy. */
export class Istiod {
  readonly #child: ReturnType<typeof start>;
  readonly #waiting = new Map<string, { resolve: (xds: Xds) => void; reject: (error: Error) => void }>();
  #asked = 0;

  constructor(program: string) {
    this.#child = start(program, ['-j', '2'], { stdio: ['pipe', 'pipe', 'ignore'] });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      if (!line.startsWith('{')) return; // Istio's packages log to the standard output
      const answer = JSON.parse(line) as Xds;
      this.#waiting.get(answer.id)?.resolve(answer);
      this.#waiting.delete(answer.id);
    });
    this.#child.stdin!.on('error', () => {}); // the program has ended: said below
    this.#child.once('close', (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`istiod's code ended with ${code}`));
      this.#waiting.clear();
    });
  }

  /** What it sends to a proxy while these are the objects. Objects that its webhook refuses are an error. */
  async send(objects: readonly unknown[], client: OracleClient): Promise<Xds> {
    const mesh = objects.map((object) => JSON.stringify(object)).join('\n---\n');
    let best: Xds | undefined;
    for (let i = 0; i < ATTEMPTS && !(best && isComplete(best)); i++) {
      const xds = await this.#ask(mesh, client);
      if (xds.error || xds.invalid) throw new Error(`istiod has no configuration: ${xds.error ?? xds.invalid}`);
      if (!best || countOf(xds) > countOf(best)) best = xds;
    }
    return best!;
  }

  async stop(): Promise<void> {
    await stop(this.#child, 0);
  }

  #ask(mesh: string, client: OracleClient): Promise<Xds> {
    const id = String(++this.#asked);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.stdin!.write(`${JSON.stringify({ id, mesh, meshConfig: '', client })}\n`);
    });
  }
}

const counts = (xds: Xds): number[] =>
  (xds.clusters ?? []).filter(({ type }) => type === 'EDS').map((cluster) => endpointsOf(xds, cluster).length);
const countOf = (xds: Xds): number => counts(xds).reduce((a, b) => a + b, 0);
/** Where pods are really not there it is asked again for nothing. */
const isComplete = (xds: Xds): boolean => counts(xds).every((count) => count > 0);
