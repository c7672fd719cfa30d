import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import type { RealContext } from './lane';
import { yamlFiles } from './manifests';
import type { OracleAnswer, OracleCase } from './oracle';
import { expectNone, type Report } from './report';

export const name = 'oracle-smoke';

/** A case whose answers are known: one YAML file in `cases/`. */
type KnownCase = OracleCase & Pick<OracleAnswer, 'expected' | 'clusters' | 'invalid'> & { readonly about: string };

/** The known cases. */
export function knownCases(): KnownCase[] {
  return yamlFiles(path.join(__dirname, 'cases')).map((file) => parse(readFileSync(file, 'utf8')));
}

/** Where an answer is not what was expected, one line each. */
export function differences(known: KnownCase, answer: OracleAnswer | undefined): string[] {
  if (!answer || answer.error !== undefined) return [`no answer: ${answer?.error}`];
  const wrong = (what: string, expected: unknown, actual: unknown) =>
    isDeepStrictEqual(expected, actual)
      ? []
      : [`${what}\n  expected ${JSON.stringify(expected)}\n  got      ${JSON.stringify(actual)}`];
  return [
    ...known.requests.flatMap(({ host, path: at }, i) =>
      wrong(`request ${i} (${host} ${at ?? '/'})`, known.expected?.[i], answer.expected?.[i]),
    ),
    ...wrong('clusters', known.clusters, answer.clusters),
    ...wrong('refused objects', known.invalid, answer.invalid),
  ];
}

/** A known case with a wrong expectation: the first request is expected to go elsewhere. */
function spoiled(known: KnownCase): KnownCase {
  return { ...known, expected: known.expected?.map((answer, i) => (i === 0 ? { ...answer, routeIndex: 99 } : answer)) ?? [] };
}

export async function run({ oracle, istio }: RealContext, report: Report): Promise<void> {
  const cases = knownCases();
  const answers = await oracle.ask(cases, { onProgress: (done, of) => report.progress(`${done} of ${of} cases answered`) });
  for (const [i, known] of cases.entries()) {
    await report.check(`${known.id}: ${known.about}`, () => expectNone('the answers differ', differences(known, answers[i])));
  }
  await report.check('a wrong expectation is seen', () => {
    const [known] = cases;
    if (!known || differences(spoiled(known), answers[0]).length !== 1) throw new Error('it is not');
  });
  await report.check('the same answers come when a case is alone', async () => {
    const [known] = cases;
    const alone = known ? await oracle.ask([known], { batch: 1 }) : [];
    if (!isDeepStrictEqual(alone[0], answers[0])) throw new Error('they differ');
  });
  await report.check("istiod's validation refuses what the webhook would", async () => {
    const refused = cases.filter(({ invalid }) => invalid);
    const verdicts = await istio.validate(refused.map(({ id, mesh }) => ({ id, yaml: mesh })));
    const accepted = refused.filter((_, i) => verdicts[i]?.every(({ errors }) => errors.length === 0));
    expectNone('accepted', refused.length ? accepted.map(({ id }) => id) : ['there is no such case']);
  });
}
