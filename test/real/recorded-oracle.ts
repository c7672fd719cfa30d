import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import type { Oracle, OracleAnswer, OracleCase } from './oracle';

/** Whoever answers cases: the real components, or what they once said. */
export type Answering = Pick<Oracle, 'ask'>;

/** What makes a run the same again. */
export interface Recording {
  readonly seed: number;
  readonly count: number | undefined;
}

const keyOf = (c: OracleCase) => createHash('sha256').update(JSON.stringify(c)).digest('hex');

/** Asks the real components, and writes each answer to a file: a line for the run, then one for each case, in no order. */
export class RecordingOracle implements Answering {
  readonly #oracle: Answering;
  readonly #file: string;

  constructor(oracle: Answering, file: string, run: Recording) {
    this.#oracle = oracle;
    this.#file = file;
    writeFileSync(file, `${JSON.stringify(run)}\n`);
  }

  async ask(cases: readonly OracleCase[]): Promise<OracleAnswer[]> {
    const answers = await this.#oracle.ask(cases);
    const lines = cases.map((c, i) => `${JSON.stringify({ case: keyOf(c), answer: answers[i] })}\n`);
    appendFileSync(this.#file, lines.join(''));
    return answers;
  }
}

/** Gives the answers of a file of `RecordingOracle`, the last of a case; to cases that are not in it an error. */
export class RecordedOracle implements Answering {
  readonly run: Recording;
  readonly #answers: ReadonlyMap<string, OracleAnswer>;

  constructor(file: string) {
    const [run, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
    this.run = JSON.parse(run!) as Recording;
    const recorded = lines.map((line) => JSON.parse(line) as { case: string; answer: OracleAnswer });
    this.#answers = new Map(recorded.map(({ case: key, answer }) => [key, answer]));
  }

  async ask(cases: readonly OracleCase[]): Promise<OracleAnswer[]> {
    return cases.map((c) => this.#answers.get(keyOf(c)) ?? { id: c.id, error: 'this case was not recorded' });
  }
}
