import path from 'node:path';
import { answerBatch, type Bench } from './oracle/batch';
import { Certificates } from './oracle/certificates';
import { describeCluster } from './oracle/describe';
import { startEcho } from './oracle/echo';
import { Refused } from './oracle/envoy';
import { askIstiod } from './oracle/istiod';
import type { Answer, OracleAnswer, OracleCase } from './oracle/types';
import type { Xds } from './oracle/xds';
import { removeTemporaryFolder, temporaryFolder } from './processes';

export type {
  Action,
  Answer,
  ClusterFacts,
  Destination,
  OracleAnswer,
  OracleCase,
  OracleClient,
  OracleRequest,
} from './oracle/types';

/** How `Oracle.ask` asks. */
export interface AskOptions {
  /** How many cases share one Envoy. Default: 40. */
  readonly batch?: number;
  /** Told after each batch how many cases are answered. */
  readonly onProgress?: (answered: number, of: number) => void;
}

const BATCH = 40;

/**
 * "What happens to this request in this mesh?", answered by istiod's own code (validation, push context, LDS, RDS, CDS, EDS) and a
 * real Envoy that serves what istiod sends, with one echo as the upstream of every cluster.
 *
 * Delays are shortened, timeouts, retries and mirrors are read from the route and not waited for, unless a request says how its
 * upstream behaves; downstream is HTTP/1.1; the CRDs' schema is not checked.
 */
export class Oracle {
  readonly #programs: { readonly oracle: string; readonly envoy: string };

  constructor(programs: { oracle: string; envoy: string }) {
    this.#programs = programs;
  }

  /** Answers cases, in their order. istiod works on the next batch while Envoy serves one. */
  async ask(cases: readonly OracleCase[], options: AskOptions = {}): Promise<OracleAnswer[]> {
    const size = options.batch ?? BATCH;
    const batches = Array.from({ length: Math.ceil(cases.length / size) }, (_, i) => cases.slice(i * size, (i + 1) * size));
    const folder = await temporaryFolder('oracle');
    const echo = await startEcho();
    const bench: Bench = { envoy: this.#programs.envoy, certificates: new Certificates(folder), echo };
    const answers: OracleAnswer[] = [];
    const configured = (batch: readonly OracleCase[] | undefined) => {
      const xds = askIstiod(this.#programs.oracle, batch ?? []);
      xds.catch(() => {}); // said when it is awaited
      return xds;
    };
    try {
      let next = configured(batches[0]);
      for (const [i, batch] of batches.entries()) {
        const xds = await next;
        if (i + 1 < batches.length) next = configured(batches[i + 1]);
        answers.push(...(await answer(batch, xds, bench, path.join(folder, String(i)))));
        options.onProgress?.(answers.length, cases.length);
      }
    } finally {
      await echo.close();
      removeTemporaryFolder(folder);
    }
    return answers;
  }
}

async function answer(cases: readonly OracleCase[], xds: readonly Xds[], bench: Bench, folder: string): Promise<OracleAnswer[]> {
  try {
    const answers = await answerBatch(cases, xds, bench, folder);
    return cases.map(({ id }, i) => summary(id, xds[i] as Xds, answers[i]));
  } catch (error) {
    if (cases.length > 1) {
      // one case spoils it for the others: each on its own
      const each: OracleAnswer[] = [];
      for (const [i, one] of cases.entries())
        each.push(...(await answer([one], [xds[i] as Xds], bench, path.join(folder, String(i)))));
      return each;
    }
    const [one] = cases;
    const [config] = xds;
    if (!one || !config) throw error;
    if (!(error instanceof Refused)) return [{ id: one.id, error: (error as Error).message }];
    const reason = refusal(error.message);
    return [
      summary(
        one.id,
        config,
        one.requests.map(() => ({ action: 'nack' as const, reason })),
      ),
    ];
  }
}

function refusal(log: string): string {
  const found = /\n: (Proto constraint.*)$/s.exec(log)?.[1] ?? /(error initializing config.*)/s.exec(log)?.[1] ?? log;
  return found.trim().slice(-600);
}

function summary(id: string, xds: Xds, expected: readonly Answer[] | undefined): OracleAnswer {
  const invalid = xds.invalid ? { invalid: xds.invalid } : {};
  if (!expected) return { id, ...invalid, error: xds.error ?? 'no answer' };
  const named = expected
    .flatMap(({ destinations = [], mirrors = [] }) => [...destinations, ...mirrors])
    .map(({ cluster }) => cluster);
  const clusters = Object.fromEntries([...new Set(named)].sort().map((name) => [name, describeCluster(xds, name)]));
  return { id, expected, clusters, ...invalid };
}
