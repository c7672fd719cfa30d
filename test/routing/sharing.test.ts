import fc from 'fast-check';
import { findings } from '../../src/routing/findings';
import { sharing, shownLadder } from '../../src/routing/sharing';
import { decide } from '../../src/routing/spec';
import { BASE_TIERS, type HttpTable } from '../../src/routing/table';
import { request, table } from './arbitrary';

const RUNS = Number(process.env.FC_RUNS ?? 1000);
const shared = (t: HttpTable, port?: number) =>
  sharing(t, {
    name: 'moving',
    origin: { construct: 'test' },
    port,
    to: (own) => [
      { host: t.host, table: own, weight: 3 },
      { host: 'old.n', port: 1, weight: 1 },
    ],
  });
/** Releases and defaults have no effects of their own; those are overlays. */
const tables = fc
  .constantFrom([80], [80, 81])
  .chain((ports) => table({ ports }))
  .map((t) => ({
    ...t,
    rules: t.rules.map(({ effects, ...r }) => (effects && !BASE_TIERS.includes(r.tier) ? { ...r, effects } : r)),
  }));

test('higher tiers decide as before; else the host decides about its share, and its faults meet as many requests as it gets', () => {
  fc.assert(
    fc.property(tables, fc.constantFrom(undefined, 80), request, (t, port, any) => {
      // of two lines of a header the one counts that is asked for first, which may be asked by what shares
      const headers = Object.fromEntries(Object.entries(any.headers).map(([name, [first]]) => [name, [first!]]));
      const r = { ...any, headers, ...(t.ports.length === 1 ? { port: 80 } : {}) };
      const [before, after] = [decide(t, r)!, decide(shared(t, port), r)!];
      const mine = BASE_TIERS.includes(before.rule.tier) && (port === undefined || r.port === port);
      // a share cannot be an answer: the compiler refuses it
      if (mine && before.action.kind !== 'split') return;
      if (before.action.kind !== 'split' || !mine) {
        expect({ action: after.action, effects: after.effects }).toEqual({ action: before.action, effects: before.effects });
        return;
      }
      const part = (to: readonly { host: string; weight?: number }[], host: string) =>
        to.filter((d) => d.host === host).reduce((n, d) => n + d.weight!, 0);
      if (after.action.kind !== 'split') throw new Error('not a split');
      expect(part(after.action.to, 'old.n')).toBe(0.25);
      for (const d of before.action.to) expect(part(after.action.to, d.host)).toBeCloseTo(part(before.action.to, d.host) * 0.75);
      const { timeout, retries, delay, abort } = after.effects;
      expect([timeout, retries]).toEqual([before.effects.timeout, before.effects.retries]);
      expect([delay?.percent, abort?.percent]).toEqual(
        [before.effects.delay, before.effects.abort].map((e) => e && e.percent * 0.75),
      );
      expect(after.effects.mirrors?.map((m) => m.percent)).toEqual(before.effects.mirrors?.map((m) => m.percent * 0.75));
    }),
    { numRuns: RUNS },
  );
});

const origin = { construct: 'test' };

test('a rule that is cut to the ports which are not shared keeps its place among the others', () => {
  const rule = (name: string, order: number, match: object, status: number) => ({
    name,
    order,
    when: [match],
    origin,
    tier: 'release' as const,
    action: { kind: 'respond' as const, status },
  });
  const t = {
    host: 's.n',
    ports: [80, 81],
    overlays: [],
    rules: [rule('by-authority', 1, { authority: { prefix: 's' } }, 418), rule('by-port', 0, { port: 81 }, 200)],
  };
  const to = { path: '/', method: 'GET', scheme: 'http', authority: 's', port: 81, headers: {}, query: {} } as const;
  const any = { ...to, source: { labels: {}, namespace: 'n' } };
  expect(decide(t, any)!.action).toMatchObject({ status: 200 });
  expect(decide(shared(t, 80), any)!.action).toMatchObject({ status: 200 });
});

const to = (subset: string) => ({ kind: 'split' as const, to: [{ host: 's.n', subset }] });
const released: HttpTable = {
  host: 's.n',
  ports: [80],
  overlays: [],
  rules: [
    { name: 'beta', tier: 'audience', order: 0, when: [{ method: { exact: 'GET' } }], origin, action: to('v2') },
    { name: 'canary', tier: 'release', order: 0, when: [{}], origin, action: to('v2') },
    { name: 'late', tier: 'release', order: 1, when: [{}], origin, action: to('v1') },
    { name: 'default', tier: 'default', order: 0, when: [{}], origin, action: to('v1') },
  ],
};

test('people see the rules of the share that the host keeps, and what is wrong with them', () => {
  expect(shownLadder(shared(released)).map((r) => r.name)).toEqual([
    'beta',
    'moving',
    'moving/canary',
    'moving/late',
    'moving/default',
  ]);
  expect(shownLadder(released).map((r) => r.name)).toEqual(['beta', 'canary', 'late', 'default']);
  const found = (t: HttpTable) => findings(t, { kind: 'mesh' }).map((f) => [f.code, f.name]);
  expect(found(shared(released))).toEqual([['shadowed-rule', 'late']]);
  expect(found(released)).toEqual([['shadowed-rule', 'late']]);
});
