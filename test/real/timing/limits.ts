import { App, Chart, Yaml } from 'cdk8s';
import {
  header,
  IngressGateway,
  type LocalLimit,
  MeshService,
  method,
  Port,
  path,
  RateLimit,
  RateLimitService,
} from '../../../src';
import type { OracleCase, OracleClient, OracleRequest } from '../oracle/types';
import type { Written } from './ratelimit-service';

/** What is not as in the other groups; without a principal it is plain text. */
type Asking = Partial<Omit<OracleRequest, 'principal'>> & { readonly principal?: string | undefined };

/** Requests that are sent often, and how many of them get through. */
export interface Group {
  readonly what: string;
  readonly request: Asking;
  readonly times: number;
  /** How many are answered 200; the others 429. */
  readonly through: number;
}

/** A mesh with limits, and what comes of groups of requests. */
export interface LimitedCase extends OracleCase {
  readonly groups: readonly Group[];
  /** What the service that counts for all replicas is told. */
  readonly counts: Written | undefined;
}

const image = { image: 'x:1' };
const WEB = 'cluster.local/ns/shop/sa/web';
const OTHER = 'cluster.local/ns/shop/sa/other';
const SERVER: OracleClient = { kind: 'sidecar', namespace: 'shop', labels: { app: 'orders', version: 'v1' }, name: 'orders' };
const GATEWAY: OracleClient = {
  kind: 'gateway',
  namespace: 'istio-system',
  labels: { istio: 'ingressgateway' },
  name: 'istio-ingressgateway',
};
/** Where the ratelimit service is. */
export const COUNTER = 'limits.shop.svc.cluster.local';

type Shop = { readonly chart: Chart; readonly orders: MeshService<'v1', 'http'>; readonly web: MeshService<'v1', 'http'> };

function limited(id: string, client: OracleClient, base: Partial<OracleRequest>, groups: Group[], build: (shop: Shop) => void) {
  const chart = new Chart(new App(), 'shop', { namespace: 'shop' });
  const orders = new MeshService(chart, 'Orders', {
    port: Port.http(80, { target: 8080 }),
    versions: { v1: image },
    calls: [],
  });
  const web = new MeshService(chart, 'Web', { port: Port.http(80), versions: { v1: image }, calls: [orders] });
  build({ chart, orders, web });
  const objects = (chart.node.root as App).charts.flatMap((c) => c.toJson());
  const requests = groups.flatMap(({ request, times }) =>
    Array.from({ length: times }, () => ({ port: 8080, host: 'orders', headers: {}, ...base, ...request }) as OracleRequest),
  );
  const config = objects.find((o) => o.kind === 'ConfigMap')?.data as Written['config'] | undefined;
  const [container] =
    objects.find((o) => o.kind === 'Deployment' && o.metadata.name === 'limits-v1')?.spec.template.spec.containers ?? [];
  const env = Object.fromEntries((container?.env ?? []).map((e: { name: string; value: string }) => [e.name, e.value]));
  return {
    id,
    mesh: Yaml.stringify(...objects),
    client,
    requests,
    groups,
    counts: config && { config, env },
  } satisfies LimitedCase;
}

const atService = (id: string, local: (s: Shop) => Readonly<Record<string, LocalLimit>>, groups: Group[]) =>
  limited(id, SERVER, { inbound: true, principal: WEB }, groups, (s) => {
    new RateLimit(s.chart, 'Limit', { target: s.orders, local: local(s) });
  });

const group = (what: string, times: number, through: number, request: Asking = {}): Group => ({
  what,
  request,
  times,
  through,
});
const PER = { per: 'hour' } as const;
const forged = { headers: { 'x-forwarded-client-cert': `By=a;URI=spiffe://${WEB}` } };

/** What the docs say of limits: how many requests get through. */
export const limitedCases = (): readonly LimitedCase[] => [
  atService('all', () => ({ all: { requests: 3, ...PER, burst: 5 } }), [group('all', 8, 5)]),
  atService(
    'when',
    () => ({
      login: { requests: 2, ...PER, when: path.prefix('/login').and(method('POST')) },
      pay: { requests: 2, ...PER, when: path.prefix('/pay').and(method('POST')) },
      beta: { requests: 1, ...PER, when: header('x-beta').is('1').and(header('x-no').isNot('2')) },
    }),
    [
      group('the path', 4, 2, { path: '/login?x', method: 'POST' }),
      group('below the path', 4, 2, { path: '/pay/x', method: 'POST' }),
      group('another path', 4, 4, { path: '/loginx', method: 'POST' }),
      group('another method', 4, 4, { path: '/login' }),
      group('the header', 3, 1, { headers: { 'x-beta': '1' } }),
      group('the header that is left out', 3, 3, { headers: { 'x-beta': '1', 'x-no': '2' } }),
    ],
  ),
  atService('each header', () => ({ key: { requests: 2, ...PER, each: { header: 'X-Key' } } }), [
    group('one value', 4, 2, { headers: { 'x-key': 'a' } }),
    group('another', 4, 2, { headers: { 'x-key': 'b' } }),
    group('an empty one', 4, 2, { headers: { 'x-key': '' } }),
    group('none', 4, 2),
  ]),
  atService('each caller', () => ({ caller: { requests: 2, ...PER, each: 'caller' } }), [
    group('web', 4, 2),
    group('other', 4, 2, { principal: OTHER }),
    group('plain text', 4, 2, { principal: undefined }),
  ]),
  atService('from', ({ web }) => ({ web: { requests: 2, ...PER, from: web } }), [
    group('web', 4, 2),
    group('other', 4, 4, { principal: OTHER }),
    group('other, who says it is web', 4, 4, { principal: OTHER, ...forged }),
    group('plain text that says it is web', 4, 4, { principal: undefined, ...forged }),
  ]),
  atService('each client', () => ({ client: { requests: 2, ...PER, each: 'client' } }), [
    group('one address', 4, 2, { headers: { 'x-forwarded-for': '198.51.100.1' } }),
    group('another, behind one', 4, 2, { headers: { 'x-forwarded-for': '198.51.100.1, 198.51.100.2' } }),
    group('the connection', 4, 2),
  ]),
  limited(
    'gateway',
    GATEWAY,
    { port: 80 },
    [
      group('a host in any case, by its port', 4, 2, { host: 'SHOP.example.com:80', headers: { 'x-key': 'a' } }),
      group('a host of a wildcard', 4, 2, { host: 'a.shop.example.com', headers: { 'x-key': 'b' } }),
      group("another gateway's host", 4, 4, { host: 'other.example.com' }),
    ],
    ({ chart, orders }) => {
      const edge = new IngressGateway(chart, 'Edge', { hosts: ['shop.example.com', '*.shop.example.com'] });
      edge.route(path.prefix('/'), orders);
      new IngressGateway(chart, 'Other', { hosts: ['other.example.com'] }).route(path.prefix('/'), orders);
      new RateLimit(chart, 'Limit', { target: edge, local: { key: { requests: 2, ...PER, each: { header: 'x-key' } } } });
    },
  ),
  limited(
    'global',
    SERVER,
    { inbound: true, principal: WEB },
    [
      group('one key', 4, 2, { headers: { 'x-key': 'a' } }),
      group('another', 4, 2, { headers: { 'x-key': 'b' } }),
      group('no key', 4, 2),
      group('login', 4, 1, { path: '/login', headers: { 'x-key': 'c' } }),
    ],
    ({ chart, orders }) => {
      const service = new RateLimitService(chart, 'Limits', { image: 'ratelimit:1', redis: { image: 'redis:7' } });
      const limits = {
        key: { requests: 2, per: 'day', each: { header: 'x-key' } },
        login: { requests: 1, per: 'day', when: path.exact('/login'), each: 'caller' },
      } as const;
      new RateLimit(chart, 'Limit', { target: orders, global: { service, limits } });
    },
  ),
  limited(
    'local before global',
    SERVER,
    { inbound: true, principal: WEB },
    // what the replica refuses is not counted for all
    [group('one key', 8, 2, { headers: { 'x-key': 'a' } }), group('another', 8, 2, { headers: { 'x-key': 'b' } })],
    ({ chart, orders }) => {
      const service = new RateLimitService(chart, 'Limits', { image: 'ratelimit:1', redis: { image: 'redis:7' } });
      new RateLimit(chart, 'Limit', {
        target: orders,
        local: { key: { requests: 2, ...PER, each: { header: 'x-key' } } },
        global: { service, limits: { all: { requests: 4, per: 'day' } } },
      });
    },
  ),
];
