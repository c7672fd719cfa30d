import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits some milliseconds.
 * @throws the reason of the signal, when that ends it
 */
export const pause = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  sleep(ms, undefined, signal ? { signal } : {}).catch((e) => Promise.reject(signal?.aborted ? signal.reason : e));
