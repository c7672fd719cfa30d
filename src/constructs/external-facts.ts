import { isIpAddress } from '../values/ip-address';
import { dnsLabel, hostName, kebab } from '../values/names';
import type { Port, Protocol } from '../values/port';
import { checkProperties, type Properties } from '../values/properties';
import type { EgressGateway } from './egress-gateway';
import type { CallPolicyOf } from './opaque-policy';
import { checkOrigination, type TlsOrigination } from './tls-origination';

/** Properties of an {@link ExternalService}. */
export interface ExternalServiceProps<P extends Protocol> {
  /** Name of the objects. @default - the id in kebab-case */
  readonly name?: string;
  /** `api.stripe.com`; a wildcard stands for the whole first label. */
  readonly host?: string;
  /** Several hosts with the same ports and policy; this or `host`. */
  readonly hosts?: readonly string[];
  /** The only port, as applications call it; this or `ports`. */
  readonly port?: Port<P>;
  /** Several ports, each with a number and a name of its own. */
  readonly ports?: readonly Port<P>[];
  /** Applications speak plain HTTP on the port, and the proxy makes it TLS to this port outside. For HTTP ports. */
  readonly originateTls?: TlsOrigination;
  /** Virtual IPs; needed for TCP, whose connections carry no host name. IPs or CIDR blocks. */
  readonly addresses?: readonly string[];
  /** Where the host really is, as IPs or host names. @default - what DNS says */
  readonly endpoints?: readonly string[];
  /** How it is called. Timeout and retries need an HTTP port, as applications see it. @default - Istio's */
  readonly callPolicy?: CallPolicyOf<NoInfer<P>>;
  /** The egress gateway by which calls leave the mesh. Needs whole host names and a single port. @default - from each caller's own proxy */
  readonly via?: EgressGateway;
}

const PROPERTIES: Properties<ExternalServiceProps<Protocol>> = {
  name: 'text?',
  host: 'text?',
  hosts: 'list?',
  port: 'port?',
  ports: 'list?',
  originateTls: 'map?',
  addresses: 'list?',
  endpoints: 'list?',
  callPolicy: 'map?',
  via: 'any?',
};

/** What a host outside is known by. */
export interface OutsideFacts extends Omit<ExternalServiceProps<Protocol>, 'host' | 'port'> {
  /** Of the objects. */
  readonly name: string;
  /** All of them; one at least. */
  readonly hosts: readonly string[];
  /** All of them; one at least. */
  readonly ports: readonly Port[];
}

/** The properties, checked. Throws where they are misspelt, contradict each other, or leave out what Istio needs. */
export function outsideFacts(props: ExternalServiceProps<Protocol>, id: string, path: string): OutsideFacts {
  checkProperties<ExternalServiceProps<Protocol>>(props, PROPERTIES, `"${path}"`);
  if (props.originateTls)
    checkOrigination(props.originateTls, { what: `originateTls of "${path}"`, viaGateway: props.via !== undefined });
  const name = dnsLabel(props.name ?? kebab(id), `name of ExternalService "${id}"`);
  const what = `external service "${name}"`;
  for (const key of ['host', 'port'] as const)
    if (props[key] !== undefined && props[`${key}s`] !== undefined)
      throw new Error(`${what} has both ${key} and ${key}s: use one of them`);
  const { host, port, ...others } = props;
  const hosts = props.hosts ?? (host === undefined ? [] : [host]);
  const ports = props.ports ?? (port ? [port] : []);
  for (const p of ports) checkProperties({ port: p }, { port: 'port' }, `ports of ${what}`);
  if (hosts.length === 0) throw new Error(`${what} has no host`);
  if (ports.length === 0) throw new Error(`${what} has no port: give it one, such as port: Port.https(443)`);
  for (const h of hosts) outsideHost(h, `host of ${what}`);
  if (hosts.includes('*'))
    throw new Error(
      `host of ${what} is "*": that would be everything; name the hosts, or allow all of the outside with egress: 'ALLOW_ANY'`,
    );
  if (props.originateTls && !ports.some((p) => p.isHttp))
    throw new Error(`${what} originates TLS, and has no HTTP port that applications could speak plainly to: use Port.http(80)`);
  distinctPorts(ports, what);
  return { ...others, name, hosts, ports };
}

/**
 * How Istio finds the host: by what the host and its ports need. Throws where there is no way to.
 * Source: Istio's networking/service-entry reference and pkg/config/validation.
 */
export function resolutionOf(facts: OutsideFacts, what: string): 'NONE' | 'STATIC' | 'DNS' {
  const { hosts, ports, addresses = [], endpoints = [] } = facts;
  for (const a of addresses)
    if (!isIpAddress(a, 'or a block')) throw new Error(`address "${a}" of ${what} is not an IP or a CIDR block`);
  const all = addresses.find((a) => /\/0+$/.test(a));
  if (all)
    throw new Error(
      `address "${all}" of ${what} is every address: that would be everything; name the blocks, or allow all of the outside with egress: 'ALLOW_ANY'`,
    );
  const wildcard = hosts.some((h) => h.startsWith('*'));
  const blocks = addresses.some((a) => a.includes('/'));
  const l4 = ports.filter((p) => !p.isHttp && p.protocol !== 'https' && p.protocol !== 'tls');
  if (l4.length > 0 && addresses.length === 0)
    throw new Error(
      `${what} has ${l4[0]!.protocol} port ${l4[0]!.number} and no addresses: connections there carry no host name, so Istio has to know the IPs (addresses: ['203.0.113.7'])`,
    );
  if (wildcard && endpoints.length > 0 && !endpoints.every((e) => isIpAddress(e)))
    throw new Error(`${what} has a wildcard host and endpoints by name: Istio cannot resolve a wildcard`);
  if ((wildcard || blocks) && endpoints.length === 0) {
    if (facts.originateTls)
      throw new Error(
        `${what} originates TLS for a wildcard host: the proxy would not know which name to ask for; name the hosts`,
      );
    return 'NONE';
  }
  if (endpoints.length > 0 && endpoints.every((e) => isIpAddress(e))) return 'STATIC';
  if (blocks)
    throw new Error(
      `${what} has a block of addresses and endpoints by name: Istio would have to resolve them for all of the block; give the endpoints as IPs`,
    );
  for (const e of endpoints) if (!isIpAddress(e)) hostName(e, `endpoint of ${what}`);
  if (hosts.length > 1 && l4.length > 0)
    throw new Error(
      `${what} has several hosts and a ${l4[0]!.protocol} port: Istio cannot tell the hosts apart there; make one ExternalService a host`,
    );
  return 'DNS';
}

/** Blocks that are so wide that the cluster's own addresses may be among them. */
export const wideBlocks = (addresses: readonly string[]): readonly string[] =>
  addresses.filter((a) => Number(/\/(\d+)$/.exec(a)?.[1] ?? 128) <= (a.includes(':') ? 16 : 8));

/** Throws unless the name is one for a host outside. */
export function outsideHost(host: string, what: string): void {
  hostName(host, what, true);
  if (host === 'localhost')
    throw new Error(`${what} is "localhost", which is each caller's own pod: what runs there needs no declaration`);
  if (host !== '*' && !host.includes('.'))
    throw new Error(
      `${what} is "${host}", a short name, which Istio refuses in the Sidecars of callers: give the whole name, such as "${host}.example.com"`,
    );
}

/** Throws where two ports have one number or name. */
export function distinctPorts(ports: readonly Port[], what: string): void {
  for (const key of ['number', 'name'] as const) {
    const twice = ports.find((p, i) => ports.findIndex((q) => q[key] === p[key]) < i);
    if (twice) throw new Error(`${what} has two ports with ${key} ${JSON.stringify(twice[key])}: Istio wants them to differ`);
  }
}
