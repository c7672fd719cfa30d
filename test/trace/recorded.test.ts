import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { answerCase, type BatchAnswer } from '../../src/trace/batch';
import { isSigned } from '../../src/trace/signature';
import { differences, type Recorded } from './recorded-answers';

// What istiod's own code and a real Envoy answered (see docs/real-lane.md); the trace says the same of every request.
const read = (name: string): Recorded[] =>
  gunzipSync(readFileSync(join(__dirname, 'recorded', `${name}.jsonl.gz`)))
    .toString()
    .split('\n')
    .filter((l) => l !== '')
    .map((l) => JSON.parse(l));

const answered: (readonly [Recorded, BatchAnswer])[] = [];

test.each([
  ['handmade', 684],
  ['selector-rules', 16],
  ['random-1', 2640],
  ['policy-1', 1760],
  ['inbound-1', 1734],
])('%s: all %i recorded answers come out the same', (name, count) => {
  const cases = read(name);
  const answers = cases.map((c) => [c, answerCase(c, { isSigned })] as const);
  answered.push(...answers);
  const wrong = answers.flatMap(([c, answer]) => differences(c, answer).map((d) => ({ id: c.id, ...d })));
  expect(wrong.slice(0, 5)).toEqual([]);
  expect(cases.reduce((n, c) => n + c.expected.length, 0)).toBe(count);
});

test('docs/trace.md has every field of a case and of an answer', () => {
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'trace.md'), 'utf8');
  const section = page.slice(page.indexOf('## A file of questions'), page.indexOf('## How right it is'));
  const rows = section.split('\n').filter((l) => l.startsWith('|'));
  const said = new Set(rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, word]) => word)));
  const fields = new Set<string>();
  const add = (o: object | null | undefined) => {
    for (const key of Object.keys(o ?? {})) fields.add(key);
  };
  for (const [given, answer] of answered) {
    // what the recording adds to a case is no part of the question
    const { expected: _, rules: _r, about: _a, invalid: _i, ...c } = given as any;
    add(c);
    add(c.client);
    for (const { token: _t, ...r } of c.requests) add(r);
    add(answer);
    for (const r of answer.results as any[]) {
      for (const o of [r, r.retry, r.fault, r.fault?.delay, r.fault?.abort, r.redirect, r.directResponse]) add(o);
      for (const o of [...(r.destinations ?? []), ...(r.mirrors ?? []), ...(r.hashPolicy ?? [])]) add(o);
      fields.add(r.action);
    }
    for (const cluster of Object.values(answer.clusters) as any[]) {
      add(cluster);
      for (const e of cluster?.endpoints ?? []) add(e);
    }
  }
  expect([...fields].filter((f) => !said.has(f)).sort()).toEqual([]);
  expect(fields.size).toBeGreaterThan(70);
});
