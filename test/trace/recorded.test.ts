import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { answerCase } from '../../src/trace/batch';
import { isSigned } from '../../src/trace/signature';
import { differences, type Recorded } from './recorded-answers';

// What istiod's own code and a real Envoy answered (see docs/real-lane.md); the trace says the same of every request.
const read = (name: string): Recorded[] =>
  gunzipSync(readFileSync(join(__dirname, 'recorded', `${name}.jsonl.gz`)))
    .toString()
    .split('\n')
    .filter((l) => l !== '')
    .map((l) => JSON.parse(l));

test.each([
  ['handmade', 684],
  ['selector-rules', 16],
  ['random-1', 2640],
  ['policy-1', 1760],
  ['inbound-1', 1734],
])('%s: all %i recorded answers come out the same', (name, count) => {
  const cases = read(name);
  const wrong = cases.flatMap((c) => differences(c, answerCase(c, { isSigned })).map((d) => ({ id: c.id, ...d })));
  expect(wrong.slice(0, 5)).toEqual([]);
  expect(cases.reduce((n, c) => n + c.expected.length, 0)).toBe(count);
});
