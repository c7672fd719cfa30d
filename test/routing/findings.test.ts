import fc from 'fast-check';
import type { Effect } from '../../src/routing/effects';
import { type Finding, findings } from '../../src/routing/findings';
import type { Match } from '../../src/routing/match';
import { decide } from '../../src/routing/spec';
import type { Action, HttpTable, Overlay, Rule } from '../../src/routing/table';
import { baggage, type Condition, cookie, header, path, tracestate } from '../../src/values/condition';
import { request, table } from './arbitrary';

const RUNS = Number(process.env.FC_RUNS ?? 100);
const mesh = { kind: 'mesh' } as const;
const split = (subset: string): Action => ({ kind: 'split', to: [{ host: 's', subset }] });
const rule = (name: string, when: Condition | readonly Match[], more: Partial<Rule> = {}): Rule => ({
  name,
  tier: 'audience',
  order: 0,
  when: 'matches' in when ? when.matches : when,
  origin: { construct: `app/${name}`, source: 'main.ts:3' },
  action: split(name),
  ...more,
});
const overlay = (
  name: string,
  when: Condition | readonly Match[],
  effect: Effect,
  over: Overlay['over'] = 'everything',
): Overlay => ({
  name,
  tier: 'service',
  order: 0,
  when: 'matches' in when ? when.matches : when,
  origin: { construct: `app/${name}` },
  over,
  effect,
});
const last = rule('default', [{}], { tier: 'default' });
const host = (rules: readonly Rule[], overlays: readonly Overlay[] = []): HttpTable => ({
  host: 's',
  ports: [80],
  rules: [...rules, last],
  overlays,
});
const about = (all: readonly Finding[]) => all.map((f) => [f.code, f.name, f.other?.name]);
const found = (...rules: Rule[]) => about(findings(host(rules), mesh));
const user = header('user');

describe('rules that can never decide', () => {
  test('shadowed: the covering rule and both places are named', () => {
    const all = host([rule('all', path.startsWith('/a'), { tier: 'platform' }), rule('late', path.exact('/a/b'))]);
    expect(findings(all, mesh)).toEqual([
      {
        code: 'shadowed-rule',
        message:
          'rule "late" (app/late, main.ts:3) of "s" can never decide: "all" (app/all, main.ts:3) takes every request of it first',
        name: 'late',
        origin: { construct: 'app/late', source: 'main.ts:3' },
        other: { name: 'all', origin: { construct: 'app/all', source: 'main.ts:3' } },
      },
    ]);
  });

  test('shadowed by two rules together, each for one of its matches', () => {
    const one = rule('one', path.startsWith('/a'), { tier: 'platform' });
    const two = rule('two', path.startsWith('/b'), { tier: 'development' });
    const late = rule('late', path.exact('/a/b').or(path.exact('/b')));
    const [finding] = findings(host([one, two, late]), mesh);
    expect(finding?.message).toContain('"one" (app/one, main.ts:3) and "two" (app/two, main.ts:3) take every request');
    expect(found(one, late)).toEqual([]);
  });

  test('equal matches of one tier: the second by name never decides', () => {
    expect(found(rule('a', user.is('x')), rule('b', user.is('x')))).toEqual([['shadowed-rule', 'b', 'a']]);
  });

  test('a default is a net, and may lie under a canary on everything', () => {
    expect(found(rule('canary', [{}], { tier: 'release' }))).toEqual([]);
  });

  test('a canary under maintenance of everything is no net', () => {
    const all = [rule('down', [{}], { tier: 'platform' }), rule('canary', [{}], { tier: 'release' })];
    expect(found(...all)).toEqual([['shadowed-rule', 'canary', 'down']]);
  });

  test('the narrower of two rules of one tier goes first: neither is shadowed', () => {
    expect(found(rule('wide', path.startsWith('/a')), rule('narrow', path.startsWith('/a/b')))).toEqual([]);
  });

  test('impossible: conditions that contradict each other, and no match at all', () => {
    const never = [{ headers: { user: { all: [{ exact: 'x' }], none: [{ prefix: 'x' }] } } }];
    expect(findings(host([rule('never', never)]), mesh)).toMatchObject([
      {
        code: 'impossible-rule',
        name: 'never',
        message: expect.stringContaining('its conditions contradict each other: header user'),
      },
    ]);
    expect(found(rule('half', [...never, ...user.is('y').matches]))).toEqual([]);
    expect(findings(host([rule('none', [])]), mesh)[0]?.message).toContain('it has no match');
  });

  test('at a gateway: a rule about clients that the gateway is not', () => {
    const inside = host([rule('inside', [{ sourceLabels: { app: 'a' } }])]);
    expect(findings(inside, mesh)).toEqual([]);
    const gateway = (app: string) => findings(inside, { kind: 'gateway', labels: { app }, namespace: 'n' });
    expect(gateway('b')).toMatchObject([{ code: 'impossible-rule', message: expect.stringContaining('at this gateway') }]);
    expect(gateway('a')).toEqual([]);
  });

  test('never a wrong one: such a rule decides no request', () => {
    fc.assert(
      fc.property(table(), fc.array(request, { minLength: 20, maxLength: 20 }), (t, rs) => {
        const never = new Set(findings(t, mesh).flatMap((f) => (f.code.endsWith('-rule') ? [f.name] : [])));
        for (const r of rs) expect(never.has(decide(t, r)?.rule.name ?? '')).toBe(false);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('rules of one tier that are ordered by name alone', () => {
  test('both places are named', () => {
    const [finding, ...more] = findings(host([rule('b', path.startsWith('/a')), rule('a', user.is('x'))]), mesh);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ code: 'ordered-by-name', name: 'b', other: { name: 'a', origin: { construct: 'app/a' } } });
    expect(finding?.message).toContain('rules "a" (app/a, main.ts:3) and "b" (app/b, main.ts:3) of "s" meet in tier "audience"');
  });

  test.each([
    ['another order', rule('b', path.startsWith('/a'), { order: 1 })],
    ['another tier', rule('b', path.startsWith('/a'), { tier: 'experiment' })],
    ['the same action', rule('b', path.startsWith('/a'), { action: split('a') })],
    ['another condition that keeps them apart', rule('b', path.startsWith('/a').and(user.isNot('x')))],
    ['inclusion', rule('b', user.is('x').and(path.startsWith('/a')))],
    ['another value of the header', rule('b', user.is('y').and(path.startsWith('/a')))],
    ['another prefix of the header', rule('b', user.startsWith('y'))],
  ])('no finding: %s', (_, b) => expect(found(rule('a', user.is('x')), b)).toEqual([]));

  test.each([
    ['effects', rule('b', path.startsWith('/a'), { action: split('a'), effects: [{ kind: 'timeout', ms: 1 }] })],
    ['a regex that may meet the value', rule('b', user.matches('x|y').and(path.startsWith('/a')))],
    ['another header', rule('b', header('team').is('x'))],
  ])('a finding: %s', (_, b) => expect(found(rule('a', user.is('x')), b)).toEqual([['ordered-by-name', 'b', 'a']]));

  test.each([
    ['baggage', (v: string) => baggage('env').is(v)],
    ['tracestate', (v: string) => tracestate('env').is(v)],
    ['cookie', (v: string) => cookie('env').is(v)],
    ['header', (v: string) => header('env').is(v)],
  ])('50 environments on one %s key are no finding', (_, is) => {
    const environments = Array.from({ length: 50 }, (_, i) => rule(`dev${i}`, is(`dev-${i}.x`), { tier: 'development' }));
    expect(found(...environments)).toEqual([]);
  });

  test('two keys of one baggage are two things', () => {
    expect(found(rule('a', baggage('env').is('x')), rule('b', baggage('team').is('y')))).toEqual([['ordered-by-name', 'b', 'a']]);
    expect(found(rule('a', baggage('env').is('x')), rule('b', baggage('env').present()))).toEqual([
      ['ordered-by-name', 'b', 'a'],
    ]);
  });
});

describe('overlays that meet a redirect or a response', () => {
  const delay: Effect = { kind: 'delay', percent: 1, ms: 100 };
  const down = rule('down', path.startsWith('/a'), { tier: 'platform', action: { kind: 'respond', status: 503 } });
  const moved = rule('moved', path.startsWith('/b'), { tier: 'platform', action: { kind: 'redirect', uri: '/c' } });
  const over = (...overlays: Overlay[]) => about(findings(host([down, moved], overlays), mesh));

  test('a fault that meets both', () => {
    expect(over(overlay('slow', [{}], delay))).toEqual([
      ['overlay-without-effect', 'slow', 'down'],
      ['overlay-without-effect', 'slow', 'moved'],
    ]);
    expect(findings(host([down], [overlay('slow', [{}], delay)]), mesh)[0]?.message).toBe(
      'delay "slow" (app/slow) does nothing where "down" (app/down, main.ts:3) decides, which answers 503 by itself: nothing is sent on',
    );
  });

  test('no finding: over the base, apart, or a change of response headers', () => {
    expect(over(overlay('slow', [{}], delay, 'base'))).toEqual([]);
    expect(over(overlay('slow', path.startsWith('/c'), delay))).toEqual([]);
    expect(over(overlay('hsts', [{}], { kind: 'headers', changes: { response: { set: { a: '1' } } } }))).toEqual([]);
  });

  test('a change of request headers does nothing', () => {
    const changes = { request: { set: { a: '1' } } };
    expect(over(overlay('tag', path.startsWith('/b'), { kind: 'headers', changes }))).toHaveLength(1);
  });
});
