import type { Construct } from 'constructs';
import type { Caller } from './caller';

/** By app: which gateway has a host, on which pods and port. */
const claims = new WeakMap<Construct, Map<string, Gateway>>();

type Gateway = Construct & Caller;

/**
 * Takes hosts for a gateway. Of two gateways for one host Istio joins the routes by age, or drops the younger: so there
 * is one for a host, on the same pods and port.
 */
export function claimHosts(gateway: Gateway, hosts: readonly string[], ports: readonly number[]): void {
  const root = gateway.node.root as Construct;
  const taken = claims.get(root) ?? new Map<string, Gateway>();
  claims.set(root, taken);
  for (const host of hosts) {
    for (const port of ports) {
      const key = JSON.stringify([gateway.namespace, Object.entries(gateway.labels).sort(), port, host]);
      const other = taken.get(key);
      if (other)
        throw new Error(
          `host "${host}" on port ${port} is at ${other.callerName} ("${other.node.path}") already, and "${gateway.node.path}" has the same pods: add the routes to the first one`,
        );
      taken.set(key, gateway);
    }
  }
}

/**
 * Hosts as parts of object names, no two the same: `*.example.com` -> `any-example-com`. Where two would be (`a.b.c` and
 * `a-b.c`), theirs keep the dots.
 */
export function namesOfHosts(hosts: readonly string[]): Map<string, string> {
  const dashed = (host: string) => host.replace(/^\*/, 'any').replaceAll('.', '-');
  const dotted = (host: string) => host.replace(/^\*\.?/, 'any--');
  const alone = (host: string) => hosts.every((h) => h === host || dashed(h) !== dashed(host));
  return new Map(hosts.map((host) => [host, alone(host) ? dashed(host) : dotted(host)]));
}
