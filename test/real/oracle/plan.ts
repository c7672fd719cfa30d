import type { Connecting } from './connect';
import { addressOf, bound, dialled, unbound, withoutPort } from './listeners';
import type { Speaks } from './requests';
import type { Answer, OracleCase, OracleRequest } from './types';
import { type FilterChain, type Hcm, hcmOf, type Listener, type RouteConfig, tcpDestinations, type Xds } from './xds';

/** A listener of a case's proxy. */
export interface Served {
  /** Unique in a batch. */
  readonly key: string;
  /** The case, in names. */
  readonly tag: string;
  readonly listener: Listener;
  /** Whether clients connect to it; else Envoy hands on to it what was dialled for its address and port. */
  readonly bound: boolean;
  /** Its port in our Envoy, where another mesh may have the same one. */
  readonly port: number;
  readonly chains: readonly Chain[];
}

/** A filter chain of a listener. */
export interface Chain {
  /** Unique in a batch: Envoy says it of each connection. */
  readonly name: string;
  readonly tag: string;
  readonly listener: string;
  readonly given: FilterChain;
  /** For connections that fit no other. */
  readonly isDefault: boolean;
  readonly hcm: Hcm | undefined;
  readonly routesName: string;
  /** undefined: istiod sends none of that name. */
  readonly routes: RouteConfig | undefined;
  /** Of a TCP proxy. */
  readonly destinations: readonly { readonly cluster: string; readonly weight: number }[];
  /** TLS ends here. */
  readonly tls: boolean;
  /** Whether it matters how long requests take. */
  readonly isTimed: boolean;
}

/** A request that Envoy has to answer. */
export interface Job extends Pick<Connecting, 'to' | 'tls' | 'sni' | 'alpn'> {
  readonly id: string;
  readonly request: OracleRequest;
  /** The key of the listener that is connected to. */
  readonly door: string;
  readonly speaks: Speaks;
  /** Whose certificate the client shows, if it is asked for one. */
  readonly principal: string | undefined;
}

/** What is to be done for a batch of cases. */
export interface Plan {
  readonly served: readonly Served[];
  readonly chains: ReadonlyMap<string, Chain>;
  readonly jobs: readonly Job[];
  /** Answers that are known without Envoy, by `<case index>.<request index>`. */
  readonly settled: ReadonlyMap<string, Answer>;
}

/** From here on ports of our Envoy stand for the ports of a mesh: below are workloads', above are the kernel's to give. */
const FIRST_PORT = 17_000;
const CLIENT = 'cluster.local/ns/client/sa/client';

/** Finds, for each request, where it connects to, and all listeners that Envoy may choose from. */
export function planBatch(cases: readonly OracleCase[], xds: readonly Xds[]): Plan {
  const served = new Map<string, Served>();
  const jobs: Job[] = [];
  const settled = new Map<string, Answer>();
  let ports = FIRST_PORT;
  cases.forEach((each, caseIndex) => {
    const config = xds[caseIndex] as Xds;
    if (config.error) return;
    const tag = `c${caseIndex}`;
    const mapped = new Map<number, number>();
    const isTimed = each.requests.some(({ upstream }) => upstream);
    const add = (listener: Listener, isBound: boolean, port: number) => {
      const key = `${tag}^${listener.name}`;
      if (!served.has(key))
        served.set(key, { key, tag, listener, bound: isBound, port, chains: chainsOf(config, listener, { key, tag, isTimed }) });
      return key;
    };
    each.requests.forEach((request, requestIndex) => {
      const id = `${caseIndex}.${requestIndex}`;
      const at = dialled(config, request);
      const entry = bound(config, request, at);
      if (!entry) {
        settled.set(id, { action: 'noListener' });
        return;
      }
      const door = add(entry, true, 0);
      const isOutbound = entry.name === 'virtualOutbound';
      if (isOutbound && !mapped.has(at.port)) mapped.set(at.port, ports++);
      const port = isOutbound ? (mapped.get(at.port) as number) : at.port;
      if (isOutbound) for (const listener of unbound(config, at.port)) add(listener, false, port);
      jobs.push({ id, request, door, to: { ip: at.ip, port }, ...hello(config, request) });
    });
  });
  const chains = new Map([...served.values()].flatMap((each) => each.chains.map((chain) => [chain.name, chain])));
  return { served: [...served.values()], chains, jobs, settled };
}

/** A plan without a listener that Envoy refuses, and what was dialled for it: proxies keep what they had, if anything. */
export function withoutListener(plan: Plan, gone: Served, reason: string): Plan {
  const exact = (job: Job) => plan.served.find((s) => isMeantFor(s, job, job.to.ip));
  const meant = (job: Job) =>
    job.door === gone.key || (exact(job) ?? plan.served.find((s) => isMeantFor(s, job, '0.0.0.0'))) === gone;
  const settled = plan.jobs.filter(meant).map(({ id }) => [id, { action: 'nack', reason }] as const);
  return {
    served: plan.served.filter((s) => s !== gone),
    chains: plan.chains,
    jobs: plan.jobs.filter((job) => !meant(job)),
    settled: new Map<string, Answer>([...plan.settled, ...settled]),
  };
}

function isMeantFor({ bound: isBound, port, listener }: Served, { to }: Job, ip: string): boolean {
  const more = listener.additional_addresses ?? [];
  const addresses = [addressOf(listener), ...more.map(({ address }) => address?.socket_address?.address)];
  return !isBound && port === to.port && addresses.includes(ip);
}

/** How the client speaks. A sidecar with an identity calls in mutual TLS. */
function hello(xds: Xds, request: OracleRequest): Pick<Job, 'tls' | 'speaks' | 'sni' | 'alpn' | 'principal'> {
  const identified = request.inbound === true && request.principal !== undefined;
  const atGateway = xds.client.kind === 'gateway' && !request.inbound;
  return {
    tls: request.tls === true || identified,
    speaks: speaks(request, request.tls === true || identified),
    sni: request.sni ?? withoutPort(request.host),
    alpn: request.alpn ?? (identified ? ['istio-http/1.1', 'istio', 'http/1.1'] : []),
    principal: request.inbound ? request.principal : atGateway ? (request.principal ?? CLIENT) : undefined,
  };
}

/** ALPN says it, also where there is none in plain text: none is no HTTP. */
function speaks({ alpn }: OracleRequest, tls: boolean): Speaks {
  if (alpn?.includes(tls ? 'h2' : 'h2c')) return 'HTTP/2';
  return alpn?.length === 0 && !tls ? 'bytes' : 'HTTP/1.1';
}

function chainsOf(xds: Xds, listener: Listener, { key, tag, isTimed }: { key: string; tag: string; isTimed: boolean }): Chain[] {
  const given = [...(listener.filter_chains ?? []), ...(listener.default_filter_chain ? [listener.default_filter_chain] : [])];
  return given.map((chain, index) => {
    const hcm = hcmOf(chain);
    const routesName = hcm?.rds?.route_config_name ?? hcm?.route_config?.name ?? '';
    return {
      name: `${key}^${index}`,
      tag,
      listener: listener.name,
      given: chain,
      isDefault: chain === listener.default_filter_chain,
      hcm,
      routesName,
      routes: hcm?.rds ? xds.routes?.find((candidate) => candidate.name === routesName) : hcm?.route_config,
      destinations: tcpDestinations(chain) ?? [],
      tls: chain.transport_socket !== undefined,
      isTimed,
    };
  });
}
