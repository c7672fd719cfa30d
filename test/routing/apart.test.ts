import fc from 'fast-check';
import { apart } from '../../src/routing/apart';
import { compile, envoyRoutes } from '../../src/routing/compile';
import { addsUp, collect, type Effect } from '../../src/routing/effects';
import { accepts, acceptsAny, type Match } from '../../src/routing/match';
import { renderRoute } from '../../src/routing/render-http';
import type { Request } from '../../src/routing/request';
import { decide } from '../../src/routing/spec';
import { BASE_TIERS, defaultRule, type HttpTable, type Overlay, overlayLadder } from '../../src/routing/table';
import { baggage, type Condition, cookie, header, query } from '../../src/values/condition';
import { match, request, table } from './arbitrary';
import { firstRoute } from './istio-routes';

const RUNS = Number(process.env.FC_RUNS ?? 100);
const mesh = { kind: 'mesh' } as const;
const origin = { construct: 'test' };
const overlay = (name: string, when: Condition, effect: Effect): Overlay => ({
  name,
  tier: 'experiment',
  order: 0,
  when: when.matches,
  origin: { construct: `app/${name}`, source: `main.ts:${name.length}` },
  over: 'base',
  effect,
});
const service = (overlays: readonly Overlay[]): HttpTable => ({
  host: 's.n',
  ports: [80],
  rules: [defaultRule({ host: 's.n', subset: 'v1' }, origin)],
  overlays,
});
const mirror = (i: number): Effect => ({ kind: 'mirror', mirror: { host: `m${i}.n`, percent: 100 } });
const abort = (i: number): Effect => ({ kind: 'abort', percent: 100, status: { http: 500 + i } });
const delay = (i: number): Effect => ({ kind: 'delay', percent: 100, ms: (i + 1) * 100 });
const change = (i: number): Effect => ({ kind: 'headers', changes: { request: { set: { [`x-${i}`]: '1' } } } });
const ask = (r: Partial<Request>): Request => ({
  path: '/',
  method: 'GET',
  scheme: 'http',
  authority: 's',
  port: 80,
  headers: {},
  query: {},
  source: { labels: {}, namespace: 'n' },
  ...r,
});

const values = {
  header: [(i: number) => header('u').is(`u${i}`), (...of: number[]) => ask({ headers: { u: of.map((i) => `u${i}`) } })],
  cookie: [
    (i: number) => cookie('u').is(`u${i}`),
    (...of: number[]) => ask({ headers: { cookie: [of.map((i) => `u=u${i}`).join('; ')] } }),
  ],
  baggage: [
    (i: number) => baggage('u').is(`u${i}`),
    (...of: number[]) => ask({ headers: { baggage: of.map((i) => `u=u${i}`) } }),
  ],
  query: [(i: number) => query('u').is(`u${i}`), (...of: number[]) => ask({ query: { u: `u${of[0]}` } })],
} as const;
const kinds = {
  mirrors: (i: number) => [mirror(i)],
  aborts: (i: number) => [abort(i)],
  'aborts with a delay': (i: number) => [abort(i), delay(i)],
  'header changes': (i: number) => [change(i)],
  'all of them': (i: number) => [abort(i), delay(i), mirror(i), change(i)],
};

describe.each(Object.keys(values) as (keyof typeof values)[])('for values of one %s', (where) => {
  const [when, sent] = values[where];
  test.each(Object.keys(kinds) as (keyof typeof kinds)[])('40 %s are 41 routes that do what they say', (kind) => {
    const t = service([...Array(40).keys()].flatMap((i) => kinds[kind](i).map((e) => overlay(`o${i}`, when(i), e))));
    const routes = compile(t, mesh);
    expect(envoyRoutes(routes)).toBe(41);
    const rendered = routes.map(renderRoute);
    const name = (...of: number[]) => firstRoute(rendered, sent(...of))?.route.name;
    expect([name(0), name(7), name(39), name(40)]).toEqual(['o0', 'o7', 'o39', 'default']);
    // both at once: "o39" comes before "o7" by its name, and of a parameter the first value counts
    expect(name(39, 7)).toBe('o39');
  });
});

test('a request that sends two values counts for the first in the ladder, for every kind of effect', () => {
  const t = service([
    overlay('a', header('u').is('a'), mirror(1)),
    overlay('b', header('u').is('b'), mirror(2)),
    overlay('c', header('u').is('b'), abort(0)),
    overlay('d', header('k').is('d'), mirror(3)),
  ]);
  const effects = (...u: string[]) => decide(t, ask({ headers: { u, k: ['d'] } }))!.effects;
  const hosts = (...u: string[]) => effects(...u).mirrors?.map((m) => m.host);
  expect([hosts('a'), hosts('b'), hosts('b', 'a'), hosts('x')]).toEqual([
    ['m1.n', 'm3.n'],
    ['m2.n', 'm3.n'],
    ['m1.n', 'm3.n'],
    ['m3.n'],
  ]);
  expect([effects('b').abort, effects('a', 'b').abort]).toMatchObject([{ status: { http: 500 } }, {}]);
  expect(effects('a', 'b').abort).toBeUndefined();
});

test('an overlay that asks for two values of a header is about requests that send both', () => {
  const t = service([
    overlay('a', header('u').is('a'), mirror(1)),
    overlay('b', header('u').is('a').and(header('u').is('b')), mirror(2)),
  ]);
  const routes = compile(t, mesh).map(renderRoute);
  const hosts = (...u: string[]) =>
    (firstRoute(routes, ask({ headers: { u } }))?.route.mirrors ?? []).map((m: any) => m.destination.host).sort();
  expect([hosts('a'), hosts('a', 'b'), hosts('b')]).toEqual([['m1.n'], ['m1.n', 'm2.n'], []]);
});

test('a rule for one value leaves out overlays for another', () => {
  const audiences = [...Array(30).keys()].map((i) => ({
    name: `a${i}`,
    tier: 'audience' as const,
    order: 0,
    when: header('u').is(`u${i}`).matches,
    origin,
    action: { kind: 'split' as const, to: [{ host: 's.n', subset: 'v2' }] },
  }));
  const base = service(
    [...Array(30).keys()].map((i) => ({ ...overlay(`o${i}`, header('u').is(`u${i + 15}`), abort(i)), over: 'everything' })),
  );
  const t = { ...base, rules: [...audiences, ...base.rules] };
  const routes = compile(t, mesh);
  expect(envoyRoutes(routes)).toBe(46);
  const name = (...u: string[]) => firstRoute(routes.map(renderRoute), ask({ headers: { u } }))?.route.name;
  expect([name('u3'), name('u20'), name('u40'), name('u3', 'u40')]).toEqual(['a3', 'a20.o5', 'o25', 'a3']);
});

test('what is apart is met by no request with one line for each header', () => {
  fc.assert(
    fc.property(match(true), match(true), request, (x, y, any) => {
      const r = { ...any, headers: Object.fromEntries(Object.entries(any.headers).map(([k, v]) => [k, v.slice(0, 1)])) };
      const both = accepts(x, r) && accepts(y, r);
      expect([both && apart(x, y), apart(x, y)]).toEqual([false, apart(y, x)]);
    }),
    { numRuns: RUNS * 4 },
  );
});

/** The overlays as if nothing were apart. */
function effectsOf(t: HttpTable, r: Request) {
  const { rule, action } = decide(t, r)!;
  const mine: Effect[] = [...(rule.effects ?? [])];
  for (const o of overlayLadder(t)) {
    if ((o.over === 'base' && !BASE_TIERS.includes(rule.tier)) || !acceptsAny(o.when, r)) continue;
    if (addsUp(o.effect) || !mine.some((e) => e.kind === o.effect.kind)) mine.push(o.effect);
  }
  return action.kind === 'split' ? collect([mine]) : undefined;
}

test('it makes no difference to a request with one line for each header', () => {
  fc.assert(
    fc.property(table(), request, (t, any) => {
      const headers = Object.fromEntries(Object.entries(any.headers).map(([k, v]) => [k, v.slice(0, 1)]));
      const r = { ...any, port: 80, headers };
      const said = decide(t, r)!;
      if (said.action.kind === 'split') expect(said.effects).toEqual(effectsOf(t, r));
    }),
    { numRuns: RUNS * 2 },
  );
});

/** Overlays for lines of one header, of all kinds, and requests that send several: the routes do as the specification says. */
test('routes do as the specification says to requests that send several values', () => {
  const word = fc.constantFrom('x', 'y', 'z');
  const one: fc.Arbitrary<Match> = fc.oneof(
    { weight: 4, arbitrary: word.map((exact) => ({ headers: { h: { all: [{ exact }], none: [] } } })) },
    { weight: 2, arbitrary: word.map((w) => cookie('c').is(w).matches[0]!) },
    { weight: 1, arbitrary: word.map((exact) => ({ headers: { k: { all: [{ exact }], none: [] } } })) },
    { weight: 1, arbitrary: fc.constant({ headers: { h: { all: [{ prefix: 'x' }], none: [] } } }) },
    { weight: 1, arbitrary: fc.constant({ headers: { h: { all: [{ exact: 'x' }, { exact: 'y' }], none: [] } } }) },
    { weight: 1, arbitrary: fc.constant({}) },
  );
  const overlays = fc.array(
    fc.record({
      when: fc.array(one, { minLength: 1, maxLength: 2 }),
      effect: fc.constantFrom(mirror(1), mirror(2), mirror(3), abort(1), abort(2), delay(1), delay(2), change(1), change(2)),
      over: fc.constantFrom('base' as const, 'everything' as const),
    }),
    { maxLength: 6 },
  );
  const audience = fc.option(fc.array(one, { minLength: 1, maxLength: 2 }), { nil: undefined });
  const sent = fc.record({
    h: fc.array(fc.constantFrom('x', 'y', 'z', 'xx'), { maxLength: 3 }),
    k: fc.array(word, { maxLength: 2 }),
    cookie: fc.array(word, { maxLength: 3 }).map((all) => (all.length > 0 ? [all.map((w) => `c=${w}`).join('; ')] : [])),
  });
  fc.assert(
    fc.property(overlays, audience, fc.array(sent, { minLength: 5, maxLength: 10 }), (list, named, requests) => {
      const base = service(list.map((o, i) => ({ ...overlay(`o${i}`, header('h').present(), o.effect), ...o })));
      const action = { kind: 'split' as const, to: [{ host: 's.n', subset: 'v2' }] };
      const t: HttpTable = named
        ? { ...base, rules: [{ name: 'named', tier: 'audience', order: 0, when: named, origin, action }, ...base.rules] }
        : base;
      const routes = compile(t, mesh).map(renderRoute);
      const answers = requests.map((lines) => {
        const headers = Object.fromEntries(Object.entries(lines).filter(([, l]) => l.length > 0));
        const { effects, action: to } = decide(t, ask({ headers }))!;
        const { route } = firstRoute(routes, ask({ headers }))!;
        const found = {
          to: route.route[0].destination.subset,
          mirrors: (route.mirrors ?? []).map((m: any) => m.destination.host).sort(),
          abort: route.fault?.abort?.httpStatus,
          delay: route.fault?.delay?.fixedDelay,
          set: Object.keys(route.headers?.request?.set ?? {}).sort(),
        };
        const meant = {
          to: to.kind === 'split' && to.to[0]!.subset,
          mirrors: (effects.mirrors ?? []).map((m) => m.host).sort(),
          abort: (effects.abort?.status as { http: number } | undefined)?.http,
          delay: effects.delay && `${effects.delay.ms}ms`,
          set: Object.keys(effects.headers?.request?.set ?? {}).sort(),
        };
        return { found, meant };
      });
      expect(answers.map((a) => a.found)).toEqual(answers.map((a) => a.meant));
    }),
    { numRuns: RUNS },
  );
});

describe('what multiplies', () => {
  const refusal = (n: number, when: (i: number) => Condition) => {
    try {
      compile(service([...Array(n).keys()].map((i) => overlay(`m${i}`, when(i), mirror(i)))), mesh);
    } catch (e) {
      return (e as Error).message;
    }
    throw new Error('it compiled');
  };
  test.each([
    // few of them are the most work: all their parts are made before they are too many; cookies are regexes on one header, too
    ['12 headers', 12, (i: number) => header(`u${i}`).is('x')],
    ['40 headers', 40, (i: number) => header(`u${i}`).is('x')],
    ['8 cookies', 8, (i: number) => cookie(`u${i}`).is('x')],
    ['40 cookies', 40, (i: number) => cookie(`u${i}`).is('x')],
    ['40 regexes on one header', 40, (i: number) => header('u').matches(`.*${i}.*`)],
  ] as const)('mirrors for %s are refused soon, with their names, places and a way out', (_, n, when) => {
    const before = process.cpuUsage(); // not the time of a machine that does other things too
    const message = refusal(n, when);
    expect(process.cpuUsage(before).user / 1_000_000).toBeLessThan(15);
    expect(message).toMatch(/^host "s\.n" needs (more than 2000|4096) routes/);
    expect(message).toContain('"m0" (app/m0, main.ts:2)');
    expect(message).toContain(`and ${n - 5} more`);
    expect(message).toContain('different values of one header');
    expect(message).not.toContain('over:'); // they are about the base already
  });
  test('where they meet many rules, the base is a way out', () => {
    const t = service([...Array(6).keys()].map((i) => overlay(`m${i}`, header(`u${i}`).is('x'), mirror(i))));
    const audience = (i: number) => ({
      ...t.rules[0]!,
      name: `a${i}`,
      tier: 'audience' as const,
      when: header('a').is(`${i}`).matches,
    });
    const rules = [...[...Array(40).keys()].map(audience), ...t.rules];
    const wide = t.overlays.map((o) => ({ ...o, over: 'everything' as const }));
    expect(() => compile({ ...t, rules, overlays: wide }, mesh)).toThrow("over: 'base'");
    expect(envoyRoutes(compile({ ...t, rules }, mesh))).toBe(40 + 64);
  });
});
