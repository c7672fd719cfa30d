const EVERY_MS = 15_000;

/** `72` -> `1m12s`. */
export function elapsed(sinceMs: number): string {
  const seconds = Math.round((Date.now() - sinceMs) / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`;
}

/**
 * Says what is being done while it is: at once, then every 15 seconds with the time it has taken, then that it is done.
 * `detail` is asked each time for what more there is to say.
 */
export async function withProgress<T>(what: string, detail: () => string, work: () => Promise<T>): Promise<T> {
  const since = Date.now();
  const say = (state: string) => console.log(`${what} … ${state}`);
  say('started');
  const timer = setInterval(() => say([elapsed(since), detail()].filter(Boolean).join(', ')), EVERY_MS);
  try {
    const result = await work();
    say(`done in ${elapsed(since)}`);
    return result;
  } finally {
    clearInterval(timer);
  }
}
