import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseAllDocuments, stringify } from 'yaml';
import { quickValue } from '../../src/manifests/quick';
import { OPTIONS } from '../../src/manifests/yaml-options';

// The quick reader gives what the reader with places gives, or nothing.

const slowly = (text: string): { value: unknown } | undefined => {
  const documents = parseAllDocuments(text, OPTIONS) as any[];
  if (documents.length > 1 || documents.some((d) => d.errors.length > 0)) return undefined;
  return { value: documents.length === 0 ? undefined : documents[0].toJS() };
};
/** Nothing and null are the same to Kubernetes. */
const nothing = (v: unknown) => (v === undefined ? null : v);

const same = (text: string) => {
  const quick = quickValue(text);
  if (quick) expect({ text, value: nothing(quick.value) }).toEqual({ text, value: nothing(slowly(text)?.value) });
};

const DIST = join(__dirname, '..', '..', 'dist');
const DOCUMENTS = readdirSync(DIST, { recursive: true, encoding: 'utf8' })
  .filter((f) => f.endsWith('.yaml'))
  .flatMap((f) => readFileSync(join(DIST, f), 'utf8').split(/^---$/m));

/** Text over several lines, and what Envoy alone is told (`:authority`, regexes), are left to the other reader. */
const RARE = /^kind: (ConfigMap|EnvoyFilter)$/m;

test('reads all of what we write, but what is rare', () => {
  expect(DOCUMENTS.length).toBeGreaterThan(50);
  for (const text of DOCUMENTS) {
    if (!RARE.test(text)) expect(quickValue(text)).toBeDefined();
    same(text);
  }
});

test.each([
  'spec: { mtls: { mode: STRICT } }',
  "match: [{ headers: { x: { exact: '1' } }, uri: {prefix: /a} }, { port: 80 }]",
  'route: [{ destination: { host: a, port: { number: 80 } }, weight: 10, }]',
  'a: [[1, 2], [x, [y]], {}, []]',
  '- { a: [b, c,], d: {e: [f] } }',
])('reads brackets within brackets: %s', (text) => {
  expect(quickValue(text)).toBeDefined();
  same(text);
});

test.each(['a: {b: [c}', 'a: [b, , c]', 'a: {b: {c: null}}', 'a: {b: {null: c}}', 'a: {b: {c}}', 'a: {b: {c: ~}}', 'a: [b: c]'])(
  'leaves what is rare in brackets to the other reader: %s',
  (text) => same(text),
);

const SCALARS = [
  ...['yes', 'No', 'on', 'OFF', 'y', 'n', 'Y', 'true', 'True', 'TRUE', 'tRUE', 'null', 'Null', '~', '', 'nULL'],
  ...[
    '0',
    '00',
    '07',
    '08',
    '0b11',
    '0x1F',
    '0o7',
    '1_000',
    '-1',
    '+1',
    '- 1',
    '1.',
    '.5',
    '1.5e3',
    '1e3',
    '.inf',
    '-.Inf',
    '.nan',
  ],
  ...[
    '1:30',
    '190:20:30',
    '2026-11-21',
    '2001-12-14t21:59:43.10-05:00',
    '1.2.3',
    '10.0.0.0/8',
    'a: b',
    'a:b',
    'http://x',
    'x #y',
    'x#y',
  ],
  ...[
    '"a\\tb"',
    "'it''s'",
    '"\\u00e9"',
    '"a\\\n  b"',
    '|\n  a\n  b',
    '>-\n  a\n  b',
    '|+\n  a\n',
    '[a, b]',
    '{a: 1}',
    '[]',
    '{}',
    '*',
    '"*"',
  ],
  ...[
    '-',
    '- a',
    '?',
    '!x',
    '!!str 1',
    '&a b',
    '*a',
    '<<',
    '=',
    '9999999999999999999',
    '1e999',
    '__proto__',
    'é',
    '\u0085',
    'a\u2028b',
  ],
];
const scalar = fc.oneof(
  fc.constantFrom(...SCALARS),
  fc.string({ maxLength: 12 }),
  fc.integer().map(String),
  fc.double().map(String),
);

test('scalars are the same', () => {
  fc.assert(
    fc.property(scalar, scalar, fc.nat(3), (a, b, form) => {
      same([`k: ${a}`, `k:\n  - ${a}\n  - ${b}\n`, `{k: ${a}, l: [${b}]}`, `${a}: ${b}\nm: 1`][form]!);
    }),
    { numRuns: 1500 },
  );
});

test('values that are written come back', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      same(stringify(value, { version: '1.1' }));
      same(stringify(value));
      same(JSON.stringify(value));
      same(stringify(value, { version: '1.1' }).replaceAll('\n', '\r\n'));
    }),
    { numRuns: 300 },
  );
});

test('broken text is not made sense of in two ways', () => {
  const edit = fc.record({
    at: fc.nat(),
    cut: fc.nat(6),
    put: fc.constantFrom('', ' ', '  ', '\n', '- ', ': ', '#', '"', "'", '{', '}', '[', ']', ',', '|', '>', '\r\n', 'x'),
  });
  fc.assert(
    fc.property(fc.constantFrom(...DOCUMENTS), fc.array(edit, { minLength: 1, maxLength: 3 }), (text, edits) => {
      same(
        edits.reduce(
          (t, { at, cut, put }) => {
            const i = at % (t.length + 1);
            return t.slice(0, i) + put + t.slice(i + cut);
          },
          text.slice(0, 1500),
        ),
      );
    }),
    { numRuns: 800 },
  );
});

test.each([
  ['e1', 'e1'],
  ['.', '.'],
  ['1e3', 1000],
  ['08', 8],
  ['010', 8],
  ['0o10', 8],
  ['0x_1F', 31],
  ['-0b11', -3],
  ['1_000', 1000],
  ['1:30', '1:30'],
  ['.5', 0.5],
  ['.5_0', '.5_0'],
  ['12e03', 12_000],
  ['2026-11-21', '2026-11-21'],
  ['1.2.3', '1.2.3'],
  ['on', true],
  ['~', null],
])('%s is what Go takes it for', (text, value) => {
  expect(slowly(`k: ${text}`)?.value).toEqual({ k: value });
  same(`k: ${text}`);
});

test('lines that end as on Windows are read as quickly', () => {
  const yaml = 'kind: Service\nmetadata:\n  name: web # the shop\nspec:\n  ports:\n    - port: 80\n      name: http\n';
  expect(quickValue(yaml.replaceAll('\n', '\r\n'))).toEqual(quickValue(yaml));
  expect(quickValue(yaml)).toBeDefined();
});
