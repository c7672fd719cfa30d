import type { MeshModel } from '../model/mesh-model';
import type { Route, RouteMatch } from '../model/route';
import { chooseHost } from '../model/virtual-host';
import type { ValueMatch } from '../routing/string-match';
import { arrive } from './choose-chain';
import { type Client, proxyOf } from './client';
import { fraction, shareText } from './fraction';
import { requestTo } from './request';

/** The routes of a host for a client, in the order in which they are asked; nothing where the host has none. */
export function routesFor(model: MeshModel, client: Client, host: string, port: number): readonly Route[] {
  if (client.proxy === 'none') return [];
  const proxy = proxyOf(model, client);
  const { chain } = arrive(proxy, requestTo(host, port));
  if (!chain?.http) return [];
  return chooseHost(proxy.table(chain.http), host)?.routes ?? [];
}

/** As a person reads them: `1 path begins with "/api"  ->  90 % v1, 10 % v2`. */
export function routesText(model: MeshModel, client: Client, host: string, port: number): string {
  const routes = routesFor(model, client, host, port);
  if (routes.length === 0) return `${host}:${port} has no routes for ${client.name}`;
  const lines = routes.map((r, i) => `  ${i + 1}  ${whenText(r.match)}  ->  ${actionText(r)}`);
  return [`${host}:${port} for ${client.name}`, ...lines].join('\n');
}

function whenText(m: RouteMatch): string {
  const parts: string[] = [];
  const { kind, value } = m.path;
  if (kind !== 'prefix' || value !== '/')
    parts.push(
      `path ${kind === 'exact' ? 'is' : kind === 'prefix' ? 'begins with' : 'matches'} ${JSON.stringify(value)}${m.ignoreCase ? ' in any case' : ''}`,
    );
  for (const h of m.headers)
    parts.push(`${h.name.startsWith(':') ? h.name.slice(1) : `header ${h.name}`} ${valueText(h.match, h.invert)}`);
  for (const q of m.query) parts.push(`query ${q.name} ${valueText(q.match)}`);
  for (const c of m.claims) parts.push(`claim ${c.path.join('.')} ${valueText(c.match, c.invert)}`);
  return parts.join(', ') || 'always';
}

function valueText(m: ValueMatch, not = false): string {
  if ('exact' in m) return `${not ? 'is not' : 'is'} ${JSON.stringify(m.exact)}`;
  if ('prefix' in m) return `${not ? 'does not begin' : 'begins'} with ${JSON.stringify(m.prefix)}`;
  if ('regex' in m) return `${not ? 'does not match' : 'matches'} ${m.regex}`;
  return not ? 'is missing' : 'is there';
}

function actionText({ action, fault, match: { path: matched } }: Route): string {
  const effects: string[] = [];
  if (fault?.abort) effects.push(`abort ${fault.abort.status ?? `gRPC ${fault.abort.grpc}`} for ${fault.abort.percent} %`);
  if (fault?.delay) effects.push(`delay ${fault.delay.ms} ms for ${fault.delay.percent} %`);
  if (action.kind === 'redirect')
    return `redirect ${action.code} to ${[action.scheme, action.authority, action.path ?? action.prefixRewrite].filter(Boolean).join(' ')}`;
  if (action.kind === 'respond') return `answer ${action.status}`;
  if (action.kind === 'refused') return `refused: ${action.reason}`;
  const total = action.clusters.reduce((n, c) => n + c.weight, 0);
  const to = action.clusters
    .map((c) => `${action.single ? '' : `${shareText(fraction(c.weight, total))} `}${clusterText(c.cluster)}`)
    .join(', ');
  if (action.timeoutMs > 0) effects.push(`timeout ${action.timeoutMs} ms`);
  if (action.prefixRewrite !== undefined)
    effects.push(
      `${matched.kind === 'prefix' && matched.value !== '/' ? JSON.stringify(matched.value) : 'path'} becomes ${action.prefixRewrite}`,
    );
  if (action.authority !== undefined) effects.push(`host becomes ${action.authority}`);
  for (const m of action.mirrors) effects.push(`copy of ${m.percent} % to ${clusterText(m.cluster)}`);
  return [to, ...effects].join(', ');
}

function clusterText(name: string): string {
  const [, port, subset, host] = name.split('|');
  return host === undefined ? name : `${host}:${port}${subset ? ` ${subset}` : ''}`;
}
