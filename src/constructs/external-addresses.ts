import type { Construct } from 'constructs';
import type { Port } from '../values/port';
import type { Callee } from './caller';

type Outside = Construct & Callee;
interface Claim {
  readonly by: Outside;
  readonly port: Port;
}

/** By app: which host outside has an address and port. */
const claims = new WeakMap<Construct, Map<string, Claim>>();

/** Whether the connection says which host is meant: in its requests, or in its TLS hello. */
const namesItsHost = (p: Port) => p.isHttp || p.protocol === 'https' || p.protocol === 'tls';

/**
 * Takes addresses for a host outside. Connections that name no host are told apart by address and port alone: of two hosts
 * with the same ones istiod makes one listener, and the other host is not reached (tried on istiod).
 */
export function claimAddresses(by: Outside, addresses: readonly string[], ports: readonly Port[]): void {
  const root = by.node.root as Construct;
  const taken = claims.get(root) ?? new Map<string, Claim>();
  claims.set(root, taken);
  for (const address of addresses) {
    for (const port of ports) {
      const key = `${address} ${port.number}`;
      const other = taken.get(key);
      if (other && other.by !== by && !(namesItsHost(other.port) && namesItsHost(port)))
        throw new Error(
          `${by.calleeName} and ${other.by.calleeName} ("${other.by.node.path}") have address ${address} and port ${port.number} both: connections there name no host, so Istio would reach only one of them; make them one ExternalService, or give another address or port`,
        );
      if (!other || namesItsHost(other.port)) taken.set(key, { by, port });
    }
  }
}
