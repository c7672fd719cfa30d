// What the ladder says about a request, in the words of the oracle's answers, and whether Envoy says the same.

import { afterEffects } from '../../src/routing/rewrite';
import { decide } from '../../src/routing/spec';
import type { Question } from './random-app';

/** The part of an answer that the ladder decides. */
export interface Answer {
  readonly action: string;
  readonly status?: number;
  readonly redirect?: string;
  /** Share in percent by Envoy cluster. */
  readonly shares?: Readonly<Record<string, number>>;
  readonly path?: string;
  readonly timeoutMs?: number;
  readonly attempts?: number;
  readonly fault?: unknown;
  readonly mirrors?: readonly string[];
}

const ISTIO_ATTEMPTS = 2; // what istiod sets where a route says nothing

/** The answer that the table's specification gives. */
export function expectedAnswer(q: Question): Answer {
  if (q.connection) return { action: 'l4', shares: sorted(q.connection.shares) };
  const d = decide(q.table, q.request);
  if (!d) return { action: 'noRoute' };
  const { action, effects: e } = d;
  if (action.kind === 'respond') return { action: 'directResponse', status: action.status };
  if (action.kind === 'redirect') return { action: 'redirect', redirect: action.uri ?? '' };
  if (action.kind !== 'split') throw new Error('random apps have no delegates');
  const total = action.to.reduce((n, t) => n + (t.weight ?? 1), 0);
  const shares: Record<string, number> = {};
  for (const t of action.to) {
    const cluster = `outbound|${t.port}|${t.subset ?? ''}|${t.host}`;
    shares[cluster] = round((shares[cluster] ?? 0) + (100 * (t.weight ?? 1)) / total);
  }
  const aborted = e.abort?.percent === 100;
  return {
    action: 'route',
    shares: sorted(shares),
    timeoutMs: e.timeout ?? 0,
    attempts: e.retries?.attempts ?? ISTIO_ATTEMPTS,
    ...(aborted ? { status: (e.abort!.status as { http: number }).http } : { path: afterEffects(q.request, e).path }),
    ...(e.delay || e.abort
      ? {
          fault: {
            ...(e.delay ? { delay: { ms: e.delay.ms, percent: e.delay.percent } } : {}),
            ...(e.abort ? { abort: { status: (e.abort.status as { http: number }).http, percent: e.abort.percent } } : {}),
          },
        }
      : {}),
    mirrors: (e.mirrors ?? []).map((m) => `outbound|${m.port}|${m.subset ?? ''}|${m.host} ${m.percent}`).sort(),
  };
}

/** The same part of what Envoy answered. */
export function actualAnswer(a: any): Answer {
  if (a.action === 'directResponse') return { action: 'directResponse', status: a.directResponse?.status ?? a.status };
  if (a.action === 'redirect') return { action: 'redirect', redirect: pathOf(a.redirect?.location ?? '') };
  if (a.action !== 'route' && a.action !== 'l4') return { action: a.action };
  const shares: Record<string, number> = {};
  const total = a.destinations.reduce((n: number, d: any) => n + d.weight, 0);
  for (const d of a.destinations) shares[d.cluster] = round((shares[d.cluster] ?? 0) + (100 * d.weight) / total);
  if (a.action === 'l4') return { action: 'l4', shares: sorted(shares) };
  const aborted = a.fault?.abort?.percent === 100;
  const answered = a.destinations.find((d: any) => d.path !== undefined);
  return {
    action: 'route',
    shares: sorted(shares),
    timeoutMs: a.timeoutMs ?? 0,
    attempts: a.retry?.attempts ?? 0,
    ...(aborted ? { status: a.status } : { path: answered?.path?.split('?')[0] }),
    ...(a.fault ? { fault: a.fault } : {}),
    mirrors: (a.mirrors ?? []).map((m: any) => `${m.cluster} ${m.percent}`).sort(),
  };
}

/**
 * Where Envoy says something else than the ladder; `undefined` where they agree. A fault for some requests may have met
 * each that was sent: then nobody saw the path.
 */
export function difference(q: Question, a: any): string | undefined {
  const [want, have] = [expectedAnswer(q), actualAnswer(a)];
  const abort = (want.fault as { abort?: unknown } | undefined)?.abort;
  const { path: _, ...withoutPath } = want;
  const wanted = JSON.stringify(abort && have.path === undefined ? { ...withoutPath } : want);
  if (wanted !== JSON.stringify(have)) return `the ladder says ${wanted}\n  Envoy says      ${JSON.stringify(have)}`;
  const asked = (a.destinations ?? []).filter((d: any) => d.host && d.host !== askedHost(q, d.cluster));
  return asked.length > 0
    ? `${asked.map((d: any) => `${d.cluster} is asked by ${d.host}, and ${askedHost(q, d.cluster)} is meant`)}`
    : undefined;
}

/** The name that a destination is asked by. */
function askedHost(q: Question, cluster: string): string {
  const d = decide(q.table, q.request);
  if (d?.action.kind !== 'split') return q.request.authority;
  const to = d.action.to.find((t) => `outbound|${t.port}|${t.subset ?? ''}|${t.host}` === cluster);
  return to?.headers?.request?.set?.[':authority'] ?? afterEffects(q.request, d.effects).authority;
}

/** Without the noise of how a share was worked out. */
const round = (n: number) => Number(n.toPrecision(9));
const sorted = (o: Record<string, number>) => Object.fromEntries(Object.entries(o).sort(([a], [b]) => (a < b ? -1 : 1)));
const pathOf = (location: string) => (location.includes('://') ? new URL(location).pathname : location);
