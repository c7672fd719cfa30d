import fc from 'fast-check';
import type { Effect } from '../../src/routing/effects';
import { findings } from '../../src/routing/findings';
import { describeHeld } from '../../src/routing/held';
import { sharing } from '../../src/routing/sharing';
import { decide } from '../../src/routing/spec';
import { defaultRule, type HttpTable, type Overlay } from '../../src/routing/table';
import { type Condition, header } from '../../src/values/condition';
import { request, table } from './arbitrary';

const RUNS = Number(process.env.FC_RUNS ?? 100);
const mesh = { kind: 'mesh' } as const;
const origin = { construct: 'app/moving', source: 'main.ts:9' };
const host = (overlays: readonly Overlay[] = []): HttpTable => ({
  host: 's.n',
  ports: [80, 81],
  rules: [defaultRule({ host: 's.n', subset: 'v1' }, origin)],
  overlays,
});
const audience = (t: HttpTable): HttpTable => ({
  ...t,
  rules: [{ ...t.rules[0]!, name: 'named', tier: 'audience', when: header('u').is('a').matches }, ...t.rules],
});
/** Of the host's traffic `percent` stays. */
const moving = (t: HttpTable, percent: number, port?: number, name = 'moving') =>
  sharing(t, {
    name,
    origin,
    port,
    to: (own) =>
      [
        { host: t.host, table: own, weight: percent },
        { host: 'old.n', port: 1, weight: 100 - percent },
      ].filter((d) => d.weight > 0),
  });
const overlay = (effect: Effect, when?: Condition, over: Overlay['over'] = 'base'): Overlay => ({
  name: 'o',
  tier: 'experiment',
  order: 0,
  when: when?.matches ?? [{}],
  origin: { construct: 'app/o', source: 'main.ts:3' },
  over,
  effect,
});
const abort: Effect = { kind: 'abort', percent: 10, status: { http: 500 } };
const half: Effect = { kind: 'mirror', mirror: { host: 'm.n', percent: 50 } };
const set: Effect = { kind: 'headers', changes: { request: { set: { x: '1' } } } };
const timeout: Effect = { kind: 'timeout', ms: 1000 };

describe('what holds of an overlay is what is left of it', () => {
  test.each<[string, HttpTable, Overlay, string]>([
    ['without a share: as it is', host(), overlay(abort), 'abort 500 for 10 %'],
    ['a fault', moving(host(), 95), overlay(abort), 'abort 500 for 9.5 % ("moving" leaves 95 % here)'],
    ['a mirror', moving(host(), 30), overlay(half), 'mirror 15 % to m.n ("moving" leaves 30 % here)'],
    ['header changes', moving(host(), 30), overlay(set), 'request header x becomes "1" for 30 % ("moving" leaves 30 % here)'],
    ['a timeout is about the call', moving(host(), 30), overlay(timeout), 'timeout 1s'],
    ['all stays', moving(host(), 100), overlay(abort), 'abort 500 for 10 %'],
    ['nothing stays', moving(host(), 0), overlay(abort), 'nothing ("moving" leaves nothing here)'],
    ['nothing stays, and a timeout', moving(host(), 0), overlay(timeout), 'timeout 1s'],
    [
      'everything: a named audience is not shared',
      moving(audience(host()), 95),
      overlay(abort, undefined, 'everything'),
      'abort 500 for 10 %; abort 500 for 9.5 % ("moving" leaves 95 % here)',
    ],
    [
      'the base: a named audience is not met',
      moving(audience(host()), 0),
      overlay(abort),
      'nothing ("moving" leaves nothing here)',
    ],
    ['one port is shared', moving(host(), 0, 80), overlay(abort), 'abort 500 for 10 %; nothing ("moving" leaves nothing here)'],
    [
      'a share of a share',
      moving(moving(host(), 50), 25, undefined, 'second'),
      overlay(abort),
      'abort 500 for 1.25 % ("second" leaves 12.5 % here)',
    ],
    [
      'both ports are, one by one',
      moving(moving(host(), 50, 80), 25, 81, 'second'),
      overlay(abort),
      'abort 500 for 5 % ("moving" leaves 50 % here); abort 500 for 2.5 % ("second" leaves 25 % here)',
    ],
  ])('%s', (_, t, o, text) => expect(describeHeld({ ...t, overlays: [o] }, o)).toBe(text));
});

describe('an overlay that does nothing at all is told', () => {
  const told = (t: HttpTable, o: Overlay) => findings({ ...t, overlays: [o] }, mesh).filter((f) => f.name === 'o');
  test('with its place, and whom it is for', () =>
    expect(told(moving(host(), 0), overlay(abort, header('u').is('a')))).toEqual([
      {
        code: 'overlay-without-effect',
        message: 'abort "o" (app/o, main.ts:3) does nothing at all: "moving" (app/moving, main.ts:9) leaves no requests to "s.n"',
        name: 'o',
        origin: { construct: 'app/o', source: 'main.ts:3' },
        other: { name: 'moving', origin },
      },
    ]));
  test.each<[string, HttpTable, Overlay]>([
    ['a little stays', moving(host(), 1), overlay(abort)],
    ['a timeout', moving(host(), 0), overlay(timeout)],
    ['another port', moving(host(), 0, 80), overlay(abort)],
    ['an audience above', moving(audience(host()), 0), overlay(abort, undefined, 'everything')],
  ])('not where it does something: %s', (_, t, o) => expect(told(t, o)).toEqual([]));

  test('never a wrong one: without it every request is decided the same', () => {
    const shared = fc.tuple(table(), fc.constantFrom(0, 50)).map(([t, percent]) => moving(t, percent));
    fc.assert(
      fc.property(shared, fc.array(request, { minLength: 10, maxLength: 10 }), (t, requests) => {
        const idle = new Set(findings(t, mesh).flatMap((f) => (f.message.includes('does nothing at all') ? [f.name] : [])));
        const rest = { ...t, overlays: t.overlays.filter((o) => !idle.has(o.name)) };
        for (const r of requests) expect(decide(t, { ...r, port: 80 })).toEqual(decide(rest, { ...r, port: 80 }));
      }),
      { numRuns: RUNS },
    );
  });
});
