import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseManifests } from '../../src/manifests/parse';
import { FakeServer } from '../apply/fake-server';
import { ask, folder, inOneProcess, write } from './support';

const dir = folder();
const secret = (more: string, name = 'tok') =>
  `apiVersion: v1\nkind: Secret\nmetadata: {name: ${name}, namespace: shop}\n${more}\n`;
const base64 = (text: string) => Buffer.from(text).toString('base64');
const json = (o: object) => JSON.stringify(o);
const meta = { name: 'tok', namespace: 'shop' };
const applied = (value: unknown) => ({ ...meta, annotations: { 'kubectl.kubernetes.io/last-applied-configuration': value } });

/** Documents that are refused, each with what is wrong about it; nothing of what they hold may be said. */
const WRONG: readonly (readonly [what: string, text: string, said: string])[] = [
  [
    'a number',
    secret('stringData: {password: 424242001}'),
    'stringData.password is a number, where text is wanted: put it in quotes',
  ],
  ['a number as data', secret('data: {password: 424242001}'), 'data.password is a number'],
  ['a fraction', secret('stringData: {password: 4242.42001}'), 'stringData.password is a number'],
  ['text in the place of fields', secret('stringData: planted'), 'stringData is text, where fields are wanted'],
  ['text in another place', secret('immutable: planted'), 'immutable is text, where true or false is wanted'],
  ['a list', secret('stringData: {password: [planted]}'), 'stringData.password is a list'],
  ['fields', secret('stringData: {password: {planted: 424242001}}'), 'stringData.password has fields'],
  ["kubectl's copy as a number", json({ apiVersion: 'v1', kind: 'Secret', metadata: applied(424242001) }), 'is a number'],
  [
    'a kind in small letters',
    secret('metadata2: {}\nstringData: {password: 424242001}')
      .replace('Secret', 'secret')
      .replace('{name: tok,', '{labels: {a: 424242001}, name: tok,'),
    'metadata.labels.a is a number',
  ],
  [
    'an item of a list',
    json({ apiVersion: 'v1', kind: 'SecretList', items: [{ metadata: meta, stringData: { a: 424242001 } }] }),
    'stringData.a is a number',
  ],
  ['an alias', secret('stringData:\n  password: *planted'), 'BAD_ALIAS, an alias of what no anchor before it stands for'],
  ['a block that is none', secret('stringData:\n  password: > planted'), 'nothing is quoted, since it may be a Secret'],
  ['a sign of YAML', secret('stringData:\n  password: @planted'), 'nothing is quoted'],
  ['a percent sign', secret('stringData:\n  password: %planted'), 'nothing is quoted'],
  ['a backslash', secret('stringData:\n  password: "\\planted"'), 'nothing is quoted'],
  ['a colon', secret('stringData:\n  password: a: planted'), 'nothing is quoted'],
  ['a tag in brackets', secret('stringData:\n  password: !<planted'), 'nothing is quoted'],
  ['an anchor without a value', secret('stringData:\n  password: &planted &planted2 x'), 'nothing is quoted'],
  ['a quote that does not end', secret('stringData:\n  password: "planted'), 'MISSING_CHAR'],
  ['text behind a quote', secret('stringData:\n  password: "a"planted'), 'nothing is quoted'],
  ['an end that is too early', secret('stringData: {password: a}planted'), 'nothing is quoted'],
  ['a key twice', secret('stringData: {planted, planted}'), 'DUPLICATE_KEY, a key stands twice in one map'],
  ['an alias within its anchor', secret('stringData: &a {planted: *a}'), 'an alias stands within what it is an alias of'],
  ['no kind', secret('stringData:\n  password: *planted').replace('kind: Secret\n', ''), 'nothing is quoted'],
  [
    'a kind that is broken off',
    secret('stringData:\n  password: *planted').replace('kind: Secret', 'kind Secret'),
    'nothing is quoted',
  ],
  [
    'JSON that ends too early',
    json({ kind: 'Secret', apiVersion: 'v1', metadata: meta, stringData: { a: 'planted' } }).slice(0, -3),
    'nothing is quoted',
  ],
];

const planted = /planted|42420|4242\.42/;

let server: FakeServer;
const kubeconfig = join(dir, 'kubeconfig');
const command = inOneProcess(dir);
beforeAll(async () => {
  server = await FakeServer.start();
  server.kubeconfig(kubeconfig);
});
afterAll(() => server.stop());

const COMMANDS: readonly (readonly string[])[] = [
  ['check'],
  ['check', '--verbose'],
  ['check', '--json'],
  ['check', '--sarif'],
  ['check', '--github'],
  ['plan', '--set', 'shop'],
  ['plan', '--set', 'shop', '--all', '--verbose'],
  ['plan', '--set', 'shop', '--json'],
  ['plan', '--base', 'good'],
  ['plan', '--base', 'good', '--json'],
  ['apply', '--set', 'shop', '--yes', '--barrier', '0s'],
  ['apply', '--set', 'shop', '--yes', '--barrier', '0s', '--json', '--verbose'],
  ['status', '--set', 'shop', '--json'],
  ['trace', '--to', 'web.shop'],
];

test.each(WRONG)('what is wrong about a Secret is told without its values: %s', (_what, text, said) => {
  const { unreadable } = parseManifests(text, 'a.yaml');
  const messages = unreadable.map((u) => u.message).join('\n');
  expect(messages).toContain(said);
  expect(messages).not.toMatch(planted);
});

test.each(COMMANDS)('nothing of what a Secret holds is said where it is refused: %s %s %s', async (name, ...more) => {
  const files = WRONG.map(([, text], i) => [`wrong/w${i}.yaml`, text] as const);
  write(dir, { 'good/a.yaml': secret('stringData: {password: a}', 'good'), ...Object.fromEntries(files) });
  const { stdout, stderr } = await command([name!, 'wrong', ...more], { KUBECONFIG: kubeconfig });
  const all = `${stdout}${stderr}`;
  expect(all).not.toMatch(planted);
  expect(files.filter(([file]) => !all.includes(file))).toEqual(name === 'trace' ? expect.anything() : []);
});

test('a line is not shown where it is a Secret’s, or holds a whole one', async () => {
  const objects = [
    { apiVersion: 'v1', kind: 'Secret', metadata: { ...meta, name: 'Tok' }, stringData: { password: 'planted' } },
    { apiVersion: 'v1', kind: 'Service', metadata: { ...meta, name: 'Web' }, spec: { ports: [{ port: 80 }] } },
  ];
  const list = json({ apiVersion: 'v1', kind: 'List', items: objects });
  const lines = secret(`data:\n  password: ${base64('planted')}\n  a b: planted`, 'Tok');
  for (const text of [json(objects[0]!), list, lines]) {
    writeFileSync(join(write(dir, { 'lines/b.yaml': '' }), 'lines', 'a.yaml'), text);
    const { stdout } = await ask(['check', 'lines'], dir);
    expect(stdout).toContain('metadata.name is "Tok"');
    expect(stdout).not.toMatch(new RegExp(`planted|${base64('planted').slice(0, 8)}`));
  }
});

test('of others values and lines are told as before', async () => {
  write(dir, {
    'others/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\ndata: {a: 424242001}\n',
    'others/b.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b, namespace: shop}\ndata: {a: *star}\n',
    'others/c.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: C, namespace: shop, annotations: {about: "kind: Secret"}}\n',
  });
  const { stdout } = await ask(['check', 'others'], dir);
  for (const said of [
    'data.a is 424242001',
    'data: {a: 424242001}',
    'Unresolved alias',
    ': star',
    'data: {a: *star}',
    'name: C,',
  ])
    expect(stdout).toContain(said);
});
