import fc from 'fast-check';
import type { Binding } from '../../src/routing/cells';
import { compile } from '../../src/routing/compile';
import { renderRoute } from '../../src/routing/render-http';
import type { Request } from '../../src/routing/request';
import { afterEffects } from '../../src/routing/rewrite';
import { RoutingError } from '../../src/routing/routing-error';
import { type Sharing, sharing } from '../../src/routing/sharing';
import { decide } from '../../src/routing/spec';
import type { HttpTable } from '../../src/routing/table';
import { match, request, table } from './arbitrary';
import { firstRoute, pathUpstream } from './istio-routes';

const RUNS = Number(process.env.FC_RUNS ?? 60);
const mesh: Binding = { kind: 'mesh' };

/** Shares by destination, so that a split says the same however it is written. */
function shares(route: any[]): Record<string, number> {
  const total = route.reduce((n, d) => n + (d.weight ?? 1), 0);
  const out: Record<string, number> = {};
  for (const d of route) {
    const key = JSON.stringify([d.destination.host, d.destination.subset, d.destination.port?.number, d.headers]);
    out[key] = (out[key] ?? 0) + (route.length === 1 ? 1 : (d.weight ?? 1) / total);
  }
  return Object.fromEntries(
    Object.entries(out)
      .sort()
      .map(([k, v]) => [k, Math.round(v * 1e9) / 1e9]),
  );
}

/** What the specification says, in the words of a rendered route. */
function expected(t: HttpTable, r: Request) {
  const d = decide(t, r);
  if (!d) return { status: 404 };
  const e = d.effects;
  const common = {
    timeout: e.timeout,
    attempts: e.retries?.attempts,
    delay: e.delay && [e.delay.ms, e.delay.percent],
    abort: e.abort && [(e.abort.status as { http: number }).http, e.abort.percent],
    mirrors: (e.mirrors ?? []).map((m) => `${m.host} ${m.percent}`).sort(),
    headers: e.headers,
  };
  if (d.action.kind === 'respond') return { status: d.action.status, headers: e.headers };
  if (d.action.kind === 'redirect') return { redirect: d.action.uri, headers: e.headers };
  if (d.action.kind !== 'split') throw new Error('no delegates here');
  return {
    ...common,
    path: afterEffects(r, { ...(e.rewrites ? { rewrites: e.rewrites } : {}) }).path,
    to: shares(
      d.action.to.map((x) => ({
        destination: { host: x.host, subset: x.subset, port: x.port === undefined ? undefined : { number: x.port } },
        weight: x.weight,
        headers: x.headers,
      })),
    ),
  };
}

function actual(routes: readonly any[], r: Request) {
  const found = firstRoute(routes, r);
  if (!found) return { status: 404 };
  const { route } = found;
  if (route.directResponse) return { status: route.directResponse.status, headers: route.headers };
  if (route.redirect) return { redirect: route.redirect.uri, headers: route.headers };
  const ms = (s: string | undefined) =>
    s === undefined ? undefined : s.endsWith('ms') ? Number.parseFloat(s) : Number.parseFloat(s) * 1000;
  return {
    timeout: ms(route.timeout),
    attempts: route.retries?.attempts,
    delay: route.fault?.delay && [ms(route.fault.delay.fixedDelay), route.fault.delay.percentage.value],
    abort: route.fault?.abort && [route.fault.abort.httpStatus, route.fault.abort.percentage.value],
    mirrors: (route.mirrors ?? []).map((m: any) => `${m.destination.host} ${m.percentage?.value ?? 100}`).sort(),
    headers: route.headers,
    path: pathUpstream(route, found.match, r.path),
    to: shares(route.route),
  };
}

function agrees(t: HttpTable, requests: readonly Request[], binding: Binding) {
  let routes: any[];
  try {
    routes = compile(t, binding).map(renderRoute);
  } catch (e) {
    if (e instanceof RoutingError) return fc.pre(false); // refused, with a reason: nothing to compare
    throw e;
  }
  for (const route of routes)
    for (const m of route.match ?? [])
      for (const h of Object.values(m.headers ?? {}))
        if (Object.keys(h as object).length > 1) throw new Error(`several conditions on one header: ${JSON.stringify(m)}`);
  const weighted = routes.flatMap((r) => (r.route ? [r.route] : []));
  expect(weighted.filter((route) => !wellWeighted(route))).toEqual([]);
  expect(requests.map((r) => actual(routes, r))).toEqual(requests.map((r) => expected(t, r)));
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** A single destination has no weight; several differ and have whole weights above 0: percent, or the next best. */
function wellWeighted(route: readonly any[]): boolean {
  const weights: number[] = route.map((d) => d.weight);
  if (route.length === 1) return weights[0] === undefined;
  const total = weights.reduce((n, w) => n + w, 0);
  const least = total / weights.reduce(gcd, 0);
  const round = [100, 1_000, 10_000, 100_000, 1_000_000].find((n) => n % least === 0);
  const places = new Set(route.map((d) => JSON.stringify([d.destination, d.headers])));
  return weights.every((w) => Number.isInteger(w) && w >= 1) && total === (round ?? least) && places.size === route.length;
}

const requests = fc.array(request, { minLength: 20, maxLength: 20 });

describe('compiled routes decide and affect as the specification does', () => {
  test('a table by itself', () => {
    fc.assert(
      fc.property(table(), requests, (t, rs) =>
        agrees(
          t,
          rs.map((r) => ({ ...r, port: 80 })),
          mesh,
        ),
      ),
      { numRuns: RUNS },
    );
  });

  test('a table of a host with several ports', () => {
    fc.assert(
      fc.property(table({ ports: [80, 81] }), requests, (t, rs) => agrees(t, rs, mesh)),
      { numRuns: RUNS },
    );
  });

  test('a table without a default rule answers 404', () => {
    fc.assert(
      fc.property(
        fc.boolean().chain((wide) => table({ open: true, wide })),
        requests,
        (t, rs) =>
          agrees(
            t,
            rs.map((r) => ({ ...r, port: 80 })),
            mesh,
          ),
      ),
      { numRuns: RUNS },
    );
  });

  test('shares that lead to a host with a table of its own', () => {
    const nested = fc
      .constantFrom([80], [81], [80, 81])
      .chain((ports) => table({ host: 'inner.n', ports }))
      .chain((inner) => fc.record({ inner: fc.constant(inner), outer: table({ inner }) }));
    fc.assert(
      fc.property(nested, requests, ({ outer }, rs) => {
        // header changes of the outer table that the inner one looks at are compared where they can be pulled back
        agrees(
          outer,
          rs.map((r) => ({ ...r, port: 80 })),
          mesh,
        );
      }),
      { numRuns: RUNS },
    );
  });

  test('a host that shares its traffic, on all of its ports or on one', () => {
    const shared = fc.record({
      t: fc.constantFrom([80], [80, 81]).chain((ports) => table({ ports })),
      port: fc.constantFrom(undefined, 80),
      outside: table({ host: 'old.n' }),
    });
    fc.assert(
      fc.property(shared, requests, ({ t, port, outside }, rs) => {
        const to: Sharing['to'] = (own) => [
          { host: t.host, table: own, weight: 3 },
          { host: 'old.n', table: outside, weight: 1, headers: { request: { set: { ':authority': 'old' } } } },
        ];
        const all = t.ports.length === 1 ? rs.map((r) => ({ ...r, port: 80 })) : rs;
        agrees(sharing(t, { name: 'moving', origin: { construct: 'test' }, port, to }), all, mesh);
      }),
      { numRuns: RUNS },
    );
  });

  test('a gateway that rewrites, over a table with paths', () => {
    const paths = fc
      .constantFrom('/a', '/a/b', '/', '/z')
      .chain((p) => fc.constantFrom({ match: { exact: p } }, { match: { prefix: p } }));
    const gateway: Binding = { kind: 'gateway', labels: { app: 'a' }, namespace: 'n' };
    const nested = table({ host: 'inner.n', paths, rewrites: true, ports: [81] }).chain((inner) =>
      table({ inner, paths, rewrites: true, open: true }),
    );
    fc.assert(
      fc.property(nested, requests, (t, rs) =>
        agrees(
          t,
          rs.map((r) => ({ ...r, port: 80, source: { labels: { app: 'a' }, namespace: 'n' } })),
          gateway,
        ),
      ),
      { numRuns: RUNS },
    );
  });

  test('two conditions on one header, in a table without a default rule', () => {
    const when = [{ headers: { h: { all: [{ prefix: 'x' }, { regex: '.*y' }], none: [] } } }];
    const r = {
      name: 'a',
      tier: 'audience' as const,
      order: 0,
      when,
      origin: { construct: 'x' },
      action: { kind: 'respond' as const, status: 200 },
    };
    const routes = compile({ host: 's', ports: [80], overlays: [], rules: [r] }, mesh).map(renderRoute);
    const status = (...h: string[]) =>
      firstRoute(routes, {
        path: '/',
        method: 'GET',
        scheme: 'http',
        authority: 's',
        port: 80,
        headers: { h },
        query: {},
        source: { labels: {}, namespace: 'n' },
      })?.route.directResponse.status ?? 404;
    expect([status('xy'), status('x', 'y'), status('x'), status('y')]).toEqual([200, 200, 404, 404]);
  });

  test('a match never loses a request to sharing: the number of Envoy routes is bounded by the cells', () => {
    fc.assert(
      fc.property(
        match(),
        (m) =>
          compile(
            {
              host: 's',
              ports: [80],
              overlays: [],
              rules: [
                {
                  name: 'a',
                  tier: 'default',
                  order: 0,
                  when: [m, m],
                  origin: { construct: 'x' },
                  action: { kind: 'respond', status: 200 },
                },
              ],
            },
            mesh,
          ).length <= 1,
      ),
    );
  });
});
