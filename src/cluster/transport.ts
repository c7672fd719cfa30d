import { setMaxListeners } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { ApiError } from './api-error';
import { expired } from './expired';
import { type Access, accessTo, type ClusterChoice, type Credentials } from './kubeconfig';
import { pause } from './pause';
import { type Answer, type Call, NoAnswer, once, open, textOf, urlOf } from './request';
import { Throttle } from './throttle';
import { unreachable } from './unreachable';
import { notCalled, triedSince, Webhooks } from './webhooks';

/** What came back. */
export interface Reply<T = any> {
  /** HTTP status. */
  readonly status: number;
  /** The JSON that came; the text where it is none. */
  readonly body: T;
  /** What the server warns of, where it took what was sent. */
  readonly warnings: readonly string[];
}

/** How to behave. */
export interface ClusterOptions {
  /** Ends all that is under way. */
  readonly signal?: AbortSignal;
  /** How long one request may be tried again, in milliseconds. @default 60000 */
  readonly patience?: number;
  /**
   * Is told, in words, why something is sent again: of a webhook at once, of what else passes when it has taken a second. Each
   * webhook, and the server itself, every five seconds at most.
   */
  onAgain?(why: string): unknown;
}

/** A server that never answered is waited for no longer, in milliseconds: it is likely another one that is meant. */
const FIRST_ANSWER = 8000;
/** A server for which another request has waited in vain is waited for no longer, in milliseconds. */
const SHORT = 1000;
/** So long something is sent again before it is said, and after that between two times, in milliseconds. */
const [SAID_AFTER, SAID_EVERY] = [1000, 5000];
/** So long a watch may be without a byte, in milliseconds. */
const WATCH_SILENCE = 90_000;
/** So long a program in a pod may take to answer, in milliseconds. */
const POD_ANSWERS = 10_000;
const LATER = new Set([429, 502, 503, 504]);
/** Errors of the server that pass, and that it has no status for: a 500, or a 422 of an address that it could not give out. For a
 * moment after its start all addresses are taken, it says. */
const PASSING =
  /etcdserver: (leader changed|request timed out)|rpc error: code = Unavailable|failed to allocate a serviceIP .*: range is full/;

/**
 * An API server: the only place that sends it anything. Connections are kept; as many requests are under way as it bears;
 * what failed in passing is sent again, and nothing that would not be safe.
 */
export class Cluster {
  private readonly throttle = new Throttle();
  private readonly webhooks = new Webhooks();
  /** When it was said last that something is sent again, by what it is about. */
  private readonly said = new Map<string, number>();
  private known: Promise<Credentials> | undefined;
  /** Whether it ever answered. */
  private reached = false;
  /** Whether a request has been given up since it last answered. */
  private isAway = false;
  private readonly closed = new AbortController();
  /** After it nothing is sent, nor sent again. */
  readonly ending: AbortSignal;

  constructor(
    /** How it is reached, and as whom. */
    readonly access: Access,
    private readonly o: ClusterOptions = {},
  ) {
    this.ending = o.signal ? AbortSignal.any([o.signal, this.closed.signal]) : this.closed.signal;
    // each request that is under way listens
    for (const signal of [this.ending, ...(o.signal ? [o.signal] : [])]) setMaxListeners(0, signal);
  }

  /**
   * The cluster of a kubeconfig's context. Nothing is sent yet.
   * @throws {KubeconfigError} when there is no kubeconfig, or no such context in it
   */
  static async of(choice: ClusterChoice, o: ClusterOptions = {}): Promise<Cluster> {
    return new Cluster(await accessTo(choice), o);
  }

  /**
   * Sends a request, and again while that may help.
   * @throws {ApiError} when the server refuses; {@link Unreachable} when it does not answer; {@link KubeconfigError} where there are no
   * credentials; the reason of the signal, where that ends it
   */
  async send<T = any>(call: Call): Promise<Reply<T>> {
    const start = Date.now();
    const until = start + (this.o.patience ?? 60_000);
    let refreshed = false;
    let webhook: string | undefined;
    for (let tries = 0; ; tries++) {
      this.ending.throwIfAborted();
      const sent = Date.now();
      const answer = await this.turn(call).catch((e: NodeJS.ErrnoException) => {
        this.o.signal?.throwIfAborted();
        if (e instanceof NoAnswer) return e;
        // a certificate, a name that nobody knows: trying again does not help
        throw typeof e.code === 'string' && e.code !== 'ABORT_ERR' ? unreachable(this.access, call, new NoAnswer(e, true)) : e;
      });
      if (answer instanceof NoAnswer) {
        const again = answer.neverArrived || (call.repeatable ?? call.method !== 'POST');
        const most = this.isAway ? SHORT : this.reached ? Number.POSITIVE_INFINITY : FIRST_ANSWER;
        if (!again || Date.now() > Math.min(until, start + most)) {
          this.isAway = again;
          throw unreachable(this.access, call, answer);
        }
        if (Date.now() > start + SAID_AFTER) this.again('the API server', `does not answer (${answer.message})`);
        await pause(backOff(tries), this.ending);
        continue;
      }
      [this.reached, this.isAway] = [true, false];
      const { status, body, retryAfter, warnings } = answer;
      if (status < 300) {
        if (webhook !== undefined) this.webhooks.called(webhook);
        return { status, body: body as T, warnings };
      }
      if (status === 401 && !refreshed && call.patient !== false) {
        refreshed = true;
        this.known = undefined;
        continue;
      }
      const why = status === 401 ? expired(await this.credentials()) : undefined;
      const error = new ApiError(status, body, call.what, why && `context "${this.access.context}": ${why}: log in again`);
      const failing = notCalled(error);
      if (webhook !== undefined && failing !== webhook) this.webhooks.called(webhook);
      if (failing !== undefined && call.patient !== false) {
        webhook = failing;
        const { until: most, since } = this.webhooks.failed(webhook, sent);
        if (Date.now() >= Math.min(until, most)) throw new ApiError(status, body, call.what, triedSince(webhook, since));
        this.again(webhook, `cannot be called: ${error.said}`);
        await pause(backOff(tries), this.ending);
        continue;
      }
      const passing = (status === 500 || status === 422) && PASSING.test(error.message);
      const passes = LATER.has(status) || passing || (status === 500 && retryAfter !== undefined);
      if (status === 429 || status === 503) this.throttle.tooBusy();
      if (!passes || call.patient === false || Date.now() + (retryAfter ?? 0) >= until) throw error;
      if (Date.now() > start + SAID_AFTER) this.again('the API server', `cannot do it now: ${error.message}`);
      await pause(retryAfter === undefined ? backOff(tries) : retryAfter * (1 + Math.random() / 4), this.ending);
    }
  }

  /** Lines of a watch, each an event; ends when the server ends it. Not counted among the requests under way. */
  async *watch(path: string, query: Call['query'], signal?: AbortSignal): AsyncGenerator<any> {
    const { agent, headers } = await this.credentials();
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const ends = [signal, this.o.signal].filter((s) => s !== undefined);
      const r = open(
        this.access.server,
        path,
        { ...query, watch: true, allowWatchBookmarks: true },
        {
          method: 'GET',
          agent,
          headers: { ...headers, Accept: 'application/json' },
          ...(ends.length > 0 ? { signal: AbortSignal.any(ends) } : {}),
        },
      );
      // a bookmark comes every minute
      r.setTimeout(WATCH_SILENCE, () => r.destroy(new Error(`nothing is heard of the watch of ${path}`)));
      r.on('response', resolve);
      r.on('error', reject);
      r.end();
    });
    if (response.statusCode !== 200) throw new ApiError(response.statusCode ?? 0, await textOf(response), `watch of ${path}`);
    let rest = '';
    response.setEncoding('utf8');
    for await (const part of response as AsyncIterable<string>) {
      const lines = (rest + part).split('\n');
      rest = lines.pop()!;
      for (const line of lines) if (line !== '') yield JSON.parse(line);
    }
  }

  /**
   * Asks a program in a pod for something over HTTP, as if from the pod's own machine: the API server forwards a port.
   * @param path `/debug/syncz`
   * @returns the text of its answer
   * @throws {ApiError} where the user may not; an Error where the program does not answer
   */
  async askPod(pod: { readonly namespace: string; readonly name: string }, port: number, path: string): Promise<string> {
    const { agent, headers } = await this.credentials();
    const over = AbortSignal.timeout(POD_ANSWERS);
    const forwarded = `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}/portforward`;
    const what = `Pod ${pod.namespace}/${pod.name}, port ${port}`;
    // most runs forward nothing
    const { askThrough } = require('./port-forward') as typeof import('./port-forward');
    return askThrough(
      urlOf(this.access.server, forwarded, { ports: port }),
      { agent, headers, signal: this.o.signal ? AbortSignal.any([over, this.o.signal]) : over },
      path,
      what,
    ).catch((e) => {
      throw e === over.reason ? new Error(`${what}: no answer for ${POD_ANSWERS / 1000} s`) : e;
    });
  }

  /** Closes the connections; what is under way still ends with them. */
  async close(): Promise<void> {
    this.closed.abort(new Error('the connections to the API server are closed'));
    const known = await this.known?.catch(() => undefined);
    known?.agent.destroy();
  }

  /** One at a time asks for credentials: a plugin may open a browser. */
  private credentials(): Promise<Credentials> {
    if (this.known === undefined) {
      const asked = this.access.credentials();
      this.known = asked;
      asked.catch(() => {
        if (this.known === asked) this.known = undefined;
      });
    }
    return this.known;
  }

  private async turn(call: Call): Promise<Answer> {
    const credentials = await this.credentials();
    const done = call.urgent ? () => {} : await this.throttle.turn();
    try {
      this.ending.throwIfAborted();
      await call.before?.();
      const start = performance.now();
      const answer = await once(this.access.server, call, credentials, this.o.signal);
      if (answer.status < 500 && answer.status !== 429) this.throttle.answered(performance.now() - start);
      return answer;
    } finally {
      done();
    }
  }

  /** Says that something is sent again, and why; not each time. */
  private again(who: string, why: string): void {
    const now = Date.now();
    if (now - (this.said.get(who) ?? 0) < SAID_EVERY) return;
    this.said.set(who, now);
    this.o.onAgain?.(`${who} ${why}; it is tried again`);
  }
}

/** Twice as long each time, up to five seconds, and not all at once. */
const backOff = (tries: number): number => Math.min(5000, 200 * 2 ** tries) * (0.5 + Math.random() / 2);
