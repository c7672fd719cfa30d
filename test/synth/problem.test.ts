import { join } from 'node:path';
import { InvalidApp, problemsOf } from '../../src/synth/problem';

/** As it is thrown from within a library. */
const thrown = (message: string, name = 'Error') =>
  Object.assign(new Error(message), { name, stack: `${name}: ${message}\n    at node:internal/x:1:2` });

test.each([
  ['tsx', `Transform failed with 1 error:\n${join(process.cwd(), 'main.ts')}:8:3: ERROR: Expected ")"`, 'Expected ")"'],
  ['ts-node', "⨯ Unable to compile TypeScript:\nmain.ts(8,7): error TS2322: Type 'a'.\n", "TS2322: Type 'a'."],
  [
    'ts-node on a terminal',
    '\u001b[96mmain.ts\u001b[0m:\u001b[93m8\u001b[0m:\u001b[93m7\u001b[0m - \u001b[91merror\u001b[0m\u001b[90m TS1: \u001b[0mNo.',
    'TS1: No.',
  ],
])('what the compiler of %s says is told by its place', (_, message, says) => {
  expect(problemsOf(thrown(message, 'TransformError'))).toEqual([{ message: says, place: 'main.ts:8' }]);
});

test('a message that looks like a call is none', () => {
  expect(problemsOf(thrown('bad\n    at home (/a/b.ts:1:2)'))[0]!.message).toContain('at home');
});

test('who throws several problems is believed, whichever copy of this package made them', () => {
  const problems = [{ message: 'one', construct: 'a' }, { message: 'two' }];
  expect(problemsOf(new InvalidApp(problems))).toEqual(problems);
  expect(new InvalidApp(problems).message).toBe('Validation failed with the following errors:\n  [a] one\n  two');
});
