import type { RouteTable } from '../model/virtual-host';
import type { Outcome } from './outcome';

/** One route that Envoy does not take makes it refuse the whole table, and keep the one it had. */
export function refusal(table: RouteTable): Outcome | undefined {
  const hosts = [...table.hosts].sort((a, b) => (a.name < b.name ? -1 : 1));
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
