import type { FieldPath } from '../manifests/manifest';
import { fromBase64 } from './base64';
import { type Ref, selects } from './config';
import type { MeshConfig } from './mesh-config';
import { millis } from './mesh-config';
import { ANY, type ForwardAction, isCatchAll, NO_CHANGES, type Omission, type Route, type WeightedCluster } from './route';
import { cors, fault, hashPolicy, headerChanges, joinChanges, mirrors, redirect, retryPolicy } from './route-action';
import { routeMatch } from './route-match';
import type { Service } from './service';
import type { HttpRule, VirtualService } from './virtual-service';

/** For whom routes are made. */
export interface RouteContext {
  readonly labels: Readonly<Record<string, string>>;
  readonly namespace: string;
  /** `mesh`, or the gateway. */
  readonly gateway: string;
  /** Of the listener; of the gateway's server. */
  readonly port: number;
  readonly tls: boolean;
  readonly mesh: MeshConfig;
  service(host: string): Service | undefined;
  /** Consistent hashing of a destination, from its DestinationRule. */
  hash(destination: any): any;
}

export interface BuiltRoutes {
  readonly routes: readonly Route[];
  readonly omitted: readonly Omission[];
}

/** The routes of a VirtualService. Source: pilot/pkg/networking/core/route/route.go, BuildHTTPRoutesForVirtualService. */
export function buildRoutes(vs: VirtualService, context: RouteContext): BuiltRoutes {
  const routes: Route[] = [];
  const omitted: Omission[] = vs.dropped.map(({ rule, reason }) => ({
    by: { manifest: rule.from.manifest, path: rule.path },
    reason,
  }));
  let all: Route | undefined;
  for (const entry of vs.http) {
    const matches: readonly any[] = entry.rule.match?.length > 0 ? entry.rule.match : [undefined];
    matches.forEach((match, i) => {
      const by: Ref = { manifest: entry.from.manifest, path: match === undefined ? entry.path : [...entry.path, 'match', i] };
      if (all) {
        omitted.push({ by, reason: 'a rule before it takes everything' });
        return;
      }
      const reason = match && notFor(match, context);
      if (reason) {
        omitted.push({ by, reason });
        return;
      }
      const route = toRoute(vs, entry, match, by, context);
      routes.push(route);
      if (match === undefined || isCatchAll(route)) all = route;
    });
  }
  return { routes, omitted };
}

/** Whether {@link buildRoutes} makes any. */
export const hasRoutes = (vs: VirtualService, context: RouteContext): boolean =>
  vs.http.some(({ rule }) => !(rule.match?.length > 0) || rule.match.some((m: any) => !m || notFor(m, context) === undefined));

/** The same as {@link buildRoutes}, made when it is first asked for: of a table of a thousand hosts a request looks at one. */
export function routesLater(vs: VirtualService, context: RouteContext): BuiltRoutes {
  let made: BuiltRoutes | undefined;
  const all = () => {
    made ??= buildRoutes(vs, context);
    return made;
  };
  return {
    get routes() {
      return all().routes;
    },
    get omitted() {
      return all().omitted;
    },
  };
}

/** Why a match is not for this proxy and port; sources are not looked at where gateways are named. */
function notFor(m: any, c: RouteContext): string | undefined {
  if (m.port && m.port !== c.port) return `port ${m.port} is not ${c.port}`;
  if (m.gateways?.length > 0)
    return m.gateways.includes(c.gateway) ? undefined : `gateways ${m.gateways.join(', ')} do not have ${c.gateway}`;
  if (!selects(m.sourceLabels, c.labels)) return `sourceLabels ${JSON.stringify(m.sourceLabels)} are not the client's`;
  if (m.sourceNamespace && m.sourceNamespace !== c.namespace) return `sourceNamespace ${m.sourceNamespace} is not ${c.namespace}`;
  return undefined;
}

function toRoute(vs: VirtualService, { rule, from, path }: HttpRule, match: any, by: Ref, c: RouteContext): Route {
  const request = headerChanges(rule.headers?.request);
  const response = headerChanges(rule.headers?.response).changes;
  const base = {
    name: (rule.name || match?.name ? (match?.name ? `${rule.name ?? ''}.${match.name}` : rule.name) : undefined) as
      | string
      | undefined,
    virtualService: vs,
    by,
    match: match ? routeMatch(match) : ANY,
    request: request.changes,
    response,
    fault: fault(rule.fault),
    cors: cors(rule.corsPolicy),
  };
  if (rule.redirect) {
    const action = redirect(rule.redirect, c.port, c.tls);
    return {
      ...base,
      action: action ?? { kind: 'refused', reason: `Envoy takes no redirect with code ${rule.redirect.redirectCode}` },
    };
  }
  if (rule.directResponse) {
    const { status, body } = rule.directResponse;
    const bytes = body?.bytes === undefined ? undefined : fromBase64(body.bytes);
    return { ...base, action: { kind: 'respond', status, body: body?.string ?? bytes } };
  }
  return { ...base, ...forward(rule, { manifest: from.manifest, path }, base, request.authority, c) };
}

/** Source: route.go, applyHTTPRouteDestination. */
function forward(
  rule: any,
  { manifest, path }: { readonly manifest: Ref['manifest']; readonly path: FieldPath },
  base: Pick<Route, 'request' | 'response'>,
  authorityOfHeaders: string,
  c: RouteContext,
): Pick<Route, 'action' | 'request' | 'response'> {
  const destinations: any[] = rule.route ?? [];
  const single = destinations.length === 1;
  const hashes = destinations.filter((d) => single || d.weight).map((d) => c.hash(d.destination));
  const cluster = (d: any) => clusterName(d, c.service(d.host), c.port);
  const regex = rule.rewrite?.uriRegexRewrite;
  const changesOf = (d: any) => ({
    request: headerChanges(d.headers?.request),
    response: headerChanges(d.headers?.response).changes,
  });
  let authority = rule.rewrite?.authority || authorityOfHeaders;
  let { request, response } = base;
  const clusters: WeightedCluster[] = [];
  destinations.forEach((d, i) => {
    if (!single && !d.weight) return;
    const by = { manifest, path: [...path, 'route', i] };
    const own = changesOf(d);
    if (single) {
      request = joinChanges(request, own.request.changes);
      response = joinChanges(response, own.response);
      authority ||= own.request.authority;
      clusters.push({ cluster: cluster(d.destination), weight: 100, by });
    } else
      clusters.push({
        cluster: cluster(d.destination),
        weight: d.weight,
        by,
        ...(d.headers
          ? {
              request: own.request.changes,
              response: own.response,
              ...(own.request.authority ? { authority: own.request.authority } : {}),
            }
          : {}),
      });
  });
  const action: ForwardAction = {
    kind: 'forward',
    single,
    clusters,
    timeoutMs: millis(rule.timeout) ?? 0,
    retry: retryPolicy(rule.retries ?? c.mesh.defaultHttpRetryPolicy, single && hashes[0] !== undefined),
    mirrors: mirrors(rule, cluster),
    prefixRewrite: regex ? undefined : rule.rewrite?.uri || undefined,
    regexRewrite: regex ? { regex: regex.match, substitution: regex.rewrite } : undefined,
    authority: authority || undefined,
    hashPolicy: hashes.map(hashPolicy).filter((h) => h !== undefined),
  };
  return { action, request, response };
}

/** Name of the cluster that a destination means. Source: route.go, GetDestinationCluster. */
export function clusterName(d: any, service: Service | undefined, listenerPort: number): string {
  const host = service?.externalName || d.host;
  const port = d.port?.number ?? (service?.ports.length === 1 ? service.ports[0]!.port : listenerPort);
  return `outbound|${port}|${d.subset ?? ''}|${host}`;
}

/** Where a service's requests go that no VirtualService is about. Source: route.go, BuildDefaultHTTPOutboundRoute. */
export function defaultRoute(cluster: string, mesh: MeshConfig, hash: any): Route {
  const policy = hashPolicy(hash);
  return {
    name: 'default',
    virtualService: undefined,
    by: undefined,
    match: ANY,
    action: {
      kind: 'forward',
      single: true,
      clusters: [{ cluster, weight: 100, by: undefined }],
      timeoutMs: 0,
      retry: retryPolicy(mesh.defaultHttpRetryPolicy, false),
      mirrors: [],
      prefixRewrite: undefined,
      regexRewrite: undefined,
      authority: undefined,
      hashPolicy: policy ? [policy] : [],
    },
    request: NO_CHANGES,
    response: NO_CHANGES,
    fault: undefined,
    cors: undefined,
  };
}
