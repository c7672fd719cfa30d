import { type Listener, overlapping } from '../model/filter-chain';
import { moreSpecific } from '../model/host';
import type { ProxyView } from '../model/proxy';
import { type RouteTable, refusedRoutes, type VirtualHost } from '../model/virtual-host';
import type { Outcome } from './outcome';

/** One route that Envoy does not take makes it refuse the whole table, and keep the one it had. */
export function refusal({ identity }: ProxyView, table: RouteTable): Outcome | undefined {
  if (refusedRoutes(table).length === 0) return undefined;
  const told = identity.kind === 'gateway' ? collapsed(table.hosts) : [...table.hosts];
  const hosts = told.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const [i, vh] of hosts.entries())
    for (const [j, { action, by }] of vh.routes.entries()) {
      if (action.kind !== 'refused') continue;
      const part = (what: string) => `${what}: embedded message failed validation | caused by `;
      return {
        action: 'nack',
        reason: `Proto constraint validation failed (${part('HttpConnectionManagerValidationError.RouteConfig')}${part(`RouteConfigurationValidationError.VirtualHosts[${i}]`)}${part(`VirtualHostValidationError.Routes[${j}]`)}field: "action", reason: is required)`,
        steps: [
          { text: `Envoy refuses all routes of ${table.name}, and keeps those it had: ${action.reason}`, ...(by ? { by } : {}) },
        ],
      };
    }
  return undefined;
}

/** Filter chains that fit the same connections make Envoy refuse their listener. */
export function listenerRefusal({ name, chains }: Listener): Outcome | undefined {
  const two = overlapping(chains);
  if (!two) return undefined;
  return {
    action: 'nack',
    reason: 'multiple filter chains with overlapping matching rules are defined',
    steps: [
      {
        text: `Envoy refuses all of ${name}, and keeps what it had: it cannot tell two ways of connections apart`,
        passedOver: two.map((c) => ({ by: c.connection?.by, name: c.http ?? '', reason: 'fits the same connections' })),
      },
    ],
  };
}

/** A gateway's hosts with the same routes are one, the most specific. Source: networking/core/gateway.go, collapseDuplicateRoutes. */
function collapsed(hosts: readonly VirtualHost[]): VirtualHost[] {
  const out: VirtualHost[] = [];
  const same = (a: VirtualHost, b: VirtualHost) =>
    a.requireTls === b.requireTls && a.routes.length === b.routes.length && a.routes.every((r, i) => r === b.routes[i]);
  for (const h of [...hosts].sort((a, b) => (moreSpecific(a.domains[0]!, b.domains[0]!) ? -1 : 1)))
    if (!out.some((known) => same(known, h))) out.push(h);
  return out;
}
