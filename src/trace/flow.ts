import type { Cluster } from '../model/cluster';
import type { Ref } from '../model/config';
import type { Endpoint } from '../model/endpoints';
import { passesProxy } from '../model/interception';
import type { MeshModel } from '../model/mesh-model';
import type { Unknown } from '../model/not-understood';
import type { ProxyView } from '../model/proxy';
import type { AgeDoubt } from './age-doubts';
import { type Arrival, arrivalAt, type Handed, helloAt, seenBy } from './arrival';
import { arrive } from './choose-chain';
import { asGateway, type Client, isGateway, proxyOf, SOMEBODY } from './client';
import { datagramEndings, datagramPort } from './datagrams';
import { clusterDialled, reached } from './dialled';
import { answeredText, type Ending, merged, nobodyBehind } from './ending';
import { type Fraction, fraction, ONE, percentShare, rest, times } from './fraction';
import { outbound } from './outbound';
import type { Destination, Outcome } from './outcome';
import { PLAIN_ALPN, type TraceRequest } from './request';
import type { World } from './token';
import { notAmong, passedBy, unknownOnTheWay } from './unknown-on-the-way';

/** The whole way of a request, from a client to where it ends. */
export interface Trace {
  readonly client: Client;
  readonly request: TraceRequest;
  /** At the client's own proxy; nothing where it has none, or does not get the request. */
  readonly outbound: Outcome | undefined;
  /** What sends the request past the client's proxy. @default it does not go past it */
  readonly past?: Ref;
  /** The port takes datagrams (UDP), which no proxy gets. @default it takes connections */
  readonly datagrams?: true;
  readonly arrivals: readonly Arrival[];
  /** Their shares make 1. */
  readonly endings: readonly Ending[];
  /** Where the client's proxy sends requests and copies of them, and how they are called. */
  readonly clusters: readonly Cluster[];
  /** What is on the way and not understood: the answer holds but for that. */
  readonly unknown: readonly Unknown[];
  /** The ages that the answer hangs on and that nobody says. @default they were not asked for */
  readonly ageDoubts?: readonly AgeDoubt[];
}

/** Follows a request from a client's proxy to the workloads behind each destination. */
export function trace(model: MeshModel, client: Client, request: TraceRequest, world: World = {}): Trace {
  const datagrams = datagramPort(model, client, request);
  if (datagrams) {
    const ends = datagramEndings(model, request, datagrams);
    return { client, request, outbound: undefined, past: datagrams.by, datagrams: true, ...ends, clusters: NONE, unknown: [] };
  }
  const arrivals: Arrival[] = [];
  if (client.proxy === 'none') return withoutProxy(model, client, request, world);
  const past = client.workload && client.proxy === 'sidecar' ? passesProxy(client.workload, 'outbound', request.port) : undefined;
  if (past) return { ...withoutProxy(model, { ...client, proxy: 'none', principal: undefined }, request, world), client, past };
  const proxy = proxyOf(model, client);
  const seen = client.proxy === 'gateway' ? { ...request, sourceIp: client.callerAddress ?? SOMEBODY.address } : request;
  const outcome = outbound(proxy, seen, world);
  const onward = outcome.action === 'l4' ? handedOn(proxy, request) : request;
  const endings = merged(endingsOf(model, client, onward, outcome, (name) => proxy.cluster(name), arrivals, world));
  const clusters = clustersOf(outcome, proxy);
  const all = unknownOnTheWay(model, client, request, clusters, arrivals, endings, outcome);
  const passed = [...passedBy(model, client, request, outcome), ...notAmong(model, outcome)];
  return {
    client,
    request,
    outbound: outcome,
    arrivals,
    endings,
    clusters,
    unknown: passed.length > 0 ? [...all, ...passed] : all,
  };
}

const NONE: readonly Cluster[] = [];

function clustersOf({ destinations = [], mirrors = [] }: Outcome, proxy: ProxyView): readonly Cluster[] {
  const to = destinations.length === 1 && mirrors.length === 0 ? destinations : [...destinations, ...mirrors];
  if (to.length === 0) return NONE;
  const found = new Set<Cluster>();
  for (const { cluster } of to) {
    const c = proxy.cluster(cluster);
    if (c) found.add(c);
  }
  return [...found];
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
  const host = request.host.replace(/:\d+$/, '');
  const cluster = clusterDialled(model, client, request);
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
    return { client, request, outbound: undefined, arrivals, endings: [ending], clusters: NONE, unknown: [] };
  }
  // bytes get no answer of HTTP
  const handed = request.tls || request.alpn.length > 0 ? 'none' : 'l4';
  const endings = merged(arriveAtPods(model, client, request, cluster, handed, ONE, arrivals, world));
  return {
    client,
    request,
    outbound: undefined,
    arrivals,
    endings,
    clusters: NONE,
    unknown: unknownOnTheWay(model, client, request, NONE, arrivals),
  };
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
  const last = answeredText(o) ?? o.steps.at(-1)?.text ?? '';
  if (o.action !== 'route' && o.action !== 'l4')
    // Envoy has the flag for both; what it answers is the same
    return [
      here(
        typeof o.status === 'number' ? o.status : undefined,
        last,
        ONE,
        o.flags ?? (o.action === 'noRoute' ? 'NR' : undefined),
      ),
    ];
  if (o.local) return [here(o.status as number, last, ONE, o.flags)];
  const abort = o.fault?.abort;
  const aborted = abort ? percentShare(abort.percent) : fraction(0, 1);
  const out: Ending[] = aborted.of > 0 ? [here(abort!.status ?? 200, 'a fault answers it', aborted, 'FI')] : [];
  const destinations = o.destinations ?? [];
  const total = destinations.reduce((n, d) => n + d.weight, 0);
  for (const d of destinations) {
    const share = times(rest(aborted), fraction(d.weight, total));
    const named = clusterOf(d.cluster);
    const cluster = named && reached(model, client, request, named);
    if (d.status === 503)
      out.push({
        ...here(
          503,
          d.flags?.includes('NC') ? `there is no cluster ${d.cluster}` : nobodyBehind(d.cluster, request),
          share,
          d.flags,
        ),
        subset: cluster?.subset || undefined,
      });
    else if (!cluster) out.push(here(undefined, `there is no cluster ${d.cluster}`, share, 'NC'));
    else if (cluster.type === 'ORIGINAL_DST' && cluster.endpoints.length === 0)
      out.push({ ...here(d.status, '', share), where: `${request.host}, outside the mesh`, reason: undefined });
    else out.push(...arriveAtPods(model, client, sent(request, d), cluster, o.action, share, arrivals, world));
  }
  return out;
}

/** A connection as a proxy hands it on that does not look into it: where TLS ends at a gateway, what is inside of that. */
function handedOn(proxy: ProxyView, { inside, ...request }: TraceRequest): TraceRequest {
  if (inside) return { ...request, ...inside };
  if (!request.tls || !arrive(proxy, request).chain?.terminatesTls) return request;
  return { ...request, tls: false, sni: undefined, alpn: request.alpn.includes('h2') ? ['h2c'] : PLAIN_ALPN };
}

function sent(request: TraceRequest, { path, host, requestHeaders, requestHeadersRemoved }: Destination): TraceRequest {
  const out = { ...request, path: path ?? request.path, host: host ?? request.host };
  if (!requestHeaders && !requestHeadersRemoved) return out;
  const left = Object.entries(request.headers).filter(([name]) => !requestHeadersRemoved?.includes(name));
  const set = Object.entries(requestHeaders ?? {}).map(([name, value]) => [name, value.split(', ')]);
  return { ...out, headers: Object.fromEntries([...left, ...set]) };
}

/** Connections that end where they come in. */
const NEVER_TAKEN: readonly Outcome['action'][] = ['noListener', 'noFilterChain', 'tlsMismatch'];

/** Gateways that lead to gateways, at most. */
const GATEWAYS = 8;

/** At the pods of a gateway the request goes on, as that gateway's. */
function throughGateway(
  model: MeshModel,
  client: Client,
  request: TraceRequest,
  cluster: Cluster,
  endpoint: Endpoint,
  handed: Handed,
  share: Fraction,
  arrivals: Arrival[],
  world: World,
): Ending[] {
  const gateway = { ...asGateway(model, endpoint.workload!), callerAddress: client.address };
  const passed = (world.gateways ?? 0) + 1;
  if (passed > GATEWAYS) {
    const reason = `the request goes round: it came through ${GATEWAYS} gateways`;
    return [{ share, status: undefined, flags: undefined, where: gateway.name, subset: undefined, reason, maybe: false }];
  }
  const { mutualTls, tls, sni, inside } = helloAt(cluster, { ...endpoint, mtls: false }, request, handed);
  const { inside: _, principal: _shown, ...plain } = request;
  const asked: TraceRequest = {
    ...plain,
    port: endpoint.port,
    tls,
    sni: tls ? sni : request.sni,
    dialled: undefined,
    ...(mutualTls && client.principal !== undefined ? { principal: client.principal } : {}),
    ...(inside ? { inside } : {}),
  };
  const closed = (reason: string): Ending[] => [
    handed === 'route'
      ? { share, status: 503, flags: 'UF', where: at(client), subset: undefined, reason, maybe: false }
      : { share, status: undefined, flags: undefined, where: gateway.name, subset: undefined, reason, maybe: false },
  ];
  const arrival: Arrival = { cluster: cluster.name, endpoint, mutualTls, outcome: undefined, past: undefined, unread: false };
  if (!mutualTls && arrive(proxyOf(model, gateway), asked).chain?.ofMesh) {
    arrivals.push(arrival);
    return closed(`${gateway.name} takes mutual TLS of the mesh alone there: it closes the connection`);
  }
  const t = trace(model, gateway, asked, { ...world, gateways: passed });
  arrivals.push({ ...arrival, outcome: t.outbound }, ...t.arrivals);
  if (t.outbound && NEVER_TAKEN.includes(t.outbound.action)) return closed(t.outbound.steps.at(-1)?.text ?? '');
  return t.endings.map((e) => ({ ...e, share: times(share, e.share) }));
}

/** At each kind of pod behind a destination. */
function arriveAtPods(
  model: MeshModel,
  client: Client,
  request: TraceRequest,
  cluster: Cluster,
  handed: Handed,
  share: Fraction,
  arrivals: Arrival[],
  world: World,
): Ending[] {
  const subset = cluster.subset || undefined;
  const [only, ...others] = cluster.endpoints;
  if (only?.workload && others.length === 0 && isGateway(model, only.workload))
    return throughGateway(model, client, request, cluster, only, handed, share, arrivals, world);
  const ends = cluster.endpoints.map((endpoint): Ending => {
    const arrival = arrivalAt(model, client, request, cluster, endpoint, handed, world);
    arrivals.push(arrival);
    const { workload: w, address, port } = endpoint;
    const where = w ? `${w.namespace}/${w.config.name}` : `${address}:${port}`;
    const { status, flags, reason } = seenBy(arrival, handed);
    return { share, status, flags, where, subset, reason, maybe: false };
  });
  if (ends.length === 0) {
    const reason = nobodyBehind(cluster.name, request);
    // who has no proxy sees that nobody takes the connection
    if (client.proxy === 'none')
      return [{ share, status: undefined, flags: undefined, where: request.host, subset, reason, maybe: false }];
    const status = handed === 'l4' ? undefined : 503;
    return [{ share, status, flags: 'UH', where: at(client), subset, reason, maybe: false }];
  }
  if (ends.length === 1) return ends;
  const kinds = new Set(ends.map((e) => JSON.stringify([e.status, e.where])));
  if (kinds.size === 1) return [ends[0]!];
  const statuses = new Set(ends.map((e) => e.status));
  if (statuses.size === 1) return [{ ...ends[0]!, where: [...new Set(ends.map((e) => e.where))].join(', ') }];
  return [...new Map(ends.map((e) => [JSON.stringify([e.status, e.where]), { ...e, maybe: true }])).values()];
}
