import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Plan } from '../../../src/apply/plan/plan';
import type { FieldPath, Manifest, Unreadable } from '../../../src/manifests/manifest';

// The built ones: a thread runs no TypeScript.
const lib = join(__dirname, '..', '..', '..', 'lib', 'src');
const { Aside } = require(join(lib, 'apply', 'plan', 'aside.js')) as typeof import('../../../src/apply/plan/aside');
const { preflight } = require(join(lib, 'apply', 'plan', 'preflight.js')) as typeof import('../../../src/apply/plan/preflight');
const { liveManifest } = require(join(lib, 'apply', 'live.js')) as typeof import('../../../src/apply/live');
const { RULES } = require(join(lib, 'check', 'rules', 'index.js')) as typeof import('../../../src/check/rules');
const { Reading, readManifests, textsOf } = require(
  join(lib, 'manifests', 'files.js'),
) as typeof import('../../../src/manifests/files');
const { keyOf } = require(join(lib, 'manifests', 'key-of.js')) as typeof import('../../../src/manifests/key-of');

const folder = mkdtempSync(join(tmpdir(), 'mesh-aside-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const virtualService = (name: string, subset: string) => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name}, namespace: shop }
spec:
  hosts: [web]
  http:
    - name: main
      timeout:
      route:
        - destination: { host: web, subset: ${subset} }
`;
const FILES: Readonly<Record<string, string>> = {
  'a.yaml': [
    virtualService('first', 'gone'),
    'kind: Service\napiVersion: v1\nmetadata: { name: web, namespace: shop }\nspec: { selector: { app: web }, ports: [{ port: 80 }] }\n',
    '# nothing but this\n',
    virtualService('second', 'v1').replace('timeout:', 'timeout: .inf'),
    '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"json"},"data":{"a":null,"b":"c"}}\n',
    'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: numbers }\nx: [.nan, -.inf, -0, 1e400, 0o17, 12345678901234567890]\n',
    'apiVersion: v1\nkind: ConfigMap\nmetadata: &m { name: rare }\ndata: { text: "a\\u0041" }\n',
    'a: [b\n',
    `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: deep }\nx: ${'['.repeat(4_000)}${']'.repeat(4_000)}\n`,
  ].join('---\n'),
  'b/list.yaml': `apiVersion: v1\nkind: List\nitems:\n${['one', 'two'].map((n) => `  - apiVersion: v1\n    kind: ServiceAccount\n    metadata:\n      name: ${n}\n`).join('')}`,
  'b/made.yaml': virtualService('made', 'v9'),
  'b/sources.map': JSON.stringify({
    objects: { 'networking.istio.io/v1 VirtualService shop/made': { construct: 'app/made', source: 'main.ts:3' } },
  }),
  // of most there is nothing to say, and their places are asked of the slower reader
  'many.yaml': Array.from({ length: 400 }, (_, i) =>
    i % 40 === 7
      ? virtualService(`many-${i}`, 'v1')
      : `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: many-${i}, namespace: shop }\n`,
  ).join('---\n'),
  'z.yaml': 'kind: Service\nmetadata: {}\n',
};
mkdirSync(join(folder, 'b'));
for (const [file, text] of Object.entries(FILES)) writeFileSync(join(folder, file), text);
// UTF-8 it is not
writeFileSync(join(folder, 'c.yaml'), Buffer.from([0x61, 0xff]));

const PATHS: readonly FieldPath[] = [[], ['spec', 'http', 0, 'route'], ['metadata', 'name'], ['x', 2]];
const shown = (m: Manifest) => [{ ...m, place: undefined, made: m.made?.([]) }, PATHS.map((p) => m.place(p))];

/** How deep a reader comes hangs on its stack. */
const why = ({ place, message, foreign }: Unreadable) => [
  message.includes('nested too deep') ? place.line : place,
  message,
  foreign,
];

/** What others have in the cluster. */
const OTHERS = [
  liveManifest(
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: { name: 'web', namespace: 'shop', creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: { host: 'web', subsets: [{ name: 'v1', labels: { version: 'v1' } }] },
    },
    'live DestinationRule shop/web',
  ),
];

const withAside = async (large: number, use: (aside: InstanceType<typeof Aside>) => Promise<void>): Promise<void> => {
  const aside = new Aside(new Reading(textsOf(['.'], folder), folder), large);
  try {
    await use(aside);
  } finally {
    await aside.end();
  }
};

describe.each([
  ['by the thread', 0],
  ['in between', Number.POSITIVE_INFINITY],
])('%s', (_, large) => {
  test('files are read as they are at once', () =>
    withAside(large, async (aside) => {
      const read = await aside.manifests();
      const whole = readManifests(['.'], folder);
      expect(read.manifests.length).toBeGreaterThan(400);
      expect(read.manifests.map(shown)).toEqual(whole.manifests.map(shown));
      expect(read.unreadable.map(why)).toEqual(whole.unreadable.map(why));
      const place = whole.manifests[0]!.place(['spec', 'hosts']);
      expect(read.lineOf(place)).toBe('  hosts: [web]');
    }));

  test('what is applied is checked as it is at once: with the namespaces and objects that the plan has', () =>
    withAside(large, async (aside) => {
      const { manifests } = await aside.manifests();
      const objects = manifests.map((m, i) => ({
        key: keyOf(m),
        action: i % 2 === 0 ? 'keep' : 'change',
        manifest: {
          ...m,
          namespace: m.namespace || 'shop',
          ...(m.name === 'many-7' ? { object: { ...m.object, spec: { ...m.object.spec, http: [{ name: 'none' }] } } } : {}),
        },
      }));
      const plan = { objects, before: OTHERS } as unknown as Plan;
      const found = await aside.preflight(plan, {});
      expect(found).toEqual(preflight(plan, {}));
      const rules = new Set(found.map((d) => d.rule));
      expect(found.find((d) => d.resource?.name === 'made')).toMatchObject({ construct: 'app/made', file: 'b/made.yaml' });
      expect(rules.has('subset-not-defined')).toBe(true);
      const one = RULES.filter((r) => r.name === 'subset-not-defined');
      expect((await aside.preflight(plan, {}, one)).map((d) => d.rule)).toEqual(
        found.flatMap((d) => (d.rule === 'subset-not-defined' ? d.rule : [])),
      );
    }));
});

test('a thread that ends leaves its work to others', () =>
  withAside(0, async (aside) => {
    const reading = aside.manifests();
    await aside.end();
    const whole = readManifests(['.'], folder);
    const { manifests } = await reading;
    expect(manifests.map((m) => m.object)).toEqual(whole.manifests.map((m) => m.object));
    const plan = { objects: manifests.map((m) => ({ key: keyOf(m), action: 'keep', manifest: m })), before: [] };
    expect(await aside.preflight(plan as unknown as Plan, {})).toEqual(preflight(plan as unknown as Plan, {}));
  }));
