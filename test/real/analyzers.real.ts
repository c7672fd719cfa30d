import { CODES, type Disagreement, disagreements, ours } from './analyzers/compare';
import { istioAnalyzerCases } from './analyzers/istio-cases';
import type { RealContext } from './lane';
import { expectNone, type Report } from './report';

export const name = 'analyzers';

/** The checker finds what istioctl's analyzers find, and gives their codes to nothing else. */
export async function run(context: RealContext, report: Report): Promise<void> {
  const cases = istioAnalyzerCases(context.components.istioManifests);
  const static_ = cases.flatMap((c) => c.expected).filter((e) => CODES.has(e.slice(0, 7)));
  await report.check(`the ${static_.length} findings that Istio's own ${cases.length} cases expect of codes known here`, () =>
    expectNone(
      'not found',
      cases.flatMap((c) => {
        const found = ours(c);
        return c.expected.filter((e) => CODES.has(e.slice(0, 7)) && !found.has(e)).map((e) => `${c.id}: ${e}`);
      }),
    ),
  );
  const answers = await context.istio.analyze(cases.map(({ expected: _, ...c }) => c));
  await report.check(`all analyzers together say of the ${cases.length} cases what the checker says`, () =>
    expectNone('disagreements', cases.flatMap((c, i) => disagreements(c, answers[i]!)).map(text)),
  );
}

const text = (d: Disagreement) =>
  `${d.case.id}: ${d.by === 'us' ? 'only we' : 'only istioctl'}: ${d.code} ${d.resource}: ${d.messages.join(' | ')}`;
