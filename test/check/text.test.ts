import { createColors } from 'picocolors';
import type { Diagnostic } from '../../src/check/diagnostic';
import { excerpt } from '../../src/check/excerpt';
import { githubAnnotation } from '../../src/check/github';
import { checkText, diagnosticText } from '../../src/check/text';

const plain = createColors(false);
const finding = (more: Partial<Diagnostic>): Diagnostic => ({
  rule: 'schema',
  id: 'MESH006',
  codes: [],
  severity: 'error',
  message: 'is wrong',
  file: 'a.yaml',
  line: 1,
  column: 1,
  related: [],
  ...more,
});

describe('what is meant is underlined', () => {
  test.each([
    ['        subset: v2   # canary of Monday', 'subset', 'subset: v2'],
    ['        host: "a # b"  # short', 'host', 'host: "a # b"'],
    ["        host: 'it''s # b' # short", 'host', "host: 'it''s # b'"],
    ["        reason: it's nobody's # really", 'reason', "reason: it's nobody's"],
    ['  path: /a#b', 'path', 'path: /a#b'],
    ['    route: [{destination: {host: r, subset: v9}, weight: 50}, {weight: 50}] # end', 'subset', 'subset: v9'],
    ['    route: [{destination: {host: r, subset: v9}, weight: 50}, {weight: 50}] # end', 'host', 'host: r'],
    [
      '    route: [{destination: {host: r, subset: v9}, weight: 50}, {weight: 50}] # end',
      'destination',
      'destination: {host: r, subset: v9}',
    ],
    [
      '    route: [{destination: {host: r}, weight: 50}, {weight: 50}] # end',
      'route',
      'route: [{destination: {host: r}, weight: 50}, {weight: 50}]',
    ],
    ['    match: [{uri: {exact: "/a,}b"}}]', 'exact', 'exact: "/a,}b"'],
    ['  hosts: [a, b]', 'b]', 'b'],
    ['  - port: {number: 81}   ', 'port', 'port: {number: 81}'],
    ['      "host": "reviews",', '"host"', '"host": "reviews"'],
    ['spec:', 'spec', 'spec:'],
    ['  key: "never closed', 'key', 'key: "never closed'],
  ])('%j from %j', (line, from, marked) => {
    const { text, indent, marks } = excerpt(line, line.indexOf(from) + 1);
    expect(text).toBe(line.trimEnd());
    expect(text.slice(indent.length, indent.length + marks.length)).toBe(marked);
  });

  test('below it, also after tabs and wide characters', () => {
    expect(excerpt('\t- a: b', 4)).toEqual({ text: '\t- a: b', indent: '\t  ', marks: '^^^^' });
    expect(excerpt('{x: 日本, y: 日}', 9)).toEqual({ text: '{x: 日本, y: 日}', indent: ' '.repeat(10), marks: '^^^^^' });
  });

  test('a column that the line has not is its end', () => {
    expect(excerpt('abc', 9)).toEqual({ text: 'abc', indent: '  ', marks: '^' });
  });
});

test('of a long line a part around the place is shown', () => {
  const line = `{"a":${'1'.repeat(5_000)},"host":"reviews","b":${'2'.repeat(5_000)}}`;
  const { text, indent, marks } = excerpt(line, line.indexOf('"host"') + 1);
  expect(text.length).toBe(112);
  expect(text).toMatch(/^…1+,"host":"reviews","b":2+…$/);
  expect(text.slice(indent.length, indent.length + marks.length)).toBe('"host":"reviews"');
  expect(excerpt(line, 1).text).toMatch(/^\{"a":1+…$/);
  expect(excerpt(line, 1).marks.length).toBe(110);
  expect(excerpt(line, line.length).text).toMatch(/^…2+\}$/);
});

test('a line is not gone through for each of its findings', () => {
  const line = `[${'{"host":"reviews"},'.repeat(300_000)}1]`;
  const start = process.cpuUsage();
  for (let n = 1_000; n < 3_000; n++) {
    const { text, indent, marks } = excerpt(line, 1 + 19 * (n + 100_000) + 2);
    if (text.slice(indent.length, indent.length + marks.length) !== '"host":"reviews"') throw new Error(text);
  }
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1_000).toBeLessThan(3_000);
});

test('control characters of manifests and names of files reach no terminal', () => {
  const evil = '\u001b[31m\u009b2J\r\nx\u0007\u007f';
  const d = finding({
    message: `a ${evil}`,
    hint: `b ${evil}`,
    file: `c${evil}.yaml`,
    resource: { apiVersion: 'v1', kind: 'Service', namespace: '', name: evil },
    field: evil,
    construct: evil,
    source: evil,
    related: [{ message: evil, file: evil, line: 1, column: 1 }],
  });
  const summary = { objects: 1, errors: 1, warnings: 0, infos: 0, suppressed: 1, refused: 0, lessSevere: 0, ofOtherRules: 0 };
  const suppressed = [{ diagnostic: d, suppression: { reason: evil, rule: 'schema' } as never }];
  const text = checkText({ diagnostics: [d], suppressed, summary }, () => `key: "${evil.replace('\n', '')}"`, plain);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  for (const out of [text.replace(/\n/g, ''), githubAnnotation(d)]) expect(out).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  expect(text.split('\n')[0]).toBe('error[MESH006]: a \\u001b[31m\\u009b2J\\r\\nx\\u0007\\u007f');
  expect(diagnosticText(d, () => undefined, plain)).toContain('(Service \\u001b[31m');
});
