import { diff } from '../../src/diff/diff';
import type { MeshModel } from '../../src/model/mesh-model';
import { withoutPort } from '../../src/model/virtual-host';
import { clusterAnswer } from '../../src/trace/answer';
import { findClient } from '../../src/trace/client';
import { trace } from '../../src/trace/flow';
import { headerLines, PLAIN_ALPN, type TraceRequest } from '../../src/trace/request';
import type { OracleRequest } from '../real/oracle';
import { callerOf } from './caller';
import { type Pair, pairOf } from './pairs';
import { linesOf } from './support';

// The real lane's meshes: sidecars and gateways, TLS and TCP, entries, scopes, policies and tokens.

/** All of a trace that a client or a server sees, told apart here on its own. */
function seen(model: MeshModel, client: string, request: TraceRequest): string {
  const t = trace(model, findClient(model, client.replace('gateway ', 'gateway:')), request);
  const o = t.outbound;
  const texts = (list: readonly unknown[]) => list.map((x) => JSON.stringify(x)).sort();
  const { ends, letIn, gets, arrivals } = callerOf(t, (e) => [e.status ?? true, e.where.split(', ').sort(), e.subset]);
  return JSON.stringify([
    ends,
    o && [
      o.mirrors,
      o.fault,
      o.redirect,
      o.directResponse,
      letIn && [o.timeoutMs, o.retry, o.action === 'route' && (o.hashPolicy ?? [])],
    ],
    // of connections only where they end counts
    o?.action === 'route' &&
      !o.local &&
      o.destinations
        ?.filter((d) => gets(d.cluster))
        .map((d) => [d.path, d.host, d.requestHeaders, d.requestHeadersRemoved, d.response]),
    // how destinations are called; which pods are there shows in the arrivals
    texts(t.clusters.filter((c) => gets(c.name)).map((c) => ({ ...clusterAnswer(c), endpoints: 0, config: 0 }))),
    texts(arrivals.map((a) => [a.cluster, a.endpoint.workload?.config.name ?? a.endpoint.address, a.mutualTls])),
    texts(
      arrivals.map((a) => {
        const d = a.outcome?.destinations?.[0];
        return [a.endpoint.workload?.config.name, a.outcome?.status, d?.path, d?.requestHeaders, d?.requestHeadersRemoved];
      }),
    ),
  ]);
}

/** Who may ask what the lane asks: the clients that both sides have. */
function askers({ old, now, case: c }: Pair): string[] {
  const both = (m: MeshModel) => (m === old ? now : old);
  const gateways = old.gateways
    .filter((g) => both(old).gateways.some((x) => x.namespace === g.namespace && x.name === g.name))
    .map((g) => `gateway ${g.namespace}/${g.name}`);
  if (c.client.kind === 'gateway') return gateways;
  const asked = c.requests[0]?.inbound ? ['foo/a-v1', 'bar/b-v1'] : [`${c.client.namespace}/caller-v1`];
  const has = (m: MeshModel, name: string) => m.workloads.some((w) => `${w.namespace}/${w.config.name}` === name);
  return [...asked.filter((n) => has(old, n) && has(now, n)), ...(c.requests[0]?.inbound ? ['outside'] : [])];
}

const PORTS: Readonly<Record<number, number>> = { 8080: 80 };

/** What a client would send so that it comes to where the lane sends it. */
function requestOf(r: OracleRequest): TraceRequest {
  const host = r.inbound ? 'web.foo.svc.cluster.local' : r.host;
  const port = r.inbound ? (PORTS[r.port] ?? r.port) : r.port;
  const tls = r.tls === true;
  const alpn = r.inbound ? PLAIN_ALPN : (r.alpn ?? (tls ? [] : PLAIN_ALPN));
  const sni = tls ? (r.sni ?? withoutPort(host)) : undefined;
  return {
    method: r.method ?? 'GET',
    path: r.path ?? '/',
    host,
    port,
    headers: headerLines(r.headers ?? {}),
    tls,
    sni,
    alpn,
    dialled: undefined,
  };
}

const PAIRS = Number(process.env.DIFF_PAIRS ?? 40);
const FIRST = Number(process.env.DIFF_SEED ?? 1000);

test('whatever differs for requests of the lane is told, and what is told differs', () => {
  const count = { asked: 0, differ: 0, told: 0, empty: 0 };
  const missed: string[] = [];
  for (let seed = FIRST; seed < FIRST + PAIRS; seed++) {
    const pair = pairOf(seed);
    const { old, now } = pair;
    const differences = diff(old, now);
    if (differences.length === 0) count.empty++;
    for (const { witness: w, text } of differences) {
      if (!w || w.client.includes('(from ')) continue;
      count.told++;
      if (seen(old, w.client, w.request) === seen(now, w.client, w.request))
        missed.push(`${seed} told, and the same: ${w.client} ${text}`);
    }
    for (const client of askers(pair))
      for (const r of pair.case.requests) {
        count.asked++;
        const request = requestOf(r);
        if (seen(old, client, request) === seen(now, client, request)) continue;
        count.differ++;
        if (differences.some((d) => d.clients.includes(client))) continue;
        if (differences.some((d) => d.aspect === 'objects')) continue; // what is new or gone is told apart
        missed.push(
          `${seed} ${client} ${JSON.stringify(request)}\n  ${seen(old, client, request)}\n  ${seen(now, client, request)}\n${linesOf(differences).join('\n')}`,
        );
      }
  }
  expect(missed).toEqual([]);
  // all of it was there, so the property means something
  expect(count.asked).toBeGreaterThan(10 * PAIRS);
  for (const n of [count.differ, count.told, count.empty]) expect(n).toBeGreaterThan(PAIRS / 4);
});
