import fc from 'fast-check';
import { SCHEMAS } from '../../imports/schemas';
import { KINDS } from '../../imports/shapes';
import { parseManifests } from '../../src/manifests/parse';
import { misshapen } from '../../src/manifests/shape';
import { schemaProblems } from '../../src/schema/schema-problems';
import { mutated } from '../real/schema/mutate';
import { valueFor } from '../real/schema/random-value';
import { Dice } from '../real/trace/dice';

const RUNS = Number(process.env.FC_RUNS ?? 2_000);
const kinds = Object.entries(SCHEMAS).map(([key, { versions }]) => ({ key, version: versions[0]! }));

/** A random object of one of Istio's kinds, as text. */
const objects = fc.tuple(fc.constantFrom(...kinds), fc.nat()).map(([{ key, version }, seed]) => {
  const [group, kind] = key.split('/');
  const dice = new Dice(seed);
  const seedObject = { apiVersion: `${group}/${version}`, kind, metadata: { name: 'a', namespace: 'shop' }, spec: {} };
  return JSON.stringify(mutated(key, [mutated(key, [seedObject], dice)], dice));
});

test('whatever stands in an object, its problems are told with words and a path, and what the door refuses has some', () => {
  const wrong: string[] = [];
  fc.assert(
    fc.property(objects, (text) => {
      const { manifests, unreadable } = parseManifests(text, 'a');
      for (const manifest of [...manifests, ...unreadable.map((u) => u.manifest!)]) {
        const problems = schemaProblems(manifest);
        if (misshapen(manifest.object) && problems.length === 0) wrong.push(`nothing is told of ${text}`);
        for (const { message } of problems) if (/undefined|\[object|NaN/.test(message)) wrong.push(`${message}: ${text}`);
      }
    }),
    { numRuns: RUNS },
  );
  expect(wrong).toEqual([]);
});

test('an object with a field that no kind has is refused wherever the field stands, and what is said names it', () => {
  const silent: string[] = [];
  fc.assert(
    fc.property(objects, fc.nat(), (text, seed) => {
      const object = JSON.parse(text);
      const dice = new Dice(seed);
      const places: any[] = [object];
      const shape = KINDS[`${object.apiVersion.split('/')[0]}/${object.kind}`]!;
      object.spec = (valueFor(shape, dice) as { spec?: unknown }).spec ?? {};
      const within = (v: any) => {
        if (typeof v !== 'object' || v === null) return;
        places.push(v);
        Object.values(v).forEach(within);
      };
      within(object.metadata);
      const at = dice.pick(places.filter((p) => !Array.isArray(p)));
      at.noSuchField = {};
      const { manifests, unreadable } = parseManifests(JSON.stringify(object), 'a');
      const problems = [...manifests, ...unreadable.map((u) => u.manifest!)].flatMap((m) => schemaProblems(m));
      if (!problems.some((p) => p.path.includes('noSuchField'))) silent.push(JSON.stringify(object));
    }),
    { numRuns: RUNS / 4 },
  );
  expect(silent).toEqual([]);
});
