import type { FieldPath, Manifest } from '../../manifests/manifest';
import { isHttpServer, type Server } from '../../model/gateway-servers';
import { commonHosts, hostsForNamespace, isWild } from '../../model/host';
import type { ProxyView } from '../../model/proxy';
import type { HttpRule, VirtualService } from '../../model/virtual-service';
import { outbound } from '../../trace/outbound';
import type { Outcome } from '../../trace/outcome';
import { helloTo, requestTo } from '../../trace/request';
import type { CheckedMesh } from '../checked-mesh';
import { gatewayPods, gatewaysOf, serversFor } from '../gateway-bindings';
import { items } from '../items';
import type { Found, Rule } from '../rule';

/** After so many answers that lead on browsers give up, long since. */
const ENOUGH = 20;

/** A redirect at a gateway that leads back to itself. */
export const redirectLoop: Rule = {
  id: 'MESH212',
  name: 'redirect-loop',
  severity: 'error',
  codes: [],
  summary: 'a redirect leads to where it, or another, redirects again, for ever',
  why: 'The client that follows it comes back to a rule that redirects: browsers give up (ERR_TOO_MANY_REDIRECTS), others after 10 to 50 requests. Usual causes: a redirect to HTTPS in a VirtualService that the HTTPS server of the Gateway uses, too, and a prefix that holds what it redirects to. Found at gateways, by following one request for each match, through all of their servers; a match with a regex or with headers is not tried. Source: Envoy, RedirectAction; the trace.',
  remedy:
    'Let the rule not match what it leads to: match the port of the plain server (`port: 80`), or write `tls: {httpsRedirect: true}` at it; an exact path for a prefix; put a rule that routes before it.',
  *check(mesh) {
    const told = new Map<Manifest, Set<string>>();
    for (const vs of mesh.model.virtualServices) {
      const redirects = vs.http.filter((e) => e.rule.redirect);
      if (redirects.length === 0) continue;
      for (const name of vs.gateways)
        for (const entry of redirects) {
          const { manifest } = entry.from;
          const known = told.get(manifest) ?? new Set();
          told.set(manifest, known);
          const key = entry.path.join('.');
          const loop = known.has(key) ? undefined : loopOf(mesh, vs, entry, name);
          if (!loop) continue;
          known.add(key);
          yield loop;
        }
    }
  },
};

function loopOf(mesh: CheckedMesh, vs: VirtualService, entry: HttpRule, name: string): Found | undefined {
  const gateway = gatewaysOf(mesh).get(name);
  const pods = gatewayPods(mesh).get(name);
  if (!gateway || !pods) return undefined;
  const all = serversOn(mesh, pods.proxy);
  for (const server of serversFor(gateway, vs)) {
    if (!isHttpServer(server)) continue;
    const [host] = commonHosts(hostsForNamespace(server.hosts, vs.namespace), vs.hosts);
    if (host === undefined) continue;
    for (const [j, match] of matchesOf(entry)) {
      const path = pathOf(match);
      if (path === undefined) continue;
      const from: Asked = { server, host: textOf(match.authority) ?? (isWild(host) ? `www${host.slice(1)}` : host), path };
      const way = followed(pods.proxy, all, from, String(textOf(match.method) ?? 'GET'), entry);
      if (!way) continue;
      const [first] = way as [string];
      const { manifest } = entry.from;
      const own = j >= 0 && entry.from === vs.config;
      return {
        at: { manifest, path: [...entry.path, 'redirect'] },
        message: `"${urlOf(from)}" is sent to "${first}"${first === way[1] ? ', and that to itself' : way.length > 1 ? `, that to "${way[1]}"` : ''}${way.length > 2 ? ' and so on' : ''}: the redirects never end`,
        hint: hintOf(entry, first),
        ...(own ? { related: [{ at: { manifest, path: [...entry.path, 'match', j] }, message: 'takes it again' }] } : {}),
      };
    }
  }
  return undefined;
}

interface Asked {
  readonly server: Server;
  readonly host: string;
  readonly path: string;
}

/** Matches that one request can be made for; a rule without a match has one. */
const matchesOf = ({ rule }: HttpRule): readonly (readonly [number, any])[] => {
  const all = items(rule.match);
  if (all.length === 0) return [[-1, {}]];
  const some = (o: any) => Object.keys(o ?? {}).length > 0;
  return all.filter(([, m]) => !some(m.headers) && !some(m.withoutHeaders) && !some(m.queryParams) && !m.gateways);
};

const textOf = (m: any): string | undefined => m?.exact;

function pathOf({ uri }: any): string | undefined {
  if (!uri) return '/a';
  if (uri.exact !== undefined) return uri.exact;
  if (uri.prefix === undefined || !uri.prefix.startsWith('/')) return undefined;
  return uri.prefix.endsWith('/') ? `${uri.prefix}a` : `${uri.prefix}/a`;
}

/** Where a client is led that asks for it, if that does not end: the first few places. */
function followed(
  proxy: ProxyView,
  servers: readonly Server[],
  from: Asked,
  method: string,
  entry: HttpRule,
): readonly string[] | undefined {
  const way: string[] = [];
  const seen = new Map([[urlOf(from), 0]]);
  const own: boolean[] = [];
  let asked = from;
  for (let i = 0; i < ENOUGH; i++) {
    const outcome = ask(proxy, asked, method);
    own.push(isBy(outcome, entry.from.manifest, entry.path));
    const location = outcome.redirect?.location;
    const next = location === undefined || !own[0] ? undefined : at(location, servers, asked.server);
    if (!next) return undefined;
    way.push(location!);
    const again = seen.get(urlOf(next));
    // a rule that leads into the circle of others is not what is wrong
    if (again !== undefined) return own.slice(again).some(Boolean) ? way : undefined;
    seen.set(urlOf(next), i + 1);
    asked = next;
  }
  return own.at(-1) ? way : undefined;
}

function ask(proxy: ProxyView, { server, host, path }: Asked, method: string): Outcome {
  const tls = Boolean(server.tls) && server.protocol.toUpperCase() === 'HTTPS';
  return outbound(proxy, requestTo(host, server.port, { method, path, ...(tls ? helloTo(host) : {}) }));
}

const isBy = ({ action, steps }: Outcome, manifest: Manifest, path: FieldPath): boolean =>
  action === 'redirect' && steps.some((s) => s.by?.manifest === manifest && path.every((field, i) => s.by!.path[i] === field));

const isSecure = (s: Server): boolean => s.protocol.toUpperCase() === 'HTTPS';

/** The server that a client comes to with an address, if it is one of these: by its port, or as the only one of the scheme. */
function at(location: string, servers: readonly Server[], last: Server): Asked | undefined {
  const [, scheme, host, said, path] = /^(https?):\/\/([^/:?#]+)(?::(\d+))?([^#]*)/.exec(location) ?? [];
  if (!host) return undefined;
  const secure = scheme === 'https';
  const port = said ? Number(said) : secure ? 443 : 80;
  const ofScheme = servers.filter((s) => isSecure(s) === secure);
  const byPort = ofScheme.filter((s) => s.port === port);
  const ports = new Set(ofScheme.map((s) => s.port));
  const server = byPort[0] ?? (said ? undefined : isSecure(last) === secure ? last : ports.size === 1 ? ofScheme[0] : undefined);
  return server && { server, host, path: path?.startsWith('/') ? path : `/${path ?? ''}` };
}

/** The servers of all Gateways that the same pods serve. */
const serversOn = (mesh: CheckedMesh, proxy: ProxyView): readonly Server[] =>
  [...gatewayPods(mesh)]
    .filter(([, p]) => p.proxy === proxy)
    .flatMap(([name]) => gatewaysOf(mesh).get(name)?.servers ?? [])
    .filter(isHttpServer);

const urlOf = ({ server, host, path }: Asked): string => `${isSecure(server) ? 'https' : 'http'}://${host}${path}`;

const hintOf = ({ rule }: HttpRule, first: string): string =>
  rule.redirect.scheme === 'https' && first.startsWith('https:')
    ? 'match the port of the plain server ("port: 80"), or write "tls: {httpsRedirect: true}" at that server in place of this rule'
    : 'let the rule not match what it leads to';
