import type { Config } from '../../model/config';
import { hostsMeet } from '../../model/host';
import { quoted } from '../../values/names';
import { at } from '../fields';
import { gatewayHosts, gatewayKey, gatewaysByName, isInternalGateway } from '../gateways';
import type { Rule } from '../rule';

/** None of a VirtualService's hosts is one of the Gateway that it is bound to. */
export const hostNotInGateway: Rule = {
  id: 'MESH033',
  name: 'host-not-in-gateway',
  severity: 'error',
  codes: ['IST0132'],
  summary: 'a VirtualService is bound to a Gateway that serves none of its hosts',
  why: 'A gateway takes from a VirtualService only the hosts that one of its servers has, for the namespace of the VirtualService. With none in common the routes are nowhere, and requests end with 404; where another of its Gateways, or the mesh, has them, it is a warning. Source: pilot/pkg/networking/core/gateway.go.',
  remedy: 'Add the host to a server of the Gateway, or bind the VirtualService to the Gateway that has it.',
  *check(mesh) {
    const gateways = gatewaysByName(mesh);
    for (const c of mesh.of('VirtualService'))
      for (const [i, name] of ((c.spec.gateways ?? []) as string[]).entries()) {
        const gateway = name === 'mesh' || isInternalGateway(name) ? undefined : gateways.get(gatewayKey(name, c.namespace));
        if (!gateway) continue;
        const served = gatewayHosts(gateway, c.namespace);
        const hosts = (c.spec.hosts ?? []) as string[];
        if (served.some((s) => hosts.some((h) => hostsMeet(s, h)))) continue;
        const names = c.spec.gateways as string[];
        yield {
          ...(names.some((n) => n !== name && mayServe(n, c, hosts, gateways)) ? { severity: 'warning' as const } : {}),
          at: at(c, 'spec', 'gateways', i),
          message: `the Gateway "${gateway.namespace}/${gateway.name}" serves none of the hosts ${quoted(hosts)}`,
          hint:
            served.length > 0 ? `it serves ${quoted([...new Set(served)])}` : `it serves no host for namespace "${c.namespace}"`,
          related: [{ at: at(gateway, 'spec', 'servers'), message: 'the servers of the Gateway' }],
        };
      }
  },
};

/** Whether the routes may be used by another that the VirtualService is bound to, as far as it is known. */
function mayServe(name: string, c: Config, hosts: readonly string[], gateways: ReadonlyMap<string, Config>): boolean {
  const gateway = gateways.get(gatewayKey(name, c.namespace));
  return (
    name === 'mesh' ||
    (gateway !== undefined && gatewayHosts(gateway, c.namespace).some((s) => hosts.some((h) => hostsMeet(s, h))))
  );
}
