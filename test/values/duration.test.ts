import { Duration } from 'cdk8s';
import fc from 'fast-check';
import { milliseconds } from '../../src/routing/render-http';
import { toMillis } from '../../src/values/duration';

const RUNS = Number(process.env.FC_RUNS ?? 1000);
const YEAR = 365 * 24 * 3_600_000;

test.each([
  ['10s', 10_000],
  ['250ms', 250],
  ['1m30s', 90_000],
  ['1.5s', 1500],
  ['0.25h', 900_000],
  ['1h1m1s1ms', 3_661_001],
  ['4.015s', 4015],
  ['0.001s', 1],
])('%s is %d ms', (text, ms) => expect(toMillis(text, 'timeout')).toBe(ms));

test("cdk8s' Duration is taken as it is", () => {
  expect(toMillis(Duration.minutes(2), 'timeout')).toBe(120_000);
  expect(toMillis(Duration.millis(1), 'timeout')).toBe(1);
});

test('what is written is read back the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 * YEAR }), (ms) => {
      expect(toMillis(milliseconds(ms), 'timeout')).toBe(ms);
    }),
    { numRuns: RUNS },
  );
});

test('the parts add up, in any order', () => {
  const part = fc.tuple(fc.nat(9999), fc.constantFrom('ms', 's', 'm', 'h'));
  const size = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as Record<string, number>;
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
      const ms = parts.reduce((sum, [n, unit]) => sum + n * size[unit]!, 0);
      fc.pre(ms > 0);
      expect(toMillis(parts.map(([n, unit]) => `${n}${unit}`).join(''), 'timeout')).toBe(ms);
    }),
    { numRuns: RUNS },
  );
});

test.each([
  ['', /timeout is "", which is not a duration: write it like "10s"/],
  ['10', /timeout is "10", which is not a duration/],
  ['10 s', /is "10 s", which is not a duration/],
  ['1d', /is "1d", which is not a duration/],
  ['-1s', /is "-1s", which is not a duration/],
  ['+1s', /is "\+1s", which is not a duration/],
  ['.5s', /is "\.5s", which is not a duration/],
  ['1e3s', /is "1e3s", which is not a duration/],
  ['1S', /is "1S", which is not a duration/],
  ['0s', /timeout is 0ms: Istio needs a whole number of milliseconds, at least 1/],
  ['0.5ms', /timeout is 0\.5ms: Istio needs a whole number/],
  ['1.0005s', /timeout is 1000\.5ms: Istio needs a whole number/],
  [10, /timeout is 10, which is not a duration: write it like/],
  [undefined, /timeout is undefined, which is not a duration/],
  [null, /timeout is null, which is not a duration/],
  [{ seconds: 1 }, /timeout is \{"seconds":1\}, which is not a duration/],
])('%j is refused', (time, says) => expect(() => toMillis(time as never, 'timeout')).toThrow(says));
