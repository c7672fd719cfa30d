import { listenerFor, pickChain, withoutPort } from './listeners';
import type { Answer, OracleCase, OracleRequest } from './types';
import { connectionRbacOf, type Hcm, hcmOf, type Message, type RouteConfig, tcpDestinations, type Xds } from './xds';

/** One of Envoy's listeners: a filter chain of a case's proxy. */
export interface Served {
  /** Unique in a batch. */
  readonly key: string;
  /** The case, in names. */
  readonly tag: string;
  /** undefined: the connection is handed on, if `rbac` lets it in. */
  readonly hcm: Hcm | undefined;
  readonly rbac: readonly Message[];
  readonly routes: RouteConfig;
  readonly routesName: string;
  readonly tls: boolean;
  /** A client certificate is asked for. */
  readonly mtls: boolean;
  /** Inbound: where the connection came to, which Envoy cannot see here. */
  readonly destination: { readonly ip: string; readonly port: number } | undefined;
}

/** A request that Envoy has to answer. */
export interface Job {
  readonly id: string;
  readonly caseIndex: number;
  readonly requestIndex: number;
  readonly request: OracleRequest;
  readonly served: Served;
  readonly listener: string;
  readonly sni: string;
  /** For a connection that is handed on: the answer if it is let in. */
  readonly letIn: Answer | undefined;
}

/** What is to be done for a batch of cases. */
export interface Plan {
  readonly served: ReadonlyMap<string, Served>;
  readonly jobs: readonly Job[];
  /** Answers that are known without Envoy, by `<case index>.<request index>`. */
  readonly settled: ReadonlyMap<string, Answer>;
}

/** Finds, for each request, the listener and filter chain that it reaches. */
export function planBatch(cases: readonly OracleCase[], xds: readonly Xds[]): Plan {
  const served = new Map<string, Served>();
  const jobs: Job[] = [];
  const settled = new Map<string, Answer>();
  cases.forEach((each, caseIndex) => {
    const config = xds[caseIndex] as Xds;
    if (config.error) return;
    each.requests.forEach((request, requestIndex) => {
      const id = `${caseIndex}.${requestIndex}`;
      const found = reach(config, request, `c${caseIndex}`);
      if ('action' in found) {
        settled.set(id, found);
        return;
      }
      const target = served.get(found.served.key) ?? found.served;
      served.set(target.key, target);
      jobs.push({
        id,
        caseIndex,
        requestIndex,
        request,
        served: target,
        listener: found.listener,
        sni: found.sni,
        letIn: found.letIn,
      });
    });
  });
  return { served, jobs, settled };
}

interface Reached {
  readonly served: Served;
  readonly listener: string;
  readonly sni: string;
  readonly letIn: Answer | undefined;
}

function reach(xds: Xds, request: OracleRequest, tag: string): Answer | Reached {
  const { listener, ip, port } = listenerFor(xds, request);
  if (!listener) return { action: 'noListener' };
  const sni = request.sni ?? withoutPort(request.host);
  const identified = request.inbound === true && request.principal !== undefined; // a sidecar with that identity calls
  const tls = request.tls === true || identified;
  const plainAlpn = tls ? [] : ['http/1.1'];
  const alpn = request.alpn ?? (identified ? ['istio-http/1.1', 'istio', 'http/1.1'] : plainAlpn);
  const chain = pickChain(listener, { ip, port, tls, sni: tls ? sni : undefined, alpn });
  const at = { listener: listener.name };
  if (!chain) return { action: 'noFilterChain', ...at };
  const hcm = hcmOf(chain);
  const index = listener.filter_chains?.indexOf(chain) ?? -1;
  const base = {
    key: `${tag}^${listener.name}^${index}^${request.inbound ? port : ''}`,
    tag,
    mtls: request.inbound === true && chain.transport_socket?.typed_config?.require_client_certificate === true,
    destination: request.inbound ? { ip, port } : undefined,
  };
  if (base.mtls && request.principal === undefined) return { action: 'noFilterChain', ...at }; // the handshake fails
  if (!hcm) {
    const destinations = tcpDestinations(chain);
    const letIn: Answer = { action: 'l4', ...at, ...(destinations ? { destinations } : {}) };
    const rbac = request.inbound ? connectionRbacOf(chain) : [];
    if (rbac.length === 0) return letIn;
    const served = {
      ...base,
      hcm: undefined,
      rbac,
      routes: { name: '' },
      routesName: '',
      tls: chain.transport_socket !== undefined,
    };
    return { served, listener: listener.name, sni, letIn };
  }
  if ((chain.transport_socket !== undefined) !== tls) return { action: 'tlsMismatch', ...at };
  const routesName = hcm.rds?.route_config_name ?? hcm.route_config?.name ?? '';
  const routes = hcm.rds ? xds.routes?.find((candidate) => candidate.name === routesName) : hcm.route_config;
  if (!routes) return { action: 'noRouteConfig', ...at, routeConfig: routesName };
  const served: Served = { ...base, hcm, rbac: [], routes, routesName, tls };
  return { served, listener: listener.name, sni, letIn: undefined };
}
