import { type ProxyState, proxiesOf } from '../../cluster/istiod';
import { pause } from '../../cluster/pause';
import type { Cluster } from '../../cluster/transport';

/** How long proxies are given to hear of a change, where istiod does not say how far they are, in milliseconds. */
export const SETTLE = 5000;
/** So long istiod may take to notice a change, and between what it sends to one proxy and to the next. Source: PILOT_DEBOUNCE_AFTER,
 * 100 ms, and some room. */
const QUIET = 1500;
/** So long it may put off what it has to send while more changes come. Source: PILOT_DEBOUNCE_MAX, 10 s, and some room. */
const PUT_OFF = 15_000;
const AGAIN = 500;
/** Of proxies that are waited for so many are told. */
const TOLD = 20;
/** Of why a proxy refuses so many characters. */
const MOST_SAID = 300;

/** What was waited for. */
export type Settled = 'istiod says that all proxies have it' | 'a fixed time' | 'istiod says that not all proxies have it yet';

/** How a wait for proxies goes on. */
export interface SettleOptions {
  /** The fixed time, in milliseconds. */
  readonly time: number;
  /** For how long istiod is asked, in milliseconds. */
  readonly timeout: number;
  /** Istiod's namespace. */
  readonly istiod: string;
  readonly signal: AbortSignal;
  /** Told whenever others are waited for: some of them, with why. */
  progress?(left: Readonly<Record<string, string>>): void;
}

/**
 * Waits until the proxies have heard of what was written: until istiod says so, where it can be asked, and a fixed time where it
 * cannot. Istiod does not say whether it has sent all that it has to send: so it has to have sent nothing new for a while, and
 * each proxy has to have taken what it was sent last.
 * @returns what was waited for, and the proxies that have not taken it in time, with why
 */
export async function settle(
  cluster: Cluster,
  o: SettleOptions,
): Promise<{
  readonly by: Settled;
  /** Why istiod was not asked, where it was a fixed time. */
  readonly why?: string;
  readonly left: Readonly<Record<string, string>>;
}> {
  const start = Date.now();
  const waited = (ms: number) => pause(ms, o.signal);
  const ask = () => proxiesOf(cluster, o.istiod, o.signal);
  let now = await ask();
  if ('why' in now) {
    await waited(Math.max(0, o.time - (Date.now() - start)));
    return { by: 'a fixed time', why: now.why, left: {} };
  }
  const seen = new Seen(start);
  for (let told = ''; ; now = await ask()) {
    if (!('why' in now) && seen.look(now, Date.now())) return { by: 'istiod says that all proxies have it', left: {} };
    const left = leftOf(seen.left);
    const isOver = Date.now() - start >= Math.max(o.timeout, o.time);
    if (isOver && seen.left.length > 0) return { by: 'istiod says that not all proxies have it yet', left };
    if (isOver && 'why' in now) return { by: 'a fixed time', why: now.why, left: {} }; // it is asked no more
    if (isOver) return { by: 'istiod says that all proxies have it', left: {} };
    const text = Object.keys(left).join();
    if (text !== told) o.progress?.(left);
    told = text;
    await waited(AGAIN);
  }
}

/** What was seen of proxies since a wait began. */
class Seen {
  /** What each was sent last. */
  private sent: ReadonlyMap<string, string> | undefined;
  /** Those that had taken all that they were sent, since something was last sent, whenever they were looked at twice in a row. */
  private readonly took = new Set<string>();
  /** Those that had when they were last looked at: some ask for the endpoints of new clusters only then. */
  private upToDate: ReadonlySet<string> = new Set();
  private changed: number;
  left: readonly ProxyState[] = [];

  constructor(private readonly start: number) {
    this.changed = start;
  }

  /** Whether all proxies have all. In a large mesh one is behind at any moment: each has to have been up to date once. */
  look(proxies: readonly ProxyState[], now: number): boolean {
    const isNew = this.sent !== undefined && proxies.some((p) => this.sent!.get(p.name) !== p.sent);
    // elsewhere something may change for ever
    if (isNew && now - this.start < PUT_OFF) {
      this.changed = now;
      this.took.clear();
      this.upToDate = new Set();
    }
    this.sent = new Map(proxies.map((p) => [p.name, p.sent]));
    const upToDate = new Set(proxies.flatMap((p) => (p.isBehind ? [] : [p.name])));
    for (const name of upToDate) if (this.upToDate.has(name)) this.took.add(name);
    this.upToDate = upToDate;
    const some = proxies.filter((p) => !this.took.has(p.name));
    this.left = some.filter((p) => p.isBehind);
    return some.length === 0 && now - this.changed >= QUIET;
  }
}

const leftOf = (proxies: readonly ProxyState[]): Record<string, string> =>
  Object.fromEntries(
    [...proxies]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .slice(0, TOLD)
      .map(({ name, refuses }, i) => [
        `proxy ${name}`,
        i === TOLD - 1 && proxies.length > TOLD
          ? `and ${proxies.length - TOLD} others have not taken what istiod sent them last`
          : refuses === undefined
            ? 'has not taken what istiod sent it last'
            : `refuses what istiod sent it: ${refuses.slice(0, MOST_SAID)}`,
      ]),
  );
