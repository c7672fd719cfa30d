// The example's own YAML against a copy that someone edited: what people read of it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { diff } from '../../src/diff/diff';
import { diffJson } from '../../src/diff/diff-json';
import { diffMarkdown } from '../../src/diff/markdown';
import { diffText } from '../../src/diff/text';
import { parseManifests } from '../../src/manifests/parse';
import { MeshModel } from '../../src/model/mesh-model';

const old = readFileSync(join(__dirname, '..', '..', 'dist', 'bookinfo', 'bookinfo.k8s.yaml'), 'utf8');
const mesh = (text: string, file: string) => new MeshModel(parseManifests(text, file).manifests);

/** Each edit has to find its text, or the test would say nothing. */
function edited(text: string, ...edits: readonly (readonly [string | RegExp, string])[]): string {
  return edits.reduce((t, [from, to]) => {
    const next = t.replace(from, to);
    if (next === t) throw new Error(`nothing to edit: ${from}`);
    return next;
  }, text);
}

const now = edited(
  old,
  [
    /weight: 90(?=(?:(?!weight)[\s\S])*weight: 10(?:(?!weight: 90)[\s\S])*$)((?:(?!weight)[\s\S])*)weight: 10/,
    'weight: 75$1weight: 25',
  ],
  ['exact: alice', 'exact: bob'],
  ['mode: STRICT', 'mode: PERMISSIVE'],
);
const differences = diff(
  mesh(old, 'old.yaml'),
  mesh(
    `${now}
---
apiVersion: v1
kind: Service
metadata: { name: tips, namespace: bookinfo }
spec: { selector: { app: tips }, ports: [{ name: http, port: 9080 }] }
`,
    'new.yaml',
  ),
);

test('as text', () => expect(diffText(differences)).toMatchSnapshot());
test('as markdown', () => expect(diffMarkdown(differences)).toMatchSnapshot());
test('as data', () => {
  const [first, ...rest] = (diffJson(differences) as { differences: any[] }).differences;
  expect(first).toMatchObject({
    aspect: 'objects',
    text: 'Service bookinfo/tips is new',
    new: [{ object: 'Service bookinfo/tips' }],
  });
  expect(rest.length).toBeGreaterThan(1);
  for (const d of rest) {
    expect(d.line).toBe(`${d.line.split(': ')[0]}: ${d.text}`);
    expect(d.witness).toMatchObject({ request: { path: expect.any(String) }, old: expect.any(Array), new: expect.any(Array) });
  }
});
test('nothing to say', () => {
  expect([diffText([]), diffMarkdown([])]).toEqual([
    'no difference for any request',
    'No request is answered otherwise than before.',
  ]);
});
