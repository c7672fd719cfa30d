import { cellsOf } from '../../src/routing/cells';
import { compile, envoyRoutes } from '../../src/routing/compile';
import type { Match } from '../../src/routing/match';
import { renderRoute } from '../../src/routing/render-http';
import type { Request } from '../../src/routing/request';
import { decide } from '../../src/routing/spec';
import type { HttpTable, Overlay, Rule } from '../../src/routing/table';
import { baggage, header, path } from '../../src/values/condition';
import { firstRoute } from './istio-routes';

const origin = { construct: 'test' };
const to = (subset: string, weight?: number) => ({ host: 's.n', subset, ...(weight === undefined ? {} : { weight }) });
const rule = (name: string, tier: Rule['tier'], when: readonly Match[], ...shares: ReturnType<typeof to>[]): Rule => ({
  name,
  tier,
  order: 0,
  when,
  origin,
  action: { kind: 'split', to: shares },
});
const overlay = (name: string, when: readonly Match[], effect: Overlay['effect'], over: Overlay['over']): Overlay => ({
  name,
  tier: 'service',
  order: 0,
  when,
  origin,
  over,
  effect,
});
const environments = Array.from({ length: 50 }, (_, i) => `dev${i}`);
const service = (overlays: readonly Overlay[] = []): HttpTable => ({
  host: 's.n',
  ports: [80],
  overlays,
  rules: [
    ...environments.map((e) => rule(e, 'development', baggage('env').is(e).matches, to(e))),
    rule('canary', 'release', [{}], to('v1', 90), to('v2', 10)),
  ],
});
const gatewayPaths = Array.from({ length: 10 }, (_, i) => `/api${i}`);
const gateway = (inner: HttpTable): HttpTable => ({
  host: 'shop.example',
  ports: [80],
  overlays: [],
  rules: [
    {
      name: 'shop',
      tier: 'default',
      order: 0,
      when: gatewayPaths.flatMap((p) => path.prefix(p).matches),
      origin,
      action: { kind: 'split', to: [{ host: 's.n', table: inner }] },
    },
  ],
});
const request = (p: string, headers: Request['headers'] = {}): Request => ({
  path: p,
  method: 'GET',
  scheme: 'http',
  authority: 'shop.example',
  port: 80,
  headers,
  query: {},
  source: { labels: {}, namespace: 'n' },
});
const at = { kind: 'gateway', labels: {}, namespace: 'n' } as const;

test('50 environments on one baggage key behind 10 gateway paths, over a canary, are 51 entries that decide right', () => {
  const table = gateway(service());
  const routes = compile(table, at);
  expect(routes.length).toBeLessThanOrEqual(53);
  expect(envoyRoutes(routes)).toBeLessThanOrEqual(20 * 51);
  const rendered = routes.map(renderRoute);
  const requests = ['/api0', '/api9/x', '/api10', '/other'].flatMap((p) => [
    request(p),
    ...['env=dev0', 'a=b,env=dev49', 'env=dev4', 'env=dev50', 'xenv=dev1', 'env=dev7;p=1,c=d'].map((b) =>
      request(p, { baggage: [b] }),
    ),
    request(p, { baggage: ['env=dev9', 'env=dev1'] }),
  ]);
  for (const r of requests) {
    const said = decide(table, r)?.action;
    const subsets = said?.kind === 'split' ? said.to.map((d) => d.subset) : undefined;
    expect(firstRoute(rendered, r)?.route.route.map((d: any) => d.destination.subset)).toEqual(subsets);
  }
  // and as a person reads it
  const subset = (p: string, b?: string) =>
    firstRoute(rendered, request(p, b ? { baggage: [b] } : {}))?.route.route.map((d: any) => [d.destination.subset, d.weight]);
  expect(subset('/api3/x', 'env=dev3')).toEqual([['dev3', undefined]]);
  const canary = [
    ['v1', 90],
    ['v2', 10],
  ];
  expect([subset('/api3', 'env=dev'), subset('/api3')]).toEqual([canary, canary]);
  expect(subset('/api33', 'env=dev3')).toBeUndefined();
});

test('a fault over the base adds an entry, whatever the number of environments', () => {
  const delay = { kind: 'delay', percent: 100, ms: 100 } as const;
  const jason = header('end-user').is('jason').matches;
  const plain = compile(service(), { kind: 'mesh' }).length;
  expect(compile(service([overlay('slow', jason, delay, 'base')]), { kind: 'mesh' })).toHaveLength(plain + 1);
  expect(compile(service([overlay('slow', jason, delay, 'everything')]), { kind: 'mesh' })).toHaveLength(2 * plain);
});

test('an overlay on every request makes no further cells: what follows it in its ladder is never looked at', () => {
  const timeouts = [1, 2, 3].map((n) => overlay(`t${n}`, [{}], { kind: 'timeout', ms: n * 100 }, 'everything'));
  expect(cellsOf(service(timeouts), { kind: 'mesh' })).toHaveLength(51);
});

test('within an entry a match that a wider one follows is left out', () => {
  const wide = path.startsWith('/a').matches;
  const table = { ...service(), rules: [rule('all', 'audience', [...path.startsWith('/a/b').matches, ...wide], to('v1'))] };
  expect(compile(table, { kind: 'mesh' }).map((r) => r.matches)).toMatchObject([[wide[0]]]);
});
