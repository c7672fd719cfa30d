import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { CheckedMesh } from '../../src/check/checked-mesh';
import { diagnosticOf } from '../../src/check/diagnostic';
import { type At, SEVERITIES } from '../../src/check/rule';
import { RULES } from '../../src/check/rules';
import { type FieldPath, fieldText } from '../../src/manifests/manifest';
import { parseManifests } from '../../src/manifests/parse';

// All rules over mutated objects of all kinds: whatever manifests hold, rules answer, with places that are there.
interface Seed {
  readonly documents: readonly object[];
  readonly meshConfig: Record<string, unknown> | undefined;
}

const root = join(__dirname, '..', '..');
const yamlIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((f) => /\.ya?ml$/.test(f))
    .map((f) => join(root, folder, f));
const documentsOf = (file: string): object[] =>
  parseAllDocuments(readFileSync(file, 'utf8'), { logLevel: 'silent' })
    .map((d) => (d.errors.length > 0 ? undefined : d.toJS()))
    .filter((d) => typeof d === 'object' && d !== null && !Array.isArray(d));
const SEEDS: readonly Seed[] = [
  ...readdirSync(join(__dirname, 'rules')).map((rule): Seed => {
    const config = join(__dirname, 'rules', rule, 'meshconfig.yaml');
    return {
      documents: documentsOf(join(__dirname, 'rules', rule, 'bad.yaml')),
      meshConfig: existsSync(config) ? parse(readFileSync(config, 'utf8')) : undefined,
    };
  }),
  ...yamlIn('dist').map((file): Seed => ({ documents: documentsOf(file).slice(0, 20), meshConfig: undefined })),
].filter((s) => s.documents.length > 0);

/** Every place in a value, as a path. */
function paths(value: unknown, at: FieldPath = []): FieldPath[] {
  const inner =
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([k, v]) => paths(v, [...at, Array.isArray(value) ? Number(k) : k]))
      : [];
  return at.length === 0 ? inner : [at, ...inner];
}

const at = (value: unknown, path: FieldPath): unknown => path.reduce<any>((v, key) => v?.[key], value);

/** Leaves something out, writes it twice, or writes something else there: of another place, or what nobody expects. */
function mutate(documents: object[], [d, p, how, other]: readonly [number, number, number, number]): void {
  const document = documents[d % documents.length]!;
  const all = paths(document).filter((x) => x[0] !== 'kind' && x[0] !== 'apiVersion');
  if (all.length === 0) return;
  const path = all[p % all.length]!;
  const parent = at(document, path.slice(0, -1)) as any;
  const key = path.at(-1)!;
  const odd = [
    null,
    {},
    [],
    [null],
    [{}],
    '',
    '*',
    '.',
    '/',
    'a.b',
    'a/b/c',
    ':',
    0,
    -1,
    65_536,
    1.5,
    true,
    ['x'],
    'none',
    '~/x',
    'X',
  ];
  const donor = documents[other % documents.length]!;
  const there = paths(donor);
  switch (how % 4) {
    case 0:
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else delete parent[key];
      return;
    case 1:
      if (Array.isArray(parent)) parent.push(structuredClone(parent[Number(key)]));
      else parent[`${key}x`] = structuredClone(parent[key]);
      return;
    case 2:
      parent[key] = structuredClone(odd[other % odd.length]);
      return;
    default:
      parent[key] = structuredClone(at(donor, there[(p + other) % there.length]!));
  }
}

/** What is wrong with a place that a rule names. */
function misplaced(place: At, lines: number): string | undefined {
  if ('place' in place) return place.place.line >= 1 && place.place.line <= lines ? undefined : 'a line that is not in the file';
  const { manifest, path } = place;
  const { line, column } = manifest.place(path);
  if (!(line >= 1 && line <= lines && column >= 1)) return `a line that is not in the file: ${line}`;
  // what has to be there may be missing with all that it is in
  const parent = at(manifest.object, path.slice(0, -1)) ?? at(manifest.object, path.slice(0, -2));
  if (path.length > 0 && (typeof parent !== 'object' || parent === null))
    return `no field, and no parent of one: ${fieldText(path)}`;
  return undefined;
}

test('rules answer whatever manifests hold, and say where', () => {
  const wrong = new Map<string, string>();
  const spoke = new Set<string>();
  fc.assert(
    fc.property(
      fc.nat(SEEDS.length - 1),
      fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat()), { maxLength: 6 }),
      (s, mutations) => {
        const seed = SEEDS[s]!;
        const documents = structuredClone(seed.documents) as object[];
        for (const m of mutations) mutate(documents, m);
        const yaml = documents.map((d) => stringify(d)).join('---\n');
        const lines = yaml.split('\n').length;
        const mesh = new CheckedMesh(parseManifests(yaml, 'x.yaml'), seed.meshConfig ? { meshConfig: seed.meshConfig } : {});
        for (const rule of RULES) {
          const say = (what: string) => wrong.set(`${rule.name}: ${what}`, yaml);
          try {
            for (const found of rule.check(mesh, RULES)) {
              spoke.add(rule.name);
              for (const place of [found.at, ...(found.related ?? []).map((r) => r.at)]) {
                const what = misplaced(place, lines);
                if (what) say(what);
              }
              const d = diagnosticOf(rule, found);
              if (!SEVERITIES.includes(d.severity) || !/^MESH\d{3}$/.test(d.id)) say('no severity or id');
              const text = `${d.message} ${d.hint ?? ''} ${d.related.map((r) => r.message)}`;
              if (d.message === '' || /\bundefined\b|\bNaN\b|\[object/.test(text)) say(text);
            }
          } catch (e) {
            say((e as Error).stack?.split('\n').slice(0, 3).join(' ') ?? String(e));
          }
        }
      },
    ),
    { numRuns: Number(process.env.RUNS ?? RULES.length), seed: Number(process.env.SEED ?? 11) },
  );
  expect([...wrong.keys()]).toEqual([]);
  // those about suppressions need them to be written
  expect(spoke.size).toBeGreaterThan(RULES.length * 0.4);
});
