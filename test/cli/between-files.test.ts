import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { wayBetween } from '../../src/apply/plan/offline';
import { changesFor, writeChanges } from '../../src/cli/between-files';
import { editManifests, isBlank } from '../../src/cli/edit-manifests';
import { readManifests } from '../../src/manifests/files';
import { keyOf } from '../../src/manifests/key-of';
import type { Manifest } from '../../src/manifests/manifest';
import { mesh } from '../order/meshes';
import { service } from '../order/support';
import { write } from './support';

const byKey = (all: readonly Manifest[]) => Object.fromEntries(all.map((m) => [keyOf(m), m.object]));

test('from any mesh to any other: the files hold each state in turn, and the last is what they were', () => {
  const layout = fc.array(fc.nat(3), { minLength: 20, maxLength: 20 });
  const dir = mkdtempSync(join(tmpdir(), 'mesh-between-'));
  const put = (folder: string, all: readonly Manifest[], where: readonly number[]) => {
    rmSync(join(dir, folder), { recursive: true, force: true });
    const files: Manifest[][] = [[], [], [], []];
    all.forEach((m, i) => {
      files[where[i % where.length]!]!.push(m);
    });
    const [a, b, list, json] = files.map((ms) => ms.map((m) => m.object));
    write(join(dir, folder), {
      'a.yaml': a!.map((o) => `---\n${stringify(o)}`).join(''),
      'sub/b.yaml': `# ours\n${b!.map((o) => stringify(o)).join('---\n')}`,
      'list.yaml': list!.length > 0 ? stringify({ apiVersion: 'v1', kind: 'List', items: list }) : '',
      'list.json':
        json!.length > 0
          ? JSON.stringify({ apiVersion: 'v1', kind: 'List', items: json })
          : '{"apiVersion":"v1","kind":"List","items":[]}',
    });
  };
  const read = (folder: string) => readManifests([join(dir, folder)]).manifests;
  let most = 0;
  try {
    fc.assert(
      fc.property(mesh, mesh, layout, layout, (before, after, w1, w2) => {
        put('base', before, w1);
        for (let n = 1; ; n++) {
          put('dist', after, w2);
          const way = wayBetween(read('base'), read('dist'));
          most = Math.max(most, n);
          if (!way.between) break;
          writeChanges(changesFor(way, { base: join(dir, 'base'), path: [join(dir, 'dist')] }));
          expect(byKey(read('dist'))).toEqual(byKey(way.between));
          rmSync(join(dir, 'base'), { recursive: true });
          cpSync(join(dir, 'dist'), join(dir, 'base'), { recursive: true });
          expect(n).toBeLessThan(6);
        }
      }),
      { numRuns: 25 },
    );
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  expect(most).toBeGreaterThan(2);
});

describe('a file with other objects in the place of some', () => {
  const key = keyOf(service('a'));
  const edit = (given: string, object?: object) =>
    editManifests(given, 'x.yaml', { instead: new Map([[key, object as any]]), more: [] });
  const a = stringify(service('a').object);
  const b = stringify(service('b').object);
  const other = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a', namespace: 'shop' } };
  const text = 'apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  namespace: shop\n';

  test.each<[what: string, text: string, object: object | undefined, becomes: string]>([
    ['another object', `# head\n---\n${b}---\n${a}`, other, `# head\n---\n${b}---\n${text}`],
    ['none', `${a}---\n${b}`, undefined, `---\n${b}`],
    ['a mark with a comment', `--- # why\n${a}`, other, `--- # why\n${text}`],
    ['an object beside the mark', `--- ${JSON.stringify(service('a').object)}\n`, other, `---\n${text}`],
    ['an end', `${a}...\n---\n${b}`, other, `${text}---\n${b}`],
    ['a document that is no manifest', `a: 1\n---\n${a}`, other, `a: 1\n---\n${text}`],
  ])('%s', (_, before, object, becomes) => expect(edit(before, object)).toBe(becomes));

  test.each([
    ['', true],
    ['# x\n---\n\n', true],
    ['---\n...\n', true],
    ['a: 1', false],
    ['{}', false],
  ])('%j is blank: %s', (given, is) => expect(isBlank(given)).toBe(is));
});
