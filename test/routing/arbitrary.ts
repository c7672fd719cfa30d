import fc from 'fast-check';
import type { Effect } from '../../src/routing/effects';
import type { HeaderMatch } from '../../src/routing/header-match';
import type { Match } from '../../src/routing/match';
import type { Request } from '../../src/routing/request';
import type { StringMatch } from '../../src/routing/string-match';
import {
  type Action,
  type Destination,
  type HttpTable,
  OVERLAY_TIERS,
  type Overlay,
  RULE_TIERS,
  type Rule,
} from '../../src/routing/table';

// `npm run test:mutants` wants the same runs for every fault, and no shrinking.
if (process.env.FC_SEED) fc.configureGlobal({ seed: Number(process.env.FC_SEED), endOnFailure: true });

// Small alphabets, so that conditions meet, include and exclude each other often.
const paths = ['/', '/a', '/a/', '/a/b', '/A/b', '/ab', '/b', '/c/d'];
const values = ['', 'x', 'xy', 'y', 'x,y'];
const names = ['h', 'k'];

const string = (words: readonly string[], regexes: readonly string[]): fc.Arbitrary<StringMatch> =>
  fc.oneof(
    fc.constantFrom(...words).map((exact) => ({ exact })),
    fc.constantFrom(...words.filter((w) => w !== '')).map((prefix) => ({ prefix })),
    fc.constantFrom(...regexes).map((regex) => ({ regex })),
  );

const value = fc.oneof(
  { weight: 5, arbitrary: string(values, ['x.*', '.*y', 'x|y', '[^,]*']) },
  { weight: 1, arbitrary: fc.constant({ present: true } as const) },
);

/** A header condition; `wide` ones hold several, as only conjunctions do. */
export const header = (wide: boolean): fc.Arbitrary<HeaderMatch> =>
  fc
    .record({ all: fc.array(value, { maxLength: wide ? 3 : 1 }), none: fc.array(value, { maxLength: wide ? 2 : 1 }) })
    .filter((h) => h.all.length + h.none.length > 0);

const plainPath = fc.oneof(
  fc.constantFrom(...paths).map((exact) => ({ exact })),
  fc.constantFrom(...paths).map((prefix) => ({ prefix })),
);
const path = fc.oneof(
  { weight: 4, arbitrary: plainPath.map((match) => ({ match })) },
  { weight: 1, arbitrary: plainPath.map((match) => ({ match, ignoreCase: true as const })) },
  { weight: 1, arbitrary: fc.constantFrom('/a.*', '/[ab]', '.*').map((regex) => ({ match: { regex } })) },
);

const optional = <T>(a: fc.Arbitrary<T>, often = 1) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: often, arbitrary: a });
const dense = <T extends object>(o: T): T => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined)) as T;

export const match = (wide = false, paths: fc.Arbitrary<Match['path']> = path): fc.Arbitrary<Match> =>
  fc
    .record({
      path: optional(paths, 3),
      method: optional(fc.constantFrom('GET', 'POST').map((exact) => ({ exact }))),
      authority: optional(string(['s', 'S', 's:80'], ['s.*'])),
      headers: optional(fc.dictionary(fc.constantFrom(...names), header(wide), { minKeys: 1, maxKeys: 2 }), 3),
      query: optional(fc.dictionary(fc.constantFrom('q'), value, { minKeys: 1 })),
      sourceLabels: optional(fc.constantFrom<Record<string, string>>({ app: 'a' }, { app: 'b' }, { app: 'a', version: '1' })),
      sourceNamespace: optional(fc.constantFrom('n', 'm')),
      port: fc.oneof({ weight: 7, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom(80, 81) }),
    })
    .map(dense) as fc.Arbitrary<Match>;

const lines = fc.array(fc.constantFrom(...values), { maxLength: 2 });
export const request: fc.Arbitrary<Request> = fc.record({
  path: fc.constantFrom(...paths, '/a/b/c', '/AB', '/b/x'),
  method: fc.constantFrom('GET', 'POST'),
  scheme: fc.constant('http'),
  authority: fc.constantFrom('s', 'S', 's:80'),
  port: fc.constantFrom(80, 81),
  headers: fc
    .record({ h: lines, k: lines, o: lines })
    .map((h) => Object.fromEntries(Object.entries(h).filter(([, v]) => v.length > 0))),
  query: fc.oneof(
    fc.constant({}),
    fc.constantFrom(...values).map((q) => ({ q })),
  ),
  source: fc.record({
    labels: fc.constantFrom<Record<string, string>>({}, { app: 'a' }, { app: 'a', version: '1' }, { app: 'b' }),
    namespace: fc.constantFrom('n', 'm'),
  }),
});

const destination = fc
  .record({
    host: fc.constantFrom('s.n', 't.n'),
    subset: fc.constantFrom('v1', 'v2'),
    weight: fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 1, max: 9 }) },
      { weight: 1, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constant(0) },
    ),
    headers: fc.oneof(
      { weight: 5, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom({ request: { set: { z: '1' } } }, { request: { set: { z: '2', w: '2' } } }) },
    ),
  })
  .map(dense) as fc.Arbitrary<Destination>;
/** One to three shares, the first of which gets some traffic. */
const destinations = (max: number) =>
  fc
    .array(destination, { minLength: 1, maxLength: max })
    .map((to) => to.map((d, i) => (i === 0 && d.weight === 0 ? { ...d, weight: 2 } : d)));
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: destinations(3).map((to) => ({ kind: 'split' as const, to })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'redirect' as const, uri: '/elsewhere' }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'respond' as const, status: 418 }) },
);

const effect = (rewrites: boolean): fc.Arbitrary<Effect> =>
  fc.oneof(
    fc.record({ kind: fc.constant('delay' as const), percent: fc.constantFrom(10, 100), ms: fc.constantFrom(1000, 2500) }),
    fc.record({
      kind: fc.constant('abort' as const),
      percent: fc.constant(100),
      status: fc.constantFrom({ http: 500 }, { http: 503 }),
    }),
    fc.record({
      kind: fc.constant('mirror' as const),
      mirror: fc.record({ host: fc.constantFrom('m.n', 'w.n'), percent: fc.constant(100) }),
    }),
    fc.record({ kind: fc.constant('timeout' as const), ms: fc.constantFrom(100, 200, 300) }),
    fc.record({ kind: fc.constant('retries' as const), retries: fc.record({ attempts: fc.constantFrom(0, 3) }) }),
    fc.record({
      kind: fc.constant('headers' as const),
      changes: fc.constantFrom(
        { request: { set: { o: 'x' } } },
        { request: { remove: ['o'] } },
        { request: { set: { h: 'xy' } }, response: { add: { r: '1' } } },
      ),
    }),
    ...(rewrites
      ? [
          fc.record({
            kind: fc.constant('rewrite' as const),
            path: fc.constantFrom(
              { replacePrefix: '/a', with: '/z' },
              { replaceFull: '/full' },
              { replacePrefix: '/a', with: '/' },
            ),
          }),
        ]
      : []),
  );

const withoutSubset = ({ subset: _, ...d }: Destination): Destination => d;
const origin = { construct: 'test' };
const entry = (wide: boolean, paths?: fc.Arbitrary<Match['path']>) => ({
  name: fc.constantFrom('p', 'q', 'r', 's', 't'),
  order: fc.constantFrom(0, 0, 1),
  when: fc.array(match(wide, paths), { minLength: 1, maxLength: 2 }),
  origin: fc.constant(origin),
});

/** A table that ends in a default rule. `inner`: the table of another host that some shares lead to. */
export const table = (
  o: {
    host?: string;
    inner?: HttpTable;
    rewrites?: boolean;
    ports?: readonly number[];
    paths?: fc.Arbitrary<Match['path']>;
    open?: boolean;
    wide?: boolean;
  } = {},
): fc.Arbitrary<HttpTable> => {
  const withInner = (a: Action, mask: number): Action =>
    a.kind === 'split' && o.inner
      ? { ...a, to: a.to.map((d, i) => (mask & (1 << i) ? { ...withoutSubset(d), host: o.inner!.host, table: o.inner! } : d)) }
      : a;
  const rule: fc.Arbitrary<Rule> = fc
    .record({
      ...entry(o.wide ?? false, o.paths),
      tier: fc.constantFrom(...RULE_TIERS.filter((t) => t !== 'default')),
      action,
      own: fc.oneof(
        { weight: 4, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.array(effect(o.rewrites ?? false), { minLength: 1, maxLength: 2 }) },
      ),
      mask: fc.nat(3),
    })
    .map(({ mask, own, ...r }) => ({ ...r, ...(own.length > 0 ? { effects: own } : {}), action: withInner(r.action, mask) }));
  const overlay: fc.Arbitrary<Overlay> = fc.record({
    ...entry(false, o.paths),
    tier: fc.constantFrom(...OVERLAY_TIERS),
    over: fc.constantFrom('everything' as const, 'base' as const),
    effect: effect(o.rewrites ?? false),
  });
  const last = fc
    .record({ to: destinations(2), mask: fc.nat(3) })
    .map(({ to, mask }): Rule[] =>
      o.open
        ? []
        : [{ name: 'default', order: 0, when: [{}], origin, tier: 'default', action: withInner({ kind: 'split', to }, mask) }],
    );
  return fc
    .record({ rules: fc.array(rule, { maxLength: 4 }), overlays: fc.array(overlay, { maxLength: 3 }), last })
    .map(({ rules, overlays, last }) => ({
      host: o.host ?? 's.n',
      ports: o.ports ?? [80],
      // names are unique, as constructs see to
      rules: [...rules.map((r, i) => ({ ...r, name: `${r.name}${i}` })), ...last],
      overlays: overlays.map((x, i) => ({ ...x, name: `o${i}` })),
    }));
};
