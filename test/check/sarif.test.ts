import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { check } from '../../src/check/check';
import { githubAnnotation } from '../../src/check/github';
import { RULES } from '../../src/check/rules';
import { sarif } from '../../src/check/sarif';
import { readManifests } from '../../src/manifests/files';
import { parseManifests } from '../../src/manifests/parse';
import { meshConfigBeside } from './support';

const FOLDER = join(__dirname, 'rules');
const NOW = new Date('2026-12-01T12:00:00Z');

// What SARIF 2.1.0 asks of the properties that we write; no other may be there.
const text = { type: 'string', minLength: 1 };
const only = (properties: Record<string, object>, required: readonly string[]) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const list = (items: object) => ({ type: 'array', items });
const message = only({ text }, ['text']);
const tags = only({ tags: { type: 'array', items: text, uniqueItems: true } }, ['tags']);
const level = { enum: ['none', 'note', 'warning', 'error'] };
const place = {
  physicalLocation: only(
    {
      artifactLocation: only({ uri: { type: 'string', pattern: '^[^\\\\\\s]+$' } }, ['uri']),
      region: only({ startLine: { type: 'integer', minimum: 1 }, startColumn: { type: 'integer', minimum: 1 } }, ['startLine']),
    },
    ['artifactLocation'],
  ),
  logicalLocations: list(only({ fullyQualifiedName: text, kind: { const: 'resource' } }, ['fullyQualifiedName'])),
};
const result = only(
  {
    ruleId: { enum: RULES.map((r) => r.id) },
    ruleIndex: { type: 'integer', minimum: 0, maximum: RULES.length - 1 },
    level,
    message,
    locations: { ...list(only(place, ['physicalLocation'])), minItems: 1 },
    relatedLocations: { ...list(only({ id: { type: 'integer', minimum: 0 }, message, ...place }, ['id'])), uniqueItems: true },
    suppressions: list(only({ kind: { enum: ['inSource', 'external'] }, justification: text }, ['kind'])),
    properties: tags,
  },
  ['ruleId', 'level', 'message', 'locations'],
);
const rule = only(
  {
    id: text,
    name: text,
    shortDescription: message,
    fullDescription: message,
    help: message,
    defaultConfiguration: only({ level }, ['level']),
    properties: tags,
  },
  ['id'],
);
const driver = only({ name: text, version: text, rules: list(rule) }, ['name']);
const run = only(
  { tool: only({ driver }, ['driver']), columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] }, results: list(result) },
  ['tool'],
);
const isSarif = new Ajv({ allErrors: true }).compile(
  only({ $schema: text, version: { const: '2.1.0' }, runs: list(run) }, ['version', 'runs']),
);

const reportOf = (rule: string) =>
  check(readManifests(['bad.yaml'], join(FOLDER, rule)), { now: NOW, ...meshConfigBeside(join(FOLDER, rule)) });
const reports = new Map(readdirSync(FOLDER).map((rule) => [rule, reportOf(rule)]));

test('what every rule finds is SARIF 2.1.0', () => {
  const all = [...reports.values()];
  const diagnostics = all.flatMap((r) => r.diagnostics);
  const written = JSON.parse(JSON.stringify(sarif({ ...all[0]!, diagnostics }, RULES, '0.1.0', (file) => file)));
  expect([isSarif(written), isSarif.errors]).toEqual([true, null]);
  const { results } = written.runs[0];
  expect(new Set(results.map((r: { ruleIndex: number }) => r.ruleIndex)).size).toBe(RULES.length);
  for (const { ruleId, ruleIndex } of results) expect(RULES[ruleIndex]!.id).toBe(ruleId);
});

test('what is suppressed is a result with its reason', () => {
  const yaml = `apiVersion: v1
kind: Service
metadata: { name: web, annotations: { mesh.cdk8s.io/ignore: 'schema: it gets ports on Monday' } }
spec: { selector: { app: web } }
`;
  const written = JSON.parse(
    JSON.stringify(sarif(check(parseManifests(yaml, 'a.yaml'), { now: NOW }), RULES, '0.1.0', (f) => f)),
  );
  expect([isSarif(written), isSarif.errors]).toEqual([true, null]);
  expect(written.runs[0].results).toMatchObject([
    { ruleId: 'MESH006', suppressions: [{ kind: 'inSource', justification: 'it gets ports on Monday' }] },
  ]);
});

test.each(readdirSync(FOLDER))('places are the same where lines end as on Windows: %s', (rule) => {
  const yaml = readFileSync(join(FOLDER, rule, 'bad.yaml'), 'utf8').replace(/\n/g, '\r\n');
  const { diagnostics } = check(parseManifests(yaml, 'bad.yaml'), { now: NOW, ...meshConfigBeside(join(FOLDER, rule)) });
  expect(diagnostics.map(githubAnnotation)).toEqual(reports.get(rule)!.diagnostics.map(githubAnnotation));
});
