import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { readManifests } from '../../src/manifests/files';
import { fieldText, placeText } from '../../src/manifests/manifest';
import { parseManifests } from '../../src/manifests/parse';

const service = (name: string, more = '') => `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\n${more}`;
const read = (text: string) => parseManifests(text, 'a.yaml');
const names = (text: string) => read(text).manifests.map((m) => m.name);

describe('what is read', () => {
  test.each([
    [
      'several documents, comments, empty ones',
      `# head\n---\n${service('a')}---\n---\n# nothing\n---\n${service('b')}...\n`,
      ['a', 'b'],
    ],
    ['CRLF', service('a').replaceAll('\n', '\r\n'), ['a']],
    ['a byte order mark', `\uFEFF${service('a')}`, ['a']],
    ['JSON', JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' } }), ['a']],
    [
      'a List',
      `apiVersion: v1\nkind: List\nitems:\n- ${service('a').replaceAll('\n', '\n  ')}\n- ${service('b').replaceAll('\n', '\n  ')}`,
      ['a', 'b'],
    ],
    ['a ServiceList', `apiVersion: v1\nkind: ServiceList\nitems:\n- ${service('a').replaceAll('\n', '\n  ')}`, ['a']],
    [
      'a ServiceList whose items do not say what they are',
      'apiVersion: v1\nkind: ServiceList\nitems:\n- metadata: {name: a}\n',
      ['a'],
    ],
    ['anchors and merge keys', `${service('a', 'spec:\n  base: &b {x: 1}\n  more: {<<: *b, y: 2}\n')}`, ['a']],
    ['nothing at all', '\n# only this\n', []],
  ])('%s', (_what, text, expected) => {
    expect(read(text).unreadable).toEqual([]);
    expect(names(text)).toEqual(expected);
  });

  test('values as Kubernetes reads them: YAML 1.1 without times and base 60', () => {
    const text = service(
      'a',
      'spec: {on: on, quoted: "yes", time: 2026-01-01, hours: 12:30, octal: 010, text: 1.10.1, merged: {<<: {a: 1}, b: 2}}\n',
    );
    expect(read(text).manifests[0]!.object.spec).toEqual({
      true: true,
      quoted: 'yes',
      time: '2026-01-01',
      hours: '12:30',
      octal: 8,
      text: '1.10.1',
      merged: { a: 1, b: 2 },
    });
  });
});

test('items of a list of one kind are of that kind', () => {
  const { manifests } = read(
    'apiVersion: a/v1\nkind: CatList\nitems:\n- metadata: {name: a}\n- {apiVersion: v1, kind: Service, metadata: {name: b}}\n',
  );
  expect(manifests.map((m) => [m.apiVersion, m.kind])).toEqual([
    ['a/v1', 'Cat'],
    ['v1', 'Service'],
  ]);
});

test.each([
  ['apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n', /kustomize's, .*"kustomize build"/],
  ['apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n', /kustomize's/],
  ['apiVersion: skaffold/v4beta11\nkind: Config\nmetadata: {name: x}\n', /Skaffold's/],
  ['apiVersion: v2\nname: shop\nversion: 0.1.0\n', /Helm chart, .*"helm template"/],
])('files of other tools are no objects, and no errors: %j', (text, says) => {
  const { manifests, unreadable } = read(text);
  expect(manifests).toEqual([]);
  expect(unreadable).toEqual([{ place: expect.anything(), message: expect.stringMatching(says), foreign: true }]);
});

test('floats have a digit, as for Go', () => {
  const text = service('a', 'spec: {dot: ., e2: e2, minus: -.e1, is: [.5, 5., 1.5e3, 1e3, 1_0.5]}\n');
  expect(read(text).manifests[0]!.object.spec).toEqual({ dot: '.', e2: 'e2', minus: '-.e1', is: [0.5, 5, 1500, 1000, 10.5] });
});

test('fields without a value are left out and remembered; in lists they stay', () => {
  const [manifest] = read(service('a', 'metadata2: ~\nspec: {a: ~, b: [{c: ~, d: 1}, ~]}\n')).manifests;
  expect(manifest!.object).toEqual({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: { b: [{ d: 1 }, null] } });
  expect(manifest!.empty).toEqual([['metadata2'], ['spec', 'a'], ['spec', 'b', 0, 'c']]);
  expect(read(service('a')).manifests[0]).not.toHaveProperty('empty');
});

test('an object that holds a value of a wrong type is there to be looked at', () => {
  const { manifests, unreadable } = read(service('a', 'spec: {ports: [{port: x}]}\n'));
  expect(manifests).toEqual([]);
  const [{ manifest, place }] = unreadable as [Required<(typeof unreadable)[0]>];
  expect(manifest).toMatchObject({ kind: 'Service', name: 'a', object: { spec: { ports: [{ port: 'x' }] } } });
  expect(placeText(manifest.place(['spec', 'ports', 0, 'port']))).toBe(placeText(place));
});

describe('places', () => {
  const text = `${service('a')}---\n# here\napiVersion: v1\nkind: Service\nmetadata:\n  name: b\nspec:\n  ports:\n    - port: 80\n      name: http\n    - {port: 81}\n`;
  test.each([
    [['metadata', 'name'], 'a.yaml:10:3'],
    [['spec', 'ports', 0, 'name'], 'a.yaml:14:7'],
    [['spec', 'ports', 1], 'a.yaml:15:7'],
    [['spec', 'ports', 1, 'port'], 'a.yaml:15:8'],
    [['spec', 'ports', 1, 'missing', 'deeper'], 'a.yaml:15:7'],
    [[], 'a.yaml:7:1'],
  ])('%j', (path, place) => expect(placeText(read(text).manifests[1]!.place(path))).toBe(place));

  test('in a List, and with CRLF', () => {
    const list = `kind: List\r\napiVersion: v1\r\nitems:\r\n- kind: Service\r\n  apiVersion: v1\r\n  metadata: {name: a}\r\n`;
    expect(placeText(read(list).manifests[0]!.place(['metadata', 'name']))).toBe('a.yaml:6:14');
  });

  test('field paths are written as people write them', () => {
    expect(fieldText(['spec', 'http', 0, 'headers', 'x.y/z'])).toBe('spec.http[0].headers["x.y/z"]');
  });
});

test('a byte order mark is no column', () => {
  const [m] = parseManifests(`\uFEFF${service('a')}`, 'a.yaml').manifests;
  expect(placeText(m!.place())).toBe('a.yaml:1:1');
  expect(placeText(parseManifests('\uFEFFa: 1', 'a.yaml').unreadable[0]!.place)).toBe('a.yaml:1:1');
  expect(placeText(parseManifests(`\uFEFF${service('a')}`, 'a.yaml').manifests[0]!.place(['kind']))).toMatch(/^a\.yaml:2:1$/);
});

describe('what cannot be read is said with its place, and the rest is read', () => {
  test.each([
    ['broken YAML', `${service('a')}---\nkind: [\n---\n${service('b')}`, /^a\.yaml:\d+:\d+ cannot be read: /],
    ['no kind', `${service('a')}---\napiVersion: v1\n---\n${service('b')}`, 'a.yaml:6:1 has no kind'],
    [
      'no name',
      `${service('a')}---\napiVersion: v1\nkind: Service\nmetadata: {}\n---\n${service('b')}`,
      'a.yaml:8:1 Service has no name',
    ],
    [
      'a name that is no text',
      `${service('a')}---\n${service('no')}---\n${service('b')}`,
      'a.yaml:9:3 Service has name false, which is no text: put it in quotes',
    ],
    [
      'a template that YAML takes for a map',
      `${service('a')}---\napiVersion: v1\nkind: Service\nmetadata: {name: {{ .Values.name }}}\n---\n${service('b')}`,
      /^a\.yaml:8:\d+ Service has a name that is of a template that is not rendered: check what "helm template" prints$/,
    ],
    [
      'another field of a template',
      `${service('a')}---\n${service('c', '  labels: {a: {{ .Values.a }}}\n')}---\n${service('b')}`,
      /^a\.yaml:10:\d+ Service "c": metadata\.labels\.a is of a template that is not rendered: /,
    ],
    ['text alone', `${service('a')}---\nhello\n---\n${service('b')}`, 'a.yaml:6:1 is no object of Kubernetes'],
    [
      'a label that is no text',
      `${service('a')}---\n${service('c', '  labels: {on: 1}\n')}---\n${service('b')}`,
      'a.yaml:10:12 Service "c": metadata.labels.true is 1, where text is wanted: put it in quotes',
    ],
    [
      'the same key twice',
      `${service('a')}---\nkind: A\nkind: B\n---\n${service('b')}`,
      'a.yaml:7:1 cannot be read: the key "kind" stands twice in one map',
    ],
    [
      'a template',
      `${service('a')}---\nkind: A\nspec:\n  {{- range .Values.hosts }}\n  - {{ . }}\n  {{- end }}\n---\n${service('b')}`,
      'is a template, and no YAML before it is rendered: check what "helm template" prints',
    ],
    ['an anchor that is not there', `${service('a')}---\nkind: *x\n---\n${service('b')}`, 'cannot be read'],
  ])('%s', (_what, text, says) => {
    const { manifests, unreadable } = read(text);
    expect(manifests.map((m) => m.name)).toEqual(['a', 'b']);
    const said = unreadable.map((u) => `${placeText(u.place)} ${u.message}`);
    expect(said).toEqual([typeof says === 'string' ? expect.stringContaining(says) : expect.stringMatching(says)]);
  });

  test.each([
    [
      'an anchor that holds itself',
      'metadata: &m\n  name: x\n  self: *m',
      /^f:3:9 cannot be read: an alias stands within what it is an alias of$/,
    ],
    ['lists in lists without end', `a: ${'['.repeat(100_000)}`, /^f:1:\d+ cannot be read: it is nested too deep, or too long$/],
    ['a text without end', `a: "${'x'.repeat(12_000_000)}`, /^f:1:\d+ cannot be read: /],
  ])('%s: the rest is read', (_what, text, says) => {
    const { manifests, unreadable } = parseManifests(`${text}\n---\napiVersion: v1\nkind: Service\nmetadata: { name: b }\n`, 'f');
    expect(unreadable.map((u) => `${u.place.file}:${u.place.line}:${u.place.column} ${u.message}`)).toEqual([
      expect.stringMatching(says),
    ]);
    expect(manifests.map((m) => m.name)).toEqual(['b']);
  });

  test('billions of laughs are refused, not laughed', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghij'
      .split('')
      .map((k, i) => `${k}: &${k} [${Array(9).fill(`*${'abcdefghi'[i]}`).join(',')}]`)
      .join('\n')}`;
    expect(read(bomb).unreadable).toHaveLength(1);
  });

  test('no text makes it throw, and every place is in the text', () => {
    const piece = fc.constantFrom(
      'a: 1\n',
      '---\n',
      '- x\n',
      '  ',
      '{',
      '}',
      '[',
      ']',
      '&a ',
      '*a',
      'kind: List\n',
      'items:\n',
      'apiVersion: v1\n',
      'metadata:\n',
      'name: b\n',
      '"',
      "'",
      '\t',
      '\r\n',
      '!!x ',
      '<<: ',
      '? ',
      '| \n',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 30 }).map((p) => p.join('')),
        ),
        (text) => {
          const { manifests, unreadable } = read(text);
          const lines = text.split('\n').length;
          for (const m of manifests) expect(m.place(['spec', 'x', 0]).line).toBeLessThanOrEqual(lines);
          for (const u of unreadable) expect(u.place.line).toBeLessThanOrEqual(lines + 1);
        },
      ),
      { numRuns: 500 },
    );
  });
});

test('more objects than a call takes arguments, and a list of them in one document', () => {
  const service = (i: number) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: `s${i}`, namespace: 'a' } });
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: Array.from({ length: 150_000 }, (_, i) => service(i)) });
  const { manifests, unreadable } = parseManifests(list, 'cluster.json');
  expect([manifests.length, unreadable.length]).toEqual([150_000, 0]);
  const folder = mkdtempSync(join(tmpdir(), 'manifests-'));
  writeFileSync(join(folder, 'cluster.json'), list);
  expect(readManifests([folder]).manifests).toHaveLength(150_000);
  rmSync(folder, { recursive: true });
});

test('places in a list of JSON', () => {
  const { manifests } = read(
    '{\n  "apiVersion": "v1", "kind": "List", "items": [\n    {"apiVersion": "v1", "kind": "Service",\n     "metadata": {"name": "a"}}]}',
  );
  expect(manifests[0]!.place(['metadata', 'name'])).toEqual({ file: 'a.yaml', line: 4, column: 19 });
});

test('a line of a text in a block has its place; of other texts it is that of the field', () => {
  const text = service(
    'a',
    '  annotations:\n    first: |-  # two\n      one\n\n      two\n    second: "one\\ntwo"\n    third: >\n      one\n      two\n',
  );
  const [manifest] = read(text).manifests;
  const at = (key: string, line: number) => {
    const { line: l, column } = manifest!.place(['metadata', 'annotations', key, line]);
    return [l, column];
  };
  expect([at('first', 0), at('first', 2), at('second', 1), at('third', 1)]).toEqual([
    [7, 7],
    [9, 7],
    [10, 5],
    [11, 5],
  ]);
});

test('an alias without an anchor is told where it stands', () => {
  const [wrong] = read(`${service('a')}---\n${service('b', 'spec:\n  a: &a 1\n  b: *a\n  c: [*nope]\n')}`).unreadable;
  expect(placeText(wrong!.place)).toBe('a.yaml:13:7');
  expect(wrong!.message).toContain('nope');
});

test('quantities may be numbers, as the API server takes them, and nothing else', () => {
  const deployment = (resources: string) =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {containers: [{name: a, resources: ${resources}}], volumes: [{name: x, emptyDir: {sizeLimit: 100}}]}}}\n`;
  const { unreadable } = parseManifests(
    deployment('{requests: {cpu: 1, memory: 1048576}, limits: {cpu: 0.5, memory: 1Gi}}'),
    'a.yaml',
  );
  expect(unreadable).toEqual([]);
  expect(parseManifests(deployment('{limits: {memory: yes}}'), 'a.yaml').unreadable[0]?.message).toMatch(
    /limits.memory is true, where a quantity such as "500m" or 1 is wanted/,
  );
});
