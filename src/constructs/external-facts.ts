import { isIP } from 'node:net';
import { hostName } from '../values/names';
import type { Port } from '../values/port';

/** What a host outside is known by. */
export interface OutsideFacts {
  readonly hosts: readonly string[];
  readonly ports: readonly Port[];
  readonly addresses?: readonly string[] | undefined;
  readonly endpoints?: readonly string[] | undefined;
  readonly originateTls?: object | undefined;
}

/** Whether the text is an IP address or, where that is said, a block of them. */
function isIp(text: string, block?: 'or a block'): boolean {
  const [ip, bits, ...more] = String(text).split('/');
  const version = isIP(ip!);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (block !== undefined && /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/**
 * How Istio finds the host: by what the host and its ports need. Throws where there is no way to.
 * Source: Istio's networking/service-entry reference and pkg/config/validation.
 */
export function resolutionOf(facts: OutsideFacts, what: string): 'NONE' | 'STATIC' | 'DNS' {
  const { hosts, ports, addresses = [], endpoints = [] } = facts;
  for (const a of addresses)
    if (!isIp(a, 'or a block')) throw new Error(`address "${a}" of ${what} is not an IP or a CIDR block`);
  const wildcard = hosts.some((h) => h.startsWith('*'));
  const blocks = addresses.some((a) => a.includes('/'));
  const l4 = ports.filter((p) => !p.isHttp && p.protocol !== 'https' && p.protocol !== 'tls');
  if (l4.length > 0 && addresses.length === 0)
    throw new Error(
      `${what} has ${l4[0]!.protocol} port ${l4[0]!.number} and no addresses: connections there carry no host name, so Istio has to know the IPs (addresses: ['203.0.113.7'])`,
    );
  if (wildcard && endpoints.length > 0 && !endpoints.every((e) => isIp(e)))
    throw new Error(`${what} has a wildcard host and endpoints by name: Istio cannot resolve a wildcard`);
  if ((wildcard || blocks) && endpoints.length === 0) {
    if (facts.originateTls)
      throw new Error(
        `${what} originates TLS for a wildcard host: the proxy would not know which name to ask for; name the hosts`,
      );
    return 'NONE';
  }
  if (endpoints.length > 0 && endpoints.every((e) => isIp(e))) return 'STATIC';
  if (blocks)
    throw new Error(
      `${what} has a block of addresses and endpoints by name: Istio would have to resolve them for all of the block; give the endpoints as IPs`,
    );
  for (const e of endpoints) if (!isIp(e)) hostName(e, `endpoint of ${what}`);
  if (hosts.length > 1 && l4.length > 0)
    throw new Error(
      `${what} has several hosts and a ${l4[0]!.protocol} port: Istio cannot tell the hosts apart there; make one ExternalService a host`,
    );
  return 'DNS';
}

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
