import type { DestinationRuleSpec, Server, Subset, VirtualServiceSpec } from '../../imports/networking.istio.io';
import type { Port } from '../values/port';
import type { EgressGateway } from './egress-gateway';
import type { ExternalService } from './external-service';
import type { WayOut } from './ways-out';

/** A host outside, or several alike, as an egress gateway serves them. */
export interface Served {
  readonly service: ExternalService<any>;
  readonly port: Port;
  /** Whether the gateway looks into requests; connections are handed on as they are otherwise. */
  readonly isHttp: boolean;
}

/**
 * What the gateway serves. It tells requests apart by their Host, and connections by the name in the hello of the mutual TLS that they
 * come in: there is no second one for another port, and none that it could resolve for a wildcard.
 */
export function servedBehind(service: ExternalService<any>): Served {
  const what = `${service.calleeName} goes through ${service.via!.callerName}`;
  const wild = service.hosts.find((h) => h.startsWith('*'));
  if (wild !== undefined)
    throw new Error(`${what}, and host "${wild}" is a wildcard: the gateway would not know where to go; name the hosts`);
  if (service.addressless)
    throw new Error(
      `${what}, and has a block of addresses: the gateway does not see which of them the application dialled; give it endpoints`,
    );
  const [port, ...others] = service.ports;
  if (others.length > 0)
    throw new Error(
      `${what}, and has ports ${service.ports.map((p) => p.number).join(', ')}: the gateway knows the host and not the port; keep the one that is called`,
    );
  const isTls = port!.protocol === 'https' || port!.protocol === 'tls';
  if (service.hosts.length > 1 && !port!.isHttp && !isTls)
    throw new Error(
      `${what}, and has several hosts and a ${port!.protocol} port: Istio cannot tell the hosts apart there; make one ExternalService a host`,
    );
  return { service, port: port!, isHttp: port!.isHttp };
}

/** A host as a name without dots: `api-gw.example.com` -> `api--gw-example-com`. No two hosts have one. */
export function hostLabel(host: string): string {
  const label = host.replaceAll('-', '--').replaceAll('.', '-');
  if (label.length > 63)
    throw new Error(
      `host "${host}" is too long to go through an egress gateway: what is named after it has ${label.length} characters, and 63 are allowed`,
    );
  return label;
}

/** How proxies of the mesh reach a host. */
export const wayOut = ({ namespace, host, port }: EgressGateway, outside: string): WayOut => ({
  egressHost: `${namespace}/${host}`,
  to: { host, subset: hostLabel(outside), port },
});

const byText = (a: string, b: string) => (a < b ? -1 : 1);
const hostsOf = (all: readonly Served[]) => all.flatMap((s) => s.service.hosts).sort(byText);

/** One server for all hosts whose requests are looked into, and one for each other host, which is told by its name in the hello. */
export function egressServers(all: readonly Served[], port: number): Server[] {
  const http = hostsOf(all.filter((s) => s.isHttp));
  const tls = { mode: 'ISTIO_MUTUAL' };
  return [
    ...(http.length > 0 ? [{ hosts: http, port: { number: port, name: 'https', protocol: 'HTTPS' }, tls }] : []),
    ...hostsOf(all.filter((s) => !s.isHttp)).map((host) => ({
      hosts: [host],
      port: { number: port, name: `tls-${hostLabel(host)}`, protocol: 'TLS' },
      tls,
    })),
  ] as Server[];
}

/**
 * How proxies speak with the gateway: mutual TLS that says which host is meant. HTTP stays the version that the application
 * speaks, or gRPC would lose its trailers.
 */
export function egressRule(all: readonly Served[], host: string): DestinationRuleSpec {
  const subsets = all.flatMap(({ service, isHttp }) =>
    service.hosts.map(
      (outside): Subset => ({
        name: hostLabel(outside),
        trafficPolicy: {
          ...(isHttp ? { connectionPool: { http: { useClientProtocol: true } } } : {}),
          tls: { mode: 'ISTIO_MUTUAL', sni: outside },
        },
      }),
    ),
  );
  return { host, subsets: subsets.sort((a, b) => byText(a.name!, b.name!)) };
}

/** From the gateway to the host itself. */
export function lastHop({ service, port, isHttp }: Served, host: string, gateway: string): VirtualServiceSpec {
  const route = [{ destination: { host, port: { number: port.number } } }];
  return {
    hosts: [host],
    gateways: [gateway],
    ...(isHttp ? { http: [{ name: service.name, route }] } : { tcp: [{ route }] }),
  };
}
