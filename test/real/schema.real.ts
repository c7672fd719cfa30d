import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fieldText } from '../../src/manifests/manifest';
import { parseManifests } from '../../src/manifests/parse';
import { schemaProblems } from '../../src/schema/schema-problems';
import { KUBERNETES_ROWS } from '../schema/kubernetes-rows';
import type { IstioCase } from './istio';
import type { RealContext } from './lane';
import { type KubeObject, parseManifests as objectsOf, yamlFiles } from './manifests';
import { expectNone, type Report } from './report';
import { mutated } from './schema/mutate';
import { RuleCounts } from './schema/rule-counts';
import { CRD_CASES, seeds } from './schema/seeds';
import { Dice } from './trace/dice';

export const name = 'schema';

/** Random objects of a run, where `--count` says no other number. */
const OBJECTS = 2_000;
/** How many of them are put to a real API server too, which takes them one by one. */
const SERVED = 300;
/** From here on a rule that no object kept, or none broke, is a failure. */
const LONG_RUN = 20_000;

/** The schemas and CEL rules of Istio's CRDs: what we refuse is what the API server refuses. */
export async function run(context: RealContext, report: Report): Promise<void> {
  const { istio, apiserver, components, repository } = context;
  await report.check("Istio's own valid objects have no problems, and the invalid ones do", () =>
    expectNone('wrong', istioCases(path.join(components.istioTests, CRD_CASES))),
  );

  const byKind = [...seeds(repository, components.istioTests)].sort(([a], [b]) => a.localeCompare(b));
  const cases = Array.from({ length: context.count ?? OBJECTS }, (_, i): IstioCase => {
    const dice = new Dice(context.seed * 1_000_000 + i);
    const [kind, some] = byKind[i % byKind.length]!;
    return { id: `${context.seed}-${i}`, yaml: JSON.stringify(mutated(kind, some, dice)) };
  });
  const rules = new RuleCounts();
  for (const [i, { yaml }] of cases.entries()) rules.count(byKind[i % byKind.length]![0], JSON.parse(yaml));
  const theirs = await istio.schema(cases);
  const refused = theirs.filter((t) => t.length > 0).length;
  await report.check(`${cases.length} random objects are refused when their CRD refuses them (${refused} are)`, () =>
    expectNone(
      'otherwise',
      cases.flatMap((c, i) => otherwise(c, theirs[i]!)),
    ),
  );

  if (cases.length >= LONG_RUN)
    await report.check('each CEL rule was kept by some object, and broken by some', () => expectNone('too rare', rules.rare(1)));

  const every = Math.max(1, Math.floor(cases.length / SERVED));
  const sample = cases.filter((_, i) => i % every === 0).slice(0, SERVED);
  const objects = sample.map(({ yaml }) => placed(JSON.parse(yaml)));
  const applied = await apiserver.apply(objects, { dryRun: true });
  await report.check(`the API server refuses the same of ${sample.length} of them (${applied.filter((a) => !a.ok).length})`, () =>
    expectNone(
      'otherwise',
      applied.flatMap(({ ok, message = '' }, i) =>
        otherwise({ id: sample[i]!.id, yaml: JSON.stringify(objects[i]) }, ok ? [] : [message]),
      ),
    ),
  );
  const own = KUBERNETES_ROWS.flatMap(([, yaml]) => objectsOf(yaml)).map(placed);
  const answers = await apiserver.apply(own, { dryRun: true });
  await report.check(
    `the API server refuses the same of the ${own.length} objects of Kubernetes' own kinds in the unit tests`,
    () =>
      expectNone(
        'otherwise',
        answers.flatMap(({ ok, message = '' }, i) =>
          otherwise({ id: KUBERNETES_ROWS[i]![0], yaml: JSON.stringify(own[i]) }, ok ? [] : [message]),
        ),
      ),
  );
  await apiserver.reset();
}

/** Ours is the same judgement, or the two of them in words. */
function otherwise({ id, yaml }: IstioCase, theirs: readonly string[]): string[] {
  const ours = problems(yaml);
  if (ours.length > 0 === theirs.length > 0) return [];
  return [`${id}: theirs ${JSON.stringify(theirs.join('; '))}, ours ${JSON.stringify(ours.join('; '))}\n  ${yaml}`];
}

function problems(text: string): string[] {
  const { manifests, unreadable } = parseManifests(text, 'case');
  return [
    ...unreadable.filter((u) => !u.manifest).map((u) => u.message),
    ...[...manifests, ...unreadable.flatMap((u) => u.manifest ?? [])].flatMap((m) =>
      schemaProblems(m).map((p) => `${fieldText(p.path)} ${p.message}`),
    ),
  ];
}

/** Names that the API server takes: what is asked is not about them. */
const placed = (object: KubeObject): KubeObject => ({ ...object, metadata: { name: 'a', namespace: 'default' } });

/**
 * What is wrong about our judgement of Istio's own objects; `_err` says what an invalid one is to be told, and is no part of it.
 * Go reads `[001:db8::]` as text, which is a key to YAML's own rules: the one thing that we read in another way.
 */
function istioCases(folder: string): string[] {
  const files = yamlFiles(folder);
  if (files.length === 0) return [`there are none in "${folder}"`];
  return files.flatMap((file) => {
    const valid = file.endsWith('-valid.yaml');
    const text = readFileSync(file, 'utf8').replaceAll('001:db8::]', '"001:db8::"]');
    return text.split(/^---$/m).flatMap((document) => {
      const found = problems(document).filter((p) => !p.startsWith('_err '));
      if (found.length > 0 !== valid || !/^kind:/m.test(document)) return [];
      return [`${path.basename(file)}: ${found.join('; ') || document}`];
    });
  });
}
