import fc from 'fast-check';
import { celRule } from '../../src/schema/cel';

/** Source: Go's time.ParseDuration. The library also takes text that only holds a duration. */
const GO = /^[-+]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;

test('durations are judged as the library judges them, and none but those of Go are taken', () => {
  const rule = "duration(self) >= duration('1ms')";
  const byLibrary = celRule(`${rule} `); // another text, so that the library is asked
  const number = fc.oneof(
    fc.integer({ min: -5, max: 100_000 }).map(String),
    fc.constantFrom('0', '0.5', '.5', '1.', '00', '1e3', ''),
  );
  const unit = fc.constantFrom('ns', 'us', 'µs', 'ms', 's', 'm', 'h', 'd', '', ' s', 'S');
  const text = fc.oneof(
    fc
      .array(
        fc.tuple(number, unit).map((p) => p.join('')),
        { minLength: 1, maxLength: 3 },
      )
      .map((p) => p.join('')),
    fc.string({ maxLength: 5 }),
  );
  fc.assert(
    fc.property(text, (value) => {
      expect([value, celRule(rule)(value)]).toEqual([value, GO.test(value) && byLibrary(value)]);
    }),
    { numRuns: 500 },
  );
});
