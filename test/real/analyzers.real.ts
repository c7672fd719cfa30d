import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { check } from '../../src/check/check';
import { readManifests } from '../../src/manifests/files';
import { CODES, type Compared, type Disagreement, disagreements, keyOf, objectsOf, ours, theirs } from './analyzers/compare';
import { istioAnalyzerCases } from './analyzers/istio-cases';
import { randomCase, seedMeshes, yamlOf } from './analyzers/random-case';
import type { Analysis } from './istio';
import type { RealContext } from './lane';
import { expectNone, type Report } from './report';

export const name = 'analyzers';

/** Random meshes of a run, where `--count` says no other number. */
const MESHES = 2_000;
const CHUNK = 500;
/** From here on a code that hardly any mesh has is a failure. */
const LONG_RUN = 20_000;
const ENOUGH = 50;
/** Disagreements of a run that are made small; the others are counted. */
const SHRUNK = 5;
/** Maps of Go have no order: what another run of the analyzers does not say again is no answer. */
const AGAIN = 8;

/** The checker finds what istioctl's analyzers find, and gives their codes to nothing else. */
export async function run(context: RealContext, report: Report): Promise<void> {
  await istiosOwn(context, report);
  await rightSamples(context, report);
  const count = context.count ?? MESHES;
  const seeds = seedMeshes(context.repository, context.components.istioManifests);
  const found: Disagreement[] = [];
  const codes = new Map<string, number>();
  const differences = new Map<string, number>();
  let [broken, unsteady] = [0, 0];
  for (let from = 0; from < count; from += CHUNK) {
    const cases = Array.from({ length: Math.min(CHUNK, count - from) }, (_, i) =>
      randomCase(context.seed * 1_000_000 + from + i, seeds),
    );
    const answers = await context.istio.analyze(cases);
    const first: Disagreement[] = [];
    for (const [i, c] of cases.entries()) {
      const answer = answers[i]!;
      // an object that Go cannot read is not in istioctl's mesh: other tests compare what is refused
      if (answer.errors?.length) {
        broken++;
        continue;
      }
      for (const { code } of theirs(c, answer).values()) codes.set(code, (codes.get(code) ?? 0) + 1);
      first.push(...disagreements(c, answer, differences));
    }
    const still = await steady(context, first);
    unsteady += first.length - still.length;
    found.push(...still);
    report.progress(`${Math.min(from + CHUNK, count)} of ${count} meshes, ${found.length} disagreements`);
  }
  report.progress(`${broken} meshes could not be read as a whole; of ${unsteady} findings istioctl is not sure itself`);
  report.progress(
    `findings by code: ${[...codes]
      .sort()
      .map(([c, n]) => `${c} ${n}`)
      .join(', ')}`,
  );
  for (const [why, n] of differences) report.progress(`${n} times: ${why}`);
  const small = await shrunk(context, found);
  await report.check(`the checker says of ${count} random meshes what istioctl's analyzers say`, () =>
    expectNone(`${found.length} disagreements`, small),
  );
  if (count >= LONG_RUN)
    await report.check(`each code was found at least ${ENOUGH} times`, () =>
      expectNone(
        'too rare',
        [...CODES].filter((c) => (codes.get(c) ?? 0) < ENOUGH).map((c) => `${c}: ${codes.get(c) ?? 0}`),
      ),
    );
}

async function istiosOwn(context: RealContext, report: Report): Promise<void> {
  const cases = istioAnalyzerCases(context.components.istioManifests);
  const expected = cases.flatMap((c) => c.expected).filter((e) => CODES.has(e.slice(0, 7)));
  await report.check(`the ${expected.length} findings that Istio's own ${cases.length} cases expect of codes known here`, () =>
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

/** Istio's samples that are right, each with the files that it needs. */
const RIGHT_SAMPLES: readonly (readonly string[])[] = [
  ['helloworld/helloworld.yaml', 'helloworld/helloworld-gateway.yaml'],
  ['helloworld/helloworld.yaml', 'helloworld/gateway-api/helloworld-gateway.yaml'],
  ['httpbin/httpbin.yaml', 'httpbin/httpbin-gateway.yaml'],
  ['httpbin/httpbin.yaml', 'httpbin/gateway-api/httpbin-gateway.yaml'],
  ['tcp-echo/tcp-echo-services.yaml', 'tcp-echo/tcp-echo-all-v1.yaml'],
  ['websockets/app.yaml', 'websockets/route.yaml'],
  ['sleep/sleep.yaml'],
  ['curl/curl.yaml'],
  ['extauthz/ext-authz.yaml'],
  ['bookinfo/platform/kube/bookinfo.yaml', 'bookinfo/networking/bookinfo-gateway.yaml'],
  [
    'bookinfo/platform/kube/bookinfo.yaml',
    'bookinfo/platform/kube/bookinfo-versions.yaml',
    'bookinfo/gateway-api/bookinfo-gateway.yaml',
    'bookinfo/gateway-api/route-all-v1.yaml',
  ],
];

async function rightSamples(context: RealContext, report: Report): Promise<void> {
  const samples = path.join(context.components.istioManifests, 'samples');
  await report.check(`nothing is found in ${RIGHT_SAMPLES.length} of Istio's samples that are right`, () =>
    expectNone(
      'found',
      RIGHT_SAMPLES.flatMap((files) => {
        const { diagnostics, summary } = check(readManifests(files, samples));
        return [
          ...(summary.objects === 0 ? [`${files}: no objects`] : []),
          ...diagnostics.map((d) => `${d.file}:${d.line} ${d.rule}: ${d.message}`),
        ];
      }),
    ),
  );
}

/** Those that are there each time. */
async function steady(context: RealContext, first: readonly Disagreement[]): Promise<Disagreement[]> {
  if (first.length === 0) return [];
  const cases = [...new Set(first.map((d) => d.case))];
  const again = cases.flatMap((c) => Array.from({ length: AGAIN }, (_, i) => ({ ...c, id: `${c.id} ${i}` })));
  const answers = await context.istio.analyze(again);
  const said = answers.map((a, i) => new Set(disagreements(again[i]!, a).map(keyOf)));
  return first.filter((d) => {
    const from = cases.indexOf(d.case) * AGAIN;
    return said.slice(from, from + AGAIN).every((some) => some.has(keyOf(d)));
  });
}

/** Each kind of disagreement in words; the first few as small as they can be, in a folder. */
async function shrunk(context: RealContext, found: readonly Disagreement[]): Promise<string[]> {
  if (found.length === 0) return [];
  const folder = mkdtempSync(path.join(tmpdir(), 'mesh-analyzers-'));
  const byCode = [...new Map([...found].reverse().map((d) => [`${d.code} ${d.by}`, d])).values()];
  for (const d of byCode.slice(0, SHRUNK)) {
    const small = await shrink(context, d);
    writeFileSync(
      path.join(folder, `${d.code}-${d.by}-${d.case.id}.yaml`),
      `# ${text(d)}\n# ${d.case.meshConfig ?? ''}\n${small}\n`,
    );
  }
  return [...byCode, ...found.filter((d) => !byCode.includes(d))].map((d) => `${text(d)} (${folder})`);
}

async function shrink(context: RealContext, d: Disagreement): Promise<string> {
  let objects = objectsOf(d.case.yaml);
  const disagrees = (c: Compared, a: Analysis) => disagreements(c, a).some((x) => keyOf(x) === keyOf(d) && x.by === d.by);
  for (;;) {
    const smaller = objects.map((_, i) => ({
      ...d.case,
      id: `${i}`,
      yaml: yamlOf(objects.filter((_, j) => i !== j)),
    }));
    const answers = smaller.length > 1 ? await context.istio.analyze(smaller) : [];
    const i = answers.findIndex((a, k) => disagrees(smaller[k]!, a));
    if (i < 0) return yamlOf(objects);
    objects = objects.filter((_, j) => j !== i);
  }
}

const text = (d: Disagreement) =>
  `${d.case.id}: ${d.by === 'us' ? 'only we' : 'only istioctl'}: ${d.code} ${d.resource}: ${d.messages.join(' | ')}`;
