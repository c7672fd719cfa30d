import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { answerCase } from '../../src/trace/batch';

const root = join(__dirname, '..', '..');
const page = readFileSync(join(root, 'docs/trace.md'), 'utf8');
const section = page.slice(page.indexOf('## A file of questions'), page.indexOf('## How right it is'));
const rows = section.split('\n').filter((l) => l.startsWith('|'));
const said = new Set(rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, word]) => word)));

test('docs/trace.md has every field of a case and of an answer', () => {
  const lines = ['handmade', 'policy-1', 'inbound-1'].flatMap((name) =>
    gunzipSync(readFileSync(join(root, `test/trace/recorded/${name}.jsonl.gz`)))
      .toString()
      .split('\n')
      .filter((l) => l !== ''),
  );
  const fields = new Set<string>();
  const add = (o: object | null | undefined) => {
    for (const key of Object.keys(o ?? {})) fields.add(key);
  };
  for (const line of lines) {
    // what the recording adds to a case is no part of the question
    const { expected: _, rules: _r, about: _a, invalid: _i, ...c } = JSON.parse(line);
    add(c);
    add(c.client);
    for (const { token: _t, ...r } of c.requests) add(r);
    const answer = answerCase(c);
    add(answer);
    for (const r of answer.results as any[]) {
      for (const o of [r, r.retry, r.fault, r.fault?.delay, r.fault?.abort, r.redirect, r.directResponse]) add(o);
      for (const o of [...(r.destinations ?? []), ...(r.mirrors ?? []), ...(r.hashPolicy ?? [])]) add(o);
      fields.add(r.action);
    }
    for (const c of Object.values(answer.clusters) as any[]) {
      add(c);
      for (const e of c?.endpoints ?? []) add(e);
    }
  }
  expect([...fields].filter((f) => !said.has(f)).sort()).toEqual([]);
  expect(fields.size).toBeGreaterThan(70);
});
