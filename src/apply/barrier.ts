import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from './api-error';
import type { Cluster } from './transport';

/** How long proxies are given to hear of a change, where istiod does not say how far they are, in milliseconds. */
export const SETTLE = 5000;
/** So long istiod takes to notice a change and to push it. Source: PILOT_DEBOUNCE_AFTER and PILOT_DEBOUNCE_MAX. */
const NOTICED = 1500;
const AGAIN = 500;

/** What was waited for. */
export type Settled = 'istiod says that all proxies have it' | 'a fixed time' | 'istiod says that not all proxies have it yet';

/**
 * Waits until the proxies have heard of what was written: until istiod says so, where it can be asked through the API server,
 * and a fixed time where it cannot.
 * Source: istio, pilot/pkg/xds/debug.go, /debug/syncz.
 * @param time the fixed time, in milliseconds
 * @param timeout for how long istiod is asked
 */
export async function settle(
  cluster: Cluster,
  {
    time,
    timeout,
    istiod,
    signal,
  }: { readonly time: number; readonly timeout: number; readonly istiod: string; readonly signal: AbortSignal },
): Promise<Settled> {
  const start = Date.now();
  const pause = (ms: number) => sleep(ms, undefined, { signal });
  const first = await behind(cluster, istiod);
  if (first === undefined) {
    await pause(Math.max(0, time - (Date.now() - start)));
    return 'a fixed time';
  }
  await pause(NOTICED);
  while (Date.now() - start < timeout) {
    if ((await behind(cluster, istiod)) === 0) return 'istiod says that all proxies have it';
    await pause(AGAIN);
  }
  return 'istiod says that not all proxies have it yet';
}

/** How many proxies have not taken what istiod sent them last; nothing where it cannot be asked. */
async function behind(cluster: Cluster, istiod: string): Promise<number | undefined> {
  try {
    const { body } = await cluster.send({
      method: 'GET',
      path: `/api/v1/namespaces/${encodeURIComponent(istiod)}/services/http:istiod:15014/proxy/debug/syncz`,
      what: 'how far proxies are',
      patient: false,
    });
    return Array.isArray(body) ? body.filter(isBehind).length : undefined;
  } catch (e) {
    if (e instanceof ApiError) return undefined; // no istiod there, or not allowed
    throw e;
  }
}

const KINDS = ['cluster', 'listener', 'route', 'endpoint'];
const isBehind = (proxy: any): boolean =>
  KINDS.some((k) => proxy[`${k}_sent`] !== undefined && proxy[`${k}_sent`] !== '' && proxy[`${k}_sent`] !== proxy[`${k}_acked`]);
