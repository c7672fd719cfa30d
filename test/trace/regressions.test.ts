import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { answerCase } from '../../src/trace/batch';
import { isSigned } from '../../src/trace/signature';
import { differences, type Recorded } from './recorded-answers';

// Small cases in which the trace once said something else than istiod and Envoy; see docs/real-lane.md.
const folder = join(__dirname, 'regressions');
const cases = readdirSync(folder)
  .filter((f) => f.endsWith('.jsonl'))
  .flatMap((f) => readFileSync(join(folder, f), 'utf8').split('\n'))
  .filter((l) => l !== '')
  .map((l): Recorded & { readonly about: string } => JSON.parse(l));

test.each(cases.map((c) => [c.about, c] as const))('%s', (_, c) => {
  const answer = answerCase(c, { isSigned });
  const subject = (l: string) => l.split(':')[0];
  expect((answer.refused ?? []).map(subject).sort()).toEqual((c.invalid ?? []).map(subject).sort());
  const clusters = Object.fromEntries(Object.entries(c.clusters ?? {}).filter(([name]) => !/^inbound/i.test(name)));
  expect(differences({ ...c, clusters }, answer)).toEqual([]);
});
