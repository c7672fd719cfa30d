import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import { fieldText } from '../../src/manifests/manifest';
import { allRows } from '../validation/rows/all';
import { edited } from '../validation/rows/objects';
import type { Verdict } from './istio';
import type { RealContext } from './lane';
import { parseManifests, readYaml } from './manifests';
import { expectNone, type Report } from './report';
import { Dice } from './trace/dice';
import { ours, theirs } from './validation/compare';
import { mutate } from './validation/mutate';

export const name = 'validation';

/** Mutations of a run, where `--count` says no other number. */
const MUTATIONS = 2_000;
const CHUNK = 5_000;
/** From here on a kind of which hardly any object was refused, or taken, is a failure. */
const LONG_RUN = 20_000;
const ENOUGH = 100;

/** Istio says of each wrong object of the unit tests what they say that we say. */
async function unitTests({ istio }: RealContext, report: Report): Promise<void> {
  const objects = allRows.map(([name, edit]) => edited(name, edit).object);
  const verdicts = await istio.validate(objects.map((o, i) => ({ id: String(i), yaml: text(o) })));
  const differ = objects.flatMap((object, i) => {
    const [verdict] = verdicts[i]!;
    const [a, b] = [verdict && theirs(verdict), ours(object)];
    if (!verdict || !a || !b) return [`row ${JSON.stringify(allRows[i])} has types that do not fit: ${verdict?.errors}`];
    return isDeepStrictEqual(a, b.judgement) ? [] : [difference(i, object, verdict, b)];
  });
  await report.check(`of the ${objects.length} edited objects of the unit tests Istio says the same`, () =>
    expectNone('disagreements', differ),
  );
}

/** Our validation decides of mutated objects of every kind as Istio's webhook does: refused, warned of, rules that are never used. */
export async function run(context: RealContext, report: Report): Promise<void> {
  await unitTests(context, report);
  const right = [path.join(__dirname, 'validation'), path.join(context.repository, 'dist')]
    .flatMap((folder) => parseManifests(readYaml(folder)))
    .filter((o) => /istio\.io\//.test(o.apiVersion) && !o.apiVersion.startsWith('gateway.'));
  const byKind = new Map<string, (typeof right)[number][]>();
  for (const o of right) byKind.set(o.kind, [...(byKind.get(o.kind) ?? []), o]);
  // kinds with more fields have more to go wrong
  const kinds = [...byKind.keys()].flatMap((k) => Array<string>(byKind.get(k)!.length > 1 ? 3 : 1).fill(k));
  const count = context.count ?? MUTATIONS;
  const differ: string[] = [];
  const byAnswer = new Map(kinds.map((k) => [k, { refused: 0, taken: 0 }]));
  const said = { compared: 0, refused: 0, warned: 0, unreachable: 0, ineffective: 0 };
  for (let from = 0; from < count; from += CHUNK) {
    const objects = Array.from({ length: Math.min(CHUNK, count - from) }, (_, i) => {
      const dice = new Dice(context.seed * 1_000_000 + from + i);
      const kind = dice.pick(kinds);
      const id = from + i;
      return id < right.length ? right[id]! : mutate(dice.pick(byKind.get(kind)!), dice);
    });
    const verdicts = await context.istio.validate(objects.map((o, i) => ({ id: String(from + i), yaml: text(o) })));
    for (const [i, object] of objects.entries()) {
      const [verdict] = verdicts[i]!;
      const [a, b] = [verdict && theirs(verdict), ours(object)];
      if (!verdict || !a || !b) continue;
      said.compared++;
      if (a.refused) said.refused++;
      byAnswer.get(object.kind)![a.refused ? 'refused' : 'taken']++;
      if (a.warned) said.warned++;
      said.unreachable += a.unreachable.length;
      said.ineffective += a.ineffective.length;
      if (!isDeepStrictEqual(a, b.judgement)) differ.push(difference(from + i, object, verdict, b));
    }
  }
  const counts = Object.entries(said).map(([k, n]) => `${n} ${k}`);
  await report.check(`of ${count} mutated objects our validation says what Istio's says (${counts.join(', ')})`, () =>
    expectNone(`${differ.length} disagreements`, differ),
  );
  if (count >= LONG_RUN)
    await report.check(`of each kind at least ${ENOUGH} objects were refused, and as many taken`, () =>
      expectNone(
        'too rare',
        [...byAnswer]
          .filter(([, n]) => n.refused < ENOUGH || n.taken < ENOUGH)
          .map(([kind, n]) => `${kind}: ${n.refused} refused, ${n.taken} taken`),
      ),
    );
}

/** JSON is YAML, and leaves nothing to YAML's own types. */
const text = (object: unknown) => JSON.stringify(object);

function difference(id: number, object: unknown, verdict: Verdict, b: NonNullable<ReturnType<typeof ours>>): string {
  const problems = b.problems.map((p) => `    ${p.severity} ${fieldText(p.path)}: ${p.message}`);
  return [
    `mutation ${id}: Istio says ${JSON.stringify(theirs(verdict))}, we say ${JSON.stringify(b.judgement)}`,
    `  Istio: ${JSON.stringify([...verdict.errors, ...verdict.warnings])}`,
    `  we:\n${problems.join('\n')}`,
    stringify(object).replace(/^/gm, '    '),
  ].join('\n');
}
