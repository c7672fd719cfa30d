import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Yaml } from 'cdk8s';
import { check } from '../../src/check/check';
import { resourceText } from '../../src/check/diagnostic';
import { parseManifests as parseText } from '../../src/manifests/parse';
import { exampleCases } from './example-requests';
import { INJECTOR } from './injector';
import { expectAccepted, expectNoFindings, expectValid } from './judge';
import type { RealContext } from './lane';
import { podsForMachines, registered } from './machines';
import { parseManifests, readYaml, yamlFiles } from './manifests';
import type { OracleAnswer } from './oracle';
import { releaseStates } from './release-states';
import { expectNone, type Report } from './report';
import { asked, disagreements } from './trace/compare';
import { disagreementText } from './trace/words';

export const name = 'examples';

/** The folders of synthesized examples: those in `dist/` that hold YAML. */
export function exampleFolders(repository: string): string[] {
  const dist = path.join(repository, 'dist');
  if (!existsSync(dist)) return [];
  const folders = readdirSync(dist, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map((entry) => path.join(dist, entry.name)).filter((folder) => yamlFiles(folder).length > 0);
}

/** Puts the YAML of each folder to the API server, to istioctl's analyzers and to istiod's validation: three tests a folder. */
export async function checkFolders(folders: readonly string[], { apiserver, istio }: RealContext, report: Report): Promise<void> {
  const cases = folders.map((folder) => ({ id: path.basename(folder), yaml: readYaml(folder) }));
  // what is in every cluster, and tells the analyzers which pods get a proxy
  const beside = (yaml: string) => Yaml.stringify(INJECTOR, ...podsForMachines(parseManifests(yaml)));
  const analyses = await istio.analyze(cases.map((c) => ({ ...c, yaml: `${c.yaml}\n---\n${beside(c.yaml)}` })));
  const verdicts = await istio.validate(cases);
  for (const [i, { id, yaml }] of cases.entries()) {
    await report.check(`${id} is accepted by the API server`, async () => {
      expectAccepted(await apiserver.apply(parseManifests(yaml)));
    });
    await apiserver.reset();
    await report.check(`${id} has no findings of istioctl's analyzers`, () => {
      const analysis = analyses[i];
      if (analysis) expectNoFindings(analysis, suppressed(yaml));
    });
    await report.check(`${id} is valid to istiod`, () => expectValid(verdicts[i] ?? []));
  }
}

export async function run(context: RealContext, report: Report): Promise<void> {
  const folders = exampleFolders(context.repository);
  await report.check('there are synthesized examples in dist/', () => {
    if (folders.length === 0) throw new Error('dist/ holds no YAML: run "npm run synth"');
  });
  await checkFolders(folders, context, report);
  await askEnvoy(folders, context, report);
}

/** Envoy, with istiod's config, does with the requests that each example is about what the trace says. */
async function askEnvoy(folders: readonly string[], { oracle }: RealContext, report: Report): Promise<void> {
  for (const folder of folders) {
    const id = path.basename(folder);
    const states = releaseStates(registered(parseManifests(readYaml(folder))));
    const cases = states.flatMap((state) => exampleCases(`${id}${state.id}`, state.objects));
    const requests = cases.reduce((n, c) => n + c.requests.length, 0);
    await report.check(`${id}: Envoy decides ${requests} requests as the trace does`, async () => {
      if (requests < 10) throw new Error(`${requests} requests are too few`);
      const answers = await oracle.ask(cases.map(asked));
      expectNone(
        'differing',
        cases.flatMap((c, i) => {
          const { error } = answers[i]!;
          return error ? [`${c.id}: ${error}`] : disagreements(c, undrawn(answers[i]!)).map((d) => disagreementText(c.id, d));
        }),
      );
    });
  }
}

/** Without the flag of a delay that some requests meet by chance; the lane `timing` counts how many. */
const undrawn = ({ expected, ...rest }: OracleAnswer): OracleAnswer => ({
  ...rest,
  ...(expected ? { expected: expected.map((e: any) => (e.fault?.delay?.percent < 100 ? undelayed(e) : e)) } : {}),
});

const undelayed = ({ flags, destinations, ...rest }: any) => ({
  ...rest,
  ...(flags && flags !== 'DI' ? { flags } : {}),
  ...(destinations ? { destinations: destinations.map((d: any) => (d.flags === 'DI' ? { ...d, flags: undefined } : d)) } : {}),
});

/** Findings that an example says it lives with, as istioctl has them: `IST0101 Gateway shop/edge`. */
function suppressed(yaml: string): Set<string> {
  const found = check(parseText(yaml, 'example')).suppressed.map((s) => s.diagnostic);
  return new Set(found.flatMap((d) => (d.resource ? d.codes.map((code) => `${code} ${resourceText(d.resource!)}`) : [])));
}
