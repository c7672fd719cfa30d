import { type Cluster, takesMutualTls } from '../model/cluster';
import type { Endpoint } from '../model/endpoints';
import type { MeshModel } from '../model/mesh-model';
import { mixedEntries, type Unknown } from '../model/not-understood';
import { type Client, proxyOf } from './client';
import { type Fraction, fraction, ONE, percentShare, plus, rest, times } from './fraction';
import { inbound } from './inbound';
import { outbound } from './outbound';
import type { Destination, Outcome } from './outcome';
import { MTLS_ALPN, PLAIN_ALPN, type TraceRequest } from './request';
import type { World } from './token';

/** A request at a workload that it arrives at. */
export interface Arrival {
  readonly cluster: string;
  readonly endpoint: Endpoint;
  readonly mutualTls: boolean;
  /** What its own sidecar does; nothing where it has none. */
  readonly outcome: Outcome | undefined;
}

/** How a share of the requests ends, as the client sees it. */
export interface Ending {
  readonly share: Fraction;
  /** HTTP status; nothing for a connection that is not looked into. */
  readonly status: number | undefined;
  /** Envoy's response flags, where there is one. */
  readonly flags: string | undefined;
  /** `shop/reviews-v1`, a host outside, or the proxy that answers. */
  readonly where: string;
  readonly subset: string | undefined;
  /** In words, for what is no plain success. */
  readonly reason: string | undefined;
  /** Pods of this share differ: some end so, others otherwise. */
  readonly maybe: boolean;
}

/** The whole way of a request, from a client to where it ends. */
export interface Trace {
  readonly client: Client;
  readonly request: TraceRequest;
  /** At the client's own proxy; nothing where it has none. */
  readonly outbound: Outcome | undefined;
  readonly arrivals: readonly Arrival[];
  /** Their shares make 1. */
  readonly endings: readonly Ending[];
  /** What is on the way and not understood: the answer holds but for that. */
  readonly unknown: readonly Unknown[];
}

/** Follows a request from a client's proxy to the workloads behind each destination. */
export function trace(model: MeshModel, client: Client, request: TraceRequest, world: World = {}): Trace {
  const arrivals: Arrival[] = [];
  if (client.proxy === 'none') return withoutProxy(model, client, request, world);
  const proxy = proxyOf(model, client);
  const outcome = outbound(proxy, request);
  const endings = merged(endingsOf(model, client, request, outcome, (name) => proxy.cluster(name), arrivals, world));
  return { client, request, outbound: outcome, arrivals, endings, unknown: unknown(model, client, arrivals, endings) };
}

/** What a client may have meant that is in no namespace. */
function elsewhere(model: MeshModel, host: string): string {
  const spaces = [
    ...new Set(model.services.filter((s) => s.registry === 'Kubernetes' && s.name === host).map((s) => s.namespace)),
  ];
  return spaces.length > 0
    ? `: ${host} is short for ${spaces.map((n) => `${host}.${n}`).join(' or ')} inside that namespace alone; say the longer name, or who asks from there`
    : '; a client without a proxy needs a name that DNS knows from where it is';
}

/** A client without a proxy dials the Service, and comes to its pods in plain text. */
function withoutProxy(model: MeshModel, client: Client, request: TraceRequest, world: World): Trace {
  const arrivals: Arrival[] = [];
  const proxy = proxyOf(model, client);
  const host = request.host.replace(/:\d+$/, '');
  const names = [host, `${host}.${client.namespace}.svc.${model.mesh.domain}`, `${host}.svc.${model.mesh.domain}`];
  const service = names.flatMap((n) => [...(model.byHost.get(n)?.values() ?? [])])[0];
  const cluster = service && proxy.cluster(`outbound|${request.port}||${service.host}`);
  if (!cluster) {
    const ending = {
      share: ONE,
      status: undefined,
      flags: undefined,
      where: host,
      subset: undefined,
      reason: `no Service is ${host} at port ${request.port}${elsewhere(model, host)}`,
      maybe: false,
    };
    return { client, request, outbound: undefined, arrivals, endings: [ending], unknown: [] };
  }
  const plain: Cluster = { ...cluster, tls: undefined };
  const endings = merged(arrive(model, client, request, plain, undefined, ONE, arrivals, world));
  return { client, request, outbound: undefined, arrivals, endings, unknown: unknown(model, client, arrivals) };
}

/** A gateway whose pods are not here may be somebody else than is taken for granted. */
const ASSUMED: Unknown = {
  by: undefined,
  reason:
    "the gateway's pods are not among these objects, so their identity is taken to be that of istioctl's install; where it is another, say it on the Gateway: mesh.cdk8s.io/gateway-account: namespace/serviceaccount",
};

function unknown(model: MeshModel, client: Client, arrivals: readonly Arrival[], endings: readonly Ending[] = []): Unknown[] {
  const met = arrivals.flatMap((a) => (a.endpoint.workload ? [a.endpoint.workload] : []));
  const whose = client.proxy === 'none' ? met : [client, ...met];
  const outside = new Set(arrivals.filter((a) => !a.endpoint.workload).map((a) => a.cluster.split('|')[3]!));
  const refused = endings.some((e) => e.status === 403) && arrivals.some((a) => a.outcome?.status === 403);
  const all = [
    ...(client.assumed && refused ? [ASSUMED] : []),
    ...whose.flatMap((w) => model.unknownFor(w)),
    ...[...outside].flatMap((h) => mixedEntries(model.services, h)),
  ];
  return [
    ...new Map(
      all.map((u) => [`${u.by?.manifest.kind} ${u.by?.manifest.namespace}/${u.by?.manifest.name} ${u.reason}`, u]),
    ).values(),
  ];
}

const at = (client: Client) => (client.proxy === 'gateway' ? client.name : `the proxy of ${client.name}`);

function endingsOf(
  model: MeshModel,
  client: Client,
  request: TraceRequest,
  o: Outcome,
  clusterOf: (name: string) => Cluster | undefined,
  arrivals: Arrival[],
  world: World,
): Ending[] {
  const here = (status: number | undefined, reason: string, share = ONE, flags?: string): Ending => ({
    share,
    status,
    flags,
    where: at(client),
    subset: undefined,
    reason,
    maybe: false,
  });
  const last = o.steps.at(-1)?.text ?? '';
  if (o.action !== 'route' && o.action !== 'l4')
    return [here(typeof o.status === 'number' ? o.status : undefined, last, ONE, o.flags)];
  if (o.local) return [here(o.status as number, last, ONE, o.flags)];
  const abort = o.fault?.abort;
  const aborted = abort ? percentShare(abort.percent) : fraction(0, 1);
  const out: Ending[] = aborted.of > 0 ? [here(abort!.status ?? 200, 'a fault answers it', aborted, 'FI')] : [];
  const destinations = o.destinations ?? [];
  const total = destinations.reduce((n, d) => n + d.weight, 0);
  for (const d of destinations) {
    const share = times(rest(aborted), fraction(d.weight, total));
    const cluster = clusterOf(d.cluster);
    if (d.status === 503)
      out.push({
        ...here(
          503,
          d.flags?.includes('NC') ? `there is no cluster ${d.cluster}` : `no pod is behind ${d.cluster}`,
          share,
          d.flags,
        ),
        subset: cluster?.subset || undefined,
      });
    else if (!cluster || cluster.type === 'ORIGINAL_DST')
      out.push({ ...here(d.status, '', share), where: `${request.host}, outside the mesh`, reason: undefined });
    else out.push(...arrive(model, client, sent(request, d), cluster, d, share, arrivals, world));
  }
  return out;
}

const sent = (request: TraceRequest, d: Destination): TraceRequest => ({
  ...request,
  path: d.path ?? request.path,
  host: d.host ?? request.host,
  headers: {
    ...Object.fromEntries(Object.entries(request.headers).filter(([k]) => !d.requestHeadersRemoved?.includes(k))),
    ...Object.fromEntries(Object.entries(d.requestHeaders ?? {}).map(([k, v]) => [k, v.split(', ')])),
  },
});

/** At each kind of pod behind a destination. */
function arrive(
  model: MeshModel,
  client: Client,
  request: TraceRequest,
  cluster: Cluster,
  d: Destination | undefined,
  share: Fraction,
  arrivals: Arrival[],
  world: World,
): Ending[] {
  const subset = cluster.subset || undefined;
  const ends = cluster.endpoints.map((endpoint): Ending => {
    const mutualTls = takesMutualTls(cluster, endpoint);
    const where = endpoint.workload
      ? `${endpoint.workload.namespace}/${endpoint.workload.config.name}`
      : `${endpoint.address}:${endpoint.port}`;
    const base = { share, where, subset, flags: undefined, maybe: false };
    if (!endpoint.workload?.hasSidecar) {
      arrivals.push({ cluster: cluster.name, endpoint, mutualTls, outcome: undefined });
      if (mutualTls && endpoint.workload)
        return { ...base, status: 503, flags: 'UF', reason: 'mutual TLS is spoken to a pod that has no sidecar' };
      return { ...base, status: d || client.proxy === 'none' ? 200 : undefined, reason: undefined };
    }
    const { workload } = endpoint;
    const outcome = inbound(
      model,
      workload,
      {
        ...request,
        port: endpoint.port,
        tls: mutualTls,
        alpn: mutualTls ? MTLS_ALPN : PLAIN_ALPN,
        principal: mutualTls ? client.principal : undefined,
        sourceIp: client.address,
      },
      world,
    );
    arrivals.push({ cluster: cluster.name, endpoint, mutualTls, outcome });
    const reason = outcome.steps.at(-1)?.text;
    if (outcome.action === 'noFilterChain')
      return {
        ...base,
        status: client.proxy === 'none' ? undefined : 503,
        flags: client.proxy === 'none' ? undefined : 'UC',
        reason: reason ?? '',
      };
    if (outcome.action === 'l4') return { ...base, status: undefined, reason: undefined };
    const status = typeof outcome.status === 'number' ? outcome.status : undefined;
    return { ...base, status, reason: status === 200 ? undefined : (reason ?? '') };
  });
  if (ends.length === 0)
    return [
      { share, status: 503, flags: 'UH', where: at(client), subset, reason: `no pod is behind ${cluster.name}`, maybe: false },
    ];
  const kinds = new Set(ends.map((e) => JSON.stringify([e.status, e.where])));
  if (kinds.size === 1) return [ends[0]!];
  const statuses = new Set(ends.map((e) => e.status));
  if (statuses.size === 1) return [{ ...ends[0]!, where: [...new Set(ends.map((e) => e.where))].join(', ') }];
  return [...new Map(ends.map((e) => [JSON.stringify([e.status, e.where]), { ...e, maybe: true }])).values()];
}

/** Equal endings add up. */
export function merged(endings: readonly Ending[]): Ending[] {
  const out = new Map<string, Ending>();
  for (const e of endings) {
    const key = JSON.stringify([e.status, e.flags, e.where, e.subset, e.reason, e.maybe]);
    const known = out.get(key);
    out.set(key, known ? { ...known, share: plus(known.share, e.share) } : e);
  }
  return [...out.values()];
}
