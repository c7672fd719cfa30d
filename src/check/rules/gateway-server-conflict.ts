import { type Config, keyOf } from '../../model/config';
import { podsOf } from '../analyzed-pods';
import type { CheckedMesh } from '../checked-mesh';
import { at, filed, selectorText } from '../fields';
import { items } from '../items';
import type { Rule } from '../rule';
import { isOtherObject } from '../same-object';

interface Server {
  readonly gateway: Config;
  readonly selector: string;
  readonly index: number;
  readonly host: number;
  readonly hosts: readonly string[];
  /** Whether istioctl remembers it: of a Gateway's servers for one port it is the last. */
  readonly last: boolean;
}

/** Two Gateways of the same pods have the same host on the same port. */
export const gatewayServerConflict: Rule = {
  id: 'MESH037',
  name: 'gateway-server-conflict',
  severity: 'error',
  codes: ['IST0145', 'KIA0301'],
  summary: 'two Gateways of the same pods have the same host on the same port',
  why: 'With TLS the server of the younger Gateway is left out as a whole, so its VirtualServices get no requests; without TLS all is put together by age, and which rule goes first depends on when each was applied. Source: pilot/pkg/model/gateway.go, mergeGateways.',
  remedy: 'Let one Gateway have the host, and bind the VirtualServices of all to it (`<namespace>/<name>`).',
  *check(mesh) {
    const byHost = new Map<string, Server[]>();
    for (const gateway of mesh.of('Gateway')) {
      const selector = selectorText(gateway.spec.selector);
      const servers = [...items(gateway.spec.servers)];
      const last = new Map(servers.map(([i, s]) => [s.port?.number ?? 0, i]));
      for (const [index, s] of servers) {
        const port = s.port?.number ?? 0;
        const hosts = (s.hosts ?? []) as string[];
        for (const [host, name] of hosts.entries())
          if (hosts.indexOf(name) === host)
            filed(byHost, JSON.stringify([port, s.bind ?? '', name]), {
              gateway,
              selector,
              index,
              host,
              hosts,
              last: last.get(port) === index,
            });
      }
    }
    const meet = samePods(mesh);
    const found = new Map<string, { readonly server: Server; readonly other: Server }>();
    for (const servers of byHost.values()) {
      if (servers.length < 2) continue;
      const bySelector = new Map<string, Server[]>();
      for (const s of servers) filed(bySelector, s.selector, s);
      for (const server of servers) {
        const rivals = [...bySelector.values()]
          .filter((some) => meet(server.gateway.spec.selector ?? {}, server.selector, some[0]!))
          .map(
            (some) =>
              some.find((o) => isOtherObject(o.gateway, server.gateway) && o.last) ??
              some.find((o) => isOtherObject(o.gateway, server.gateway)),
          )
          .filter((o) => o !== undefined);
        const other = rivals.find((r) => r.last) ?? rivals[0];
        const key = `${keyOf(server.gateway)} ${server.index}`;
        // one for a server, and rather one that istioctl sees, too
        if (other && (!found.has(key) || (other.last && !found.get(key)!.other.last))) found.set(key, { server, other });
      }
    }
    for (const { server: s, other } of found.values())
      yield {
        at: at(s.gateway, 'spec', 'servers', s.index, 'hosts', s.host),
        message: `"${s.hosts[s.host]}" on this port is a host of Gateway "${keyOf(other.gateway)}", too, which is for the same pods`,
        ...(other.last ? {} : { codes: ['KIA0301'] }),
        related: [{ at: at(other.gateway, 'spec', 'servers', other.index, 'hosts', other.host), message: 'the other one' }],
      };
  },
};

/** Whether two selectors have a pod in common. As istioctl does, only where the text of one is in that of the other. */
function samePods(mesh: CheckedMesh) {
  const known = new Map<string, boolean>();
  return (selector: Readonly<Record<string, string>>, text: string, other: Server): boolean => {
    if (text === other.selector) return true;
    if (!text.includes(other.selector) && !other.selector.includes(text)) return false;
    const key = `${text}~${other.selector}`;
    let is = known.get(key);
    if (is === undefined) {
      const both = { ...selector, ...(other.gateway.spec.selector ?? {}) };
      const agree = Object.entries(selector).every(([k, v]) => both[k] === v);
      is = agree && podsOf(mesh).matching(both)[Symbol.iterator]().next().done !== true;
      known.set(key, is);
    }
    return is;
  };
}
