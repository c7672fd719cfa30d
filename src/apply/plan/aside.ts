import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setImmediate as others } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Diagnostic } from '../../check/diagnostic';
import type { Rule } from '../../check/rule';
import type { Reading, ReadManifests } from '../../manifests/files';
import type { Manifest } from '../../manifests/manifest';
import type { Installation } from './installed';
import type { Plan } from './plan';

/** Characters of YAML that take longer to read than a thread takes to begin: some 50 ms. */
const PAYS = 300_000;
/** So long answers of the server may wait while documents are read, in milliseconds. */
const AT_ONCE = 10;

const THREAD = join(__dirname, 'aside-thread.js');

/** What the thread begins with. */
export type Given = Pick<Reading, 'files' | 'cwd'>;

/** What the thread is asked: what is wrong with what is applied. */
export interface Asked {
  /** Indices of the manifests; with a namespace, and another object, where these are not as they were read. */
  readonly ours: readonly (number | readonly [index: number, namespace: string, object?: object])[];
  /** `{ object, file }` of each, as JSON. */
  readonly others: string;
  readonly installation: Installation;
  /** Names of those that are followed; nothing for all. */
  readonly rules: readonly string[] | undefined;
}

/** What it tells: values of documents, as JSON, nothing after the last; findings, as JSON. */
export type Told = { readonly values: string | undefined } | { readonly findings: string };

/**
 * Reads manifests and checks them while the cluster is asked and the rest of a plan is worked out: by a second thread, where there
 * is so much of them that it pays, and a processor for it. What the thread does not do is done here, in between.
 */
export class Aside {
  /** Until it ends. */
  private thread: Worker | undefined;
  /** By what a manifest keeps, whatever is changed of it. */
  private readonly indices = new Map<Manifest['place'], number>();
  private read: readonly Manifest[] = [];

  /** @param large characters from which on a thread is worth its while. @default 300000, where there are more than two processors */
  constructor(
    private readonly reading: Reading,
    large = availableParallelism() > 2 ? PAYS : Number.POSITIVE_INFINITY,
  ) {
    const size = reading.files.reduce((n, f) => n + ('text' in f ? f.text.length : 0), 0);
    // there is no such file where TypeScript is run as it is
    if (size >= large && existsSync(THREAD))
      // what goes wrong with it is done here
      this.thread = new Worker(THREAD, { workerData: { files: reading.files, cwd: reading.cwd } satisfies Given })
        .on('error', () => undefined)
        .on('exit', () => {
          this.thread = undefined;
        });
  }

  /** What was read. */
  async manifests(): Promise<ReadManifests> {
    const { thread, reading } = this;
    if (thread)
      await asked<void>(thread, (told, done) => {
        if (!('values' in told)) return;
        if (told.values === undefined) return done();
        for (const [value] of JSON.parse(told.values) as [unknown?][]) reading.next(value === undefined ? undefined : { value });
      });
    thread?.unref();
    for (let since = performance.now(); reading.next(); )
      if (performance.now() - since > AT_ONCE) {
        await others();
        since = performance.now();
      }
    const read = reading.rest();
    this.read = read.manifests;
    return read;
  }

  /** {@link preflight}. */
  async preflight(plan: Plan, installation: Installation, rules?: readonly Rule[]): Promise<Diagnostic[]> {
    const { caused, preflight, sorted } = require('./preflight') as typeof import('./preflight');
    const { thread } = this;
    if (!thread) return preflight(plan, installation, rules);
    if (this.indices.size === 0) for (const [i, m] of this.read.entries()) this.indices.set(m.place, i);
    const { ours, others } = sorted(plan);
    thread.ref();
    thread.postMessage({
      ours: ours.map((m) => {
        const i = this.indices.get(m.place)!;
        const { object, namespace } = this.read[i]!;
        return m.object !== object ? [i, m.namespace, m.object] : m.namespace === namespace ? i : [i, m.namespace];
      }),
      others: JSON.stringify(others.map((m) => ({ object: m.object, file: m.place().file }))),
      installation,
      rules: rules?.map((r) => r.name),
    } satisfies Asked);
    const told = await asked<string>(thread, (t, done) => {
      if ('findings' in t) done(t.findings);
    });
    thread.unref();
    return told === undefined ? preflight(plan, installation, rules) : caused(plan, JSON.parse(told), installation, rules);
  }

  /** Ends the thread. */
  async end(): Promise<void> {
    await this.thread?.terminate();
  }
}

/** Listens to a thread until it has said what is wanted; nothing where it ended before. */
const asked = <T>(thread: Worker, listen: (told: Told, done: (value: T) => void) => void): Promise<T | undefined> =>
  new Promise((resolve) => {
    const done = (value?: T) => {
      thread.off('message', heard).off('exit', gone).off('error', gone);
      resolve(value);
    };
    const heard = (told: Told) => listen(told, done);
    const gone = () => done();
    thread.on('message', heard).on('exit', gone).on('error', gone);
  });
