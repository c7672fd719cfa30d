import type { OracleClient, OracleRequest } from '../oracle';
import { HEADERS, METHODS, randomPath, randomQuery, VALUES } from './random-match';
import type { RandomService, World } from './world';

interface Asked {
  path: string;
  query: string[];
  method: string;
  headers: Record<string, string | string[]>;
}

const PATHS = ['/api/x', '/v2/x', '/a/42', '/reviews/1', '/a/b', '/a', '/v1', '/Users/1', '/'];
const valueFor = ({ dice }: World, m: any): string => {
  if (m?.exact !== undefined) return m.exact;
  if (m?.prefix !== undefined) return m.prefix + dice.pick(['', 'z']);
  if (m?.regex !== undefined) return dice.pick(['v2', 'abc', 'jason', 'true', '42', '4', 'v1', 'JASON', 'a']);
  return dice.pick(VALUES);
};

/** A request that meets a match, or nearly. */
function near(w: World, m: any): Asked {
  const { dice, hints } = w;
  let path = dice.chance(0.5) ? randomPath(w) : '/';
  if (m.uri?.exact !== undefined) path = m.uri.exact;
  else if (m.uri?.prefix !== undefined) path = m.uri.prefix + dice.pick(['', '', '/', 'x', '/more', '/42']);
  else if (m.uri) path = dice.chance(0.7) || hints.paths.length === 0 ? dice.pick(PATHS) : dice.pick(hints.paths);
  const value = (v: any) => valueFor(w, v);
  const headers: Asked['headers'] = {};
  for (const [name, v] of Object.entries(m.headers ?? {})) if (!name.startsWith('@')) headers[name] = value(v);
  for (const [name, v] of Object.entries(m.withoutHeaders ?? {}))
    if (dice.chance(0.4) && !name.startsWith('@')) headers[name] = value(v);
  const query = Object.entries(m.queryParams ?? {}).map(([name, v]) => `${name}=${value(v)}`.replaceAll(' ', '%20'));
  const method = m.method ? (m.method.exact ?? dice.pick(['PUT', 'POST', 'PATCH'])) : dice.chance(0.05) ? 'PATCH' : 'GET';
  const asked: Asked = { path, query, method, headers };
  if (dice.chance(0.35)) miss(w, asked);
  if (dice.chance(0.2)) {
    headers.origin = dice.pick(['http://ok.com', 'https://pre.x', 'http://re1.com', 'http://no.com']);
    if (dice.chance(0.5)) {
      asked.method = 'OPTIONS';
      if (dice.chance(0.85)) headers['access-control-request-method'] = 'POST';
    }
  }
  if (dice.chance(0.08)) {
    headers['content-type'] = dice.pick(['application/grpc', 'application/grpc', 'application/grpc+proto', 'application/grpcx']);
    if (dice.chance(0.8)) asked.method = 'POST';
  }
  if (dice.chance(0.05)) headers['x-forwarded-proto'] = dice.pick(['https', 'http']);
  if (!asked.path.startsWith('/')) asked.path = `/${asked.path}`;
  return asked;
}

function miss(w: World, a: Asked): void {
  const { dice } = w;
  const [first] = Object.keys(a.headers);
  dice.oneOf<void>(
    () => {
      a.path = dice.pick([
        a.path.toUpperCase(),
        `${a.path}/`,
        `${a.path}x`,
        `${a.path}/..`,
        `${a.path}//y`,
        `/b/..${a.path}`,
        a.path.replace('a', '%61'),
        `${a.path}/%2Fz`,
        a.path.slice(0, -1),
      ]);
    },
    () => {
      if (first) delete a.headers[first];
    },
    () => {
      // of several lines of `cookie` HTTP makes one
      if (first)
        a.headers[first] =
          dice.chance(0.4) && first !== 'cookie' ? [dice.pick(VALUES), String(a.headers[first])] : dice.pick(VALUES);
    },
    () => {
      a.query.shift();
    },
    () => {
      a.query = [...dice.some([randomQuery(w), randomQuery(w)], 2), ...a.query].map((q) => q.replaceAll(' ', '%20'));
    },
    () => {
      a.method = dice.pick(METHODS);
    },
    () => {
      a.headers[dice.pick(HEADERS)] = dice.pick(VALUES);
    },
  );
}

/** Questions to one proxy: near to the mesh's matches, hosts, names and addresses, and just beside them. */
export function randomRequests(w: World, client: OracleClient, count: number): OracleRequest[] {
  const { dice, hints } = w;
  const out = new Map<string, OracleRequest>();
  for (let i = 0; i < count * 3 && out.size < count; i++) {
    const { path, query, method, headers } = near(
      w,
      dice.chance(0.88) && hints.matches.length > 0 ? dice.pick(hints.matches) : {},
    );
    const target = client.kind === 'gateway' ? atGateway(w) : atSidecar(w, client);
    if (headers.cookie === '' && target.alpn) delete headers.cookie; // HTTP/2 has no empty ones
    const request = { ...target, method, path: path + (query.length > 0 ? `?${query.join('&')}` : ''), headers };
    out.set(JSON.stringify(request), request);
  }
  return [...out.values()];
}

type Target = Pick<OracleRequest, 'host' | 'port' | 'tls' | 'sni' | 'dest' | 'alpn'>;

function atGateway(w: World): Target {
  const { dice, hints } = w;
  const servers = w.objects.filter((o) => o.kind === 'Gateway').flatMap((o) => o.spec.servers);
  const server = dice.pick<any>(servers);
  const pattern =
    dice.chance(0.75) && hints.hosts.length > 0
      ? dice.pick(hints.hosts)
      : dice.pick<string>(server.hosts).replace(/^[^/]*\//, '');
  let host = pattern === '*' ? 'any.thing.com' : pattern.replace(/^\*/, dice.pick(['foo', 'api', 'a.b', 'shop']));
  if (dice.chance(0.08)) host = dice.pick(['other.com', 'example.com', 'SHOP.example.com', 'shop.example.com.']);
  const port = dice.chance(0.95) ? server.port.number : dice.pick([80, 8080, 443]);
  const tls = port === server.port.number && server.tls && !server.tls.httpsRedirect ? dice.chance(0.97) : dice.chance(0.02);
  const sni = hints.snis.length > 0 && dice.chance(0.3) ? dice.pick(hints.snis) : undefined;
  return {
    host: dice.chance(0.08) ? `${host}:${port}` : host,
    port,
    ...speaks(w, tls, sni, tls ? 0.05 : 0.02),
  };
}

/** TLS with a name and ALPN, or plain text: HTTP/1.1, HTTP/2, or now and then bytes that are neither. */
function speaks({ dice }: World, tls: boolean, sni: string | undefined, odd: number): Partial<Target> {
  const name = sni && dice.chance(0.05) ? sni.toUpperCase() : sni;
  const protocols = tls ? [['h2'], ['h2', 'http/1.1']] : [['h2c']];
  const other = tls ? [['http/1.1'], ['istio'], ['foo']] : [[]];
  const alpn = dice.chance(0.12) ? dice.pick(protocols) : dice.chance(odd) ? dice.pick(other) : undefined;
  return { ...(tls ? { tls: true } : {}), ...(tls && name ? { sni: name } : {}), ...(alpn ? { alpn } : {}) };
}

function atSidecar(w: World, client: OracleClient): Target {
  const { dice, hints } = w;
  if (dice.chance(0.05))
    return { host: dice.pick(['unknown.example.com', 'ghost', '10.9.9.9']), port: dice.pick([80, 80, 443, 9080, 7000]) };
  const pattern = dice.chance(0.6) && hints.hosts.length > 0 ? dice.pick(hints.hosts) : dice.pick(w.services).host;
  const wanted = pattern.replace(/^\*/, dice.pick(['reviews', 'ratings', 'foo', 'a']));
  const known = w.services.filter((s) => s.host === wanted || (s.name === wanted && s.kind !== 'entry'));
  const s = known.length > 0 ? dice.pick(known) : undefined;
  let host = s ? nameOf(w, s, client.namespace) : wanted;
  const ports = w.services.flatMap((x) => x.ports.map((p) => p.port));
  const port = !s ? (dice.chance(0.6) ? 80 : dice.pick(ports)) : dice.chance(0.06) ? dice.pick(ports) : dice.pick(s.ports).port;
  const kind = s?.ports.find((p) => p.port === port)?.kind ?? 'http';
  if (dice.chance(0.08)) host += `:${port}`;
  const tls = kind === 'tls' ? dice.chance(0.9) : kind === 'tcp' ? dice.chance(0.2) : dice.chance(0.03);
  const sni = !tls || dice.chance(0.45) ? undefined : dice.pick([...hints.snis, s?.host ?? host, 'other.example.com']);
  return {
    host,
    port,
    ...(s && s.addresses.length > 0 && (known.length + s.addresses.length > 2 || dice.chance(0.8))
      ? { dest: dice.pick(s.addresses) }
      : s?.kind === 'entry' && known.length > 1
        ? { dest: '240.0.0.1' } // which of several entries DNS knows is not Istio's to say
        : dice.maybe(0.02, 'dest', () => dice.pick(['203.0.113.7', '10.96.0.2', '10.96.0.3', '198.51.100.4']))),
    ...speaks(w, tls, sni, kind === 'tcp' ? 0.3 : 0.05),
  };
}

/** A host as clients write it; now and then by the address that a Service gets. */
function nameOf({ dice, objects }: World, s: RandomService, from: string): string {
  if (s.kind === 'entry') return s.host.replace(/^\*/, 'some');
  if (s.kind === 'service' && dice.chance(0.05)) {
    const all = objects.filter((o) => o.kind === 'Service');
    return `10.96.0.${all.findIndex((o) => o.metadata.name === s.name && o.metadata.namespace === s.namespace) + 2}`;
  }
  const pod = s.kind === 'headless' && dice.chance(0.3) ? 'pod-0.' : '';
  const short = s.namespace === from ? [s.name, s.name, s.name] : [];
  return (
    pod +
    dice.pick([
      s.host,
      s.host,
      `${s.name}.${s.namespace}`,
      `${s.name}.${s.namespace}.svc`,
      ...short,
      ...(dice.chance(0.1) ? [`${s.host}.`, s.host.toUpperCase(), s.name] : []),
    ])
  );
}
