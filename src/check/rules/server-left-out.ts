import { objectText } from '../../model/config';
import type { Server } from '../../model/gateway-servers';
import { gatewayProxies, gatewaysOf } from '../gateway-bindings';
import type { Rule } from '../rule';

/** A server that istiod leaves out since another has its port or its hosts. */
export const serverLeftOut: Rule = {
  id: 'MESH129',
  name: 'server-left-out',
  severity: 'error',
  codes: [],
  summary: 'a server of a Gateway counts for nothing, for another has its port or host',
  why: 'The Gateways of the same pods become one. On a port the first server says what is spoken, and later ones of another protocol are left out; of servers with TLS the first that has a host keeps it, and a later one is left out with all its hosts; HTTPS servers of one Gateway need names of their own for their ports. First is the oldest, which can change when objects are made anew. Source: pilot/pkg/model/gateway.go, mergeGateways.',
  remedy: 'Give the server another port or other hosts, or put its hosts into the server that goes first.',
  *check(mesh) {
    const seen = new Set<unknown>();
    const all = [...gatewaysOf(mesh).values()].flatMap((g) => g.servers);
    const byHost = new Map<string, Server[]>();
    for (const s of all)
      for (const h of s.hosts) {
        const key = `${s.port} ${s.bind} ${h}`;
        byHost.set(key, [...(byHost.get(key) ?? []), s]);
      }
    for (const proxy of gatewayProxies(mesh))
      for (const { by, reason } of proxy.servers.omitted) {
        if (by.manifest.kind !== 'Gateway') continue;
        const key = `${objectText(by.manifest)} ${by.path.join('.')}`;
        if (seen.has(key)) continue;
        seen.add(key);
        const own = all.find((s) => s.by.manifest === by.manifest && s.by.path[2] === by.path[2]);
        const twins = own?.hosts.flatMap((h) => byHost.get(`${own.port} ${own.bind} ${h}`) ?? []).filter((s) => s !== own) ?? [];
        // of one host in two Gateways istioctl says it (IST0145)
        if (twins.some((s) => s.gateway !== own!.gateway)) continue;
        yield {
          at: by,
          message: `this server counts for nothing: ${reason}`,
          related: twins.slice(0, 1).map((s) => ({ at: s.by, message: 'goes first' })),
        };
      }
  },
};
