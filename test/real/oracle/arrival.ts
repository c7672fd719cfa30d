import type { LoggedConnection } from './access-log';
import type { Sent } from './answer';
import type { Chain, Job, Plan } from './plan';
import { clusterName } from './routes';
import type { Answer } from './types';

/** The filter chain that Envoy took a connection with. */
export function chainOf({ chains }: Plan, connection: LoggedConnection | undefined): Chain | undefined {
  return chains.get(connection?.chain ?? '');
}

/** The answer to a connection that came to no HTTP; undefined: it did. */
export function connectionAnswer(job: Job, plan: Plan, sent: Sent): Answer | undefined {
  const { connection } = sent;
  if (!connection) return { action: 'error', error: `Envoy says nothing of the connection: ${said(sent)}` };
  const chain = chainOf(plan, connection);
  const listener = plan.served.find(({ key }) => key === connection.listener)?.listener.name;
  const at = listener ? { listener } : {};
  if (!chain) {
    if (connection.flags === 'NR') return { action: 'noFilterChain', ...at };
    return { action: 'error', error: `no filter chain, and flags ${connection.flags}: ${said(sent)}` };
  }
  if (chain.tls && connection.failure && !(job.tls && isNowhere(connection)))
    return { action: job.tls || job.request.inbound ? 'noFilterChain' : 'tlsMismatch', ...at };
  if (chain.hcm && chain.tls !== job.tls) return { action: job.request.inbound ? 'noFilterChain' : 'tlsMismatch', ...at };
  if (chain.hcm) return undefined;
  if (connection.details?.startsWith('rbac_access_denied')) return { action: 'noFilterChain', ...at };
  return handedOn(chain, sent, connection);
}

/** A connection that a TCP proxy took: to the cluster, or one of the clusters, that istiod says. */
function handedOn(chain: Chain, sent: Sent, connection: LoggedConnection): Answer {
  const { cluster, flags } = connection;
  const { destinations, listener, tag } = chain;
  const known = destinations.some((to) => clusterName(tag, to.cluster) === cluster);
  if (!known && !isNowhere(connection))
    return { action: 'error', listener, error: `handed on to ${cluster} (${flags}): ${said(sent)}` };
  return { action: 'l4', listener, destinations };
}

/** A TCP proxy ends at once, before TLS has begun, what it has no cluster for, or no endpoint: Envoy then names the empty cluster. */
const isNowhere = ({ cluster, flags }: LoggedConnection) =>
  /\b(NC|UH)\b/.test(flags ?? '') || (!cluster && /\bUF\b/.test(flags ?? ''));

function said({ response, connection }: Sent): string {
  return `${typeof response === 'string' ? response : response.status} ${JSON.stringify(connection ?? {})}`;
}
