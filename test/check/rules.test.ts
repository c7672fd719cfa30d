import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createColors } from 'picocolors';
import { check } from '../../src/check/check';
import { RULES } from '../../src/check/rules';
import { diagnosticText } from '../../src/check/text';
import { readManifests } from '../../src/manifests/files';
import { meshConfigBeside } from './support';

// Each rule has a folder: bad.yaml has the fault, good.yaml is the same with one edit, output.txt is what is said of the bad
// one (written anew with UPDATE_OUTPUT=1). A meshconfig.yaml beside is the mesh's.
const FOLDER = join(__dirname, 'rules');
const NOW = new Date('2026-12-01T12:00:00Z');
const plain = createColors(false);

const found = (rule: string, file: string) => {
  const read = readManifests([file], join(FOLDER, rule));
  return { read, report: check(read, { now: NOW, ...meshConfigBeside(join(FOLDER, rule)) }) };
};

test('every rule has its cases, and every folder its rule', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(RULES.map((r) => r.name).sort());
});

test('ids and names are used once', () => {
  expect(new Set(RULES.map((r) => r.id)).size).toBe(RULES.length);
  expect(new Set(RULES.map((r) => r.name)).size).toBe(RULES.length);
  for (const r of RULES) expect(r.id).toMatch(/^MESH\d{3}$/);
  // suppressions are judged when all others have been asked
  const ids = RULES.filter((r) => !r.name.startsWith('suppression-')).map((r) => r.id);
  expect(ids).toEqual([...ids].sort());
});

describe.each(RULES.map((r) => r.name))('%s', (name) => {
  test('finds the fault, says it as recorded, and finds no other error', () => {
    const { read, report } = found(name, 'bad.yaml');
    const own = report.diagnostics.filter((d) => d.rule === name);
    expect(own).not.toEqual([]);
    for (const d of report.diagnostics)
      expect(RULES.find((r) => r.id === d.id)!.codes).toEqual(expect.arrayContaining([...d.codes]));
    const output = `${own.map((d) => diagnosticText(d, read.lineOf, plain)).join('\n\n')}\n`;
    const file = join(FOLDER, name, 'output.txt');
    if (process.env.UPDATE_OUTPUT || !existsSync(file)) {
      if (process.env.CI) throw new Error(`${file} is not there`);
      writeFileSync(file, output);
    }
    expect(output).toBe(readFileSync(file, 'utf8'));
  });

  test('finds nothing after one edit', () => {
    const { report } = found(name, 'good.yaml');
    expect(report.diagnostics.filter((d) => d.rule === name)).toEqual([]);
  });

  test('good is bad with one edit', () => {
    const [bad, good] = ['bad.yaml', 'good.yaml'].map((f) => readFileSync(join(FOLDER, name, f), 'utf8').split('\n'));
    let from = 0;
    while (bad![from] === good![from] && from < bad!.length) from++;
    let end = 0;
    while (bad!.at(-1 - end) === good!.at(-1 - end) && end < Math.min(bad!.length, good!.length) - from) end++;
    const edited = Math.max(bad!.length, good!.length) - from - end;
    expect(edited).toBeGreaterThan(0);
    expect(edited).toBeLessThanOrEqual(20);
  });
});
