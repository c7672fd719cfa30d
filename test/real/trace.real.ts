import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RealContext } from './lane';
import type { OracleAnswer } from './oracle';
import type { Answering } from './recorded-oracle';
import { expectNone, type Report } from './report';
import { asked, type Disagreement, disagreements } from './trace/compare';
import { RowCounts, rareRows } from './trace/coverage';
import { randomCase } from './trace/random-mesh';
import { shrink } from './trace/shrink';
import { disagreementText } from './trace/words';
import type { RandomCase } from './trace/world';

export const name = 'trace';

/** Random requests of a run, where `--count` says no other number. */
const REQUESTS = 2_400;
const PER_CASE = 10;
/** From here on a row of the rules that hardly any request was about is a failure. */
const LONG_RUN = 20_000;
const ENOUGH = 100;
/** Cases answered before they are compared, so that a long run needs little memory. */
const CHUNK = 400;
/** The same, where the first disagreement ends the run. */
const BAIL_CHUNK = 20;
/** Disagreements of a run that are made small; the others are counted. */
const SHRUNK = 3;
/** So many of the answers may be unknown, as the trace itself says. */
const UNKNOWN = 0.005;

/** What the test needs of the lane; `bail`: nothing is asked after the first disagreements, and they stay as they are. */
interface TraceContext extends Pick<RealContext, 'freshSeed' | 'count'> {
  readonly oracle: Answering;
  readonly bail?: boolean;
}

/** The trace says of random requests in random meshes what istiod's own code and a real Envoy do. */
export async function run(context: TraceContext, report: Report): Promise<void> {
  const cases = Math.ceil((context.count ?? REQUESTS) / PER_CASE);
  const rows = new RowCounts();
  const found: Disagreement[] = [];
  const broken: string[] = [];
  const unsteady: string[] = [];
  const actions = new Map<string, number>();
  let requests = 0;
  let unknown = 0;
  const chunk = context.bail ? BAIL_CHUNK : CHUNK;
  for (let from = 0; from < cases && !(context.bail && found.length > 0); from += chunk) {
    const some = Array.from({ length: Math.min(chunk, cases - from) }, (_, i) =>
      randomCase(context.freshSeed * 100_000 + from + i),
    );
    const answers = await context.oracle.ask(some.map(asked));
    for (const [i, c] of some.entries()) {
      // on a busy machine a connection now and then breaks off: what fails twice is no answer
      const answer = failure(answers[i]!) === undefined ? answers[i]! : (await context.oracle.ask([asked(c)]))[0]!;
      const failed = failure(answer);
      if (failed !== undefined) broken.push(`${c.id}: ${failed}`);
      requests += c.requests.length;
      for (const { action } of answer.expected ?? []) actions.set(action, (actions.get(action) ?? 0) + 1);
      const first = disagreements(c, answer, () => unknown++);
      const again = first.length > 0 ? await askedAgain(context, c) : [];
      if (first.length > again.length) unsteady.push(c.id);
      found.push(...again);
      rows.count(c);
    }
    report.progress(`${Math.min(from + chunk, cases)} of ${cases} meshes answered, ${found.length} disagreements`);
  }
  if (unsteady.length > 0) report.progress(`istiod gave another answer when it was asked again: ${unsteady.join(', ')}`);
  const said = [...actions].map(([action, n]) => `${n} ${action}`).join(', ');
  await report.check('istiod and Envoy have an answer to every random request', () => expectNone('no answer', broken));
  const small = context.bail ? found.map((d) => disagreementText(d.case.id, d)) : await shrunk(context, found);
  await report.check(`the trace says of ${requests} random requests what istiod and Envoy do (${said})`, () =>
    expectNone(`${found.length} disagreements in ${new Set(found.map((d) => d.case.id)).size} meshes`, small),
  );
  await report.check(`of ${requests} it does not know ${unknown}, and says so: under ${UNKNOWN * 100} %`, () => {
    if (unknown > requests * UNKNOWN) throw new Error(`${unknown} of ${requests} answers are not known`);
  });
  report.progress(`requests by row of the rules: ${rows.text()}`);
  if (requests >= LONG_RUN)
    await report.check(`each row of the rules took part in at least ${ENOUGH} answers`, () =>
      expectNone('too rare', rareRows(rows, ENOUGH)),
    );
}

const failure = (a: OracleAnswer) => a.error ?? a.expected?.find((e) => e.action === 'error')?.error;

/** How often a disagreement is asked again. */
const AGAIN = 3;

/**
 * istiod's test server now and then answers before it has all endpoints, and on a busy machine a timeout of half a second
 * passes: what is no more, asked again, is no disagreement. What we say does not change, so one agreement is enough.
 */
async function askedAgain({ oracle }: TraceContext, c: RandomCase): Promise<Disagreement[]> {
  let last: Disagreement[] = [];
  for (let i = 0; i < AGAIN; i++) {
    const [answer] = await oracle.ask([asked(c)]);
    last = answer ? disagreements(c, answer) : [];
    if (last.length === 0) break;
  }
  return last;
}

/** Each disagreement in words; the first few as small as they can be, written to files that the regression test can replay. */
async function shrunk(context: TraceContext, found: readonly Disagreement[]): Promise<string[]> {
  if (found.length === 0) return [];
  const folder = mkdtempSync(path.join(tmpdir(), 'mesh-trace-'));
  const byCase = [...new Map(found.map((d) => [d.case.id, d])).values()];
  const out: string[] = [];
  for (const [i, d] of byCase.entries()) {
    const small = i < SHRUNK ? await shrink(context.oracle, d) : d;
    if (i < SHRUNK) {
      const [answer] = await context.oracle.ask([asked(small.case)]);
      writeFileSync(
        path.join(folder, `${d.case.id}.jsonl`),
        `${JSON.stringify({ ...asked(small.case), ...answer, id: d.case.id })}\n`,
      );
    }
    out.push(disagreementText(d.case.id, small, i < SHRUNK ? path.join(folder, `${d.case.id}.jsonl`) : undefined));
  }
  return out;
}
