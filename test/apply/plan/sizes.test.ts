import type { PlannedObject } from '../../../src/apply/plan/planned-object';
import { tooLarge } from '../../../src/apply/plan/sizes';
import { manifestOf } from '../../../src/manifests/manifest';

const manifest = (object: object) => manifestOf(object as any, () => ({ file: 'a.yaml', line: 3, column: 1 }));
const planned = (object: object, more: Partial<PlannedObject> = {}): PlannedObject => ({
  key: 'k',
  action: 'create',
  manifest: manifest(object),
  body: object as any,
  resource: undefined,
  force: false,
  ...more,
});
const says = (object: object, more: Partial<PlannedObject> = {}) => tooLarge([planned(object, more)]).map((r) => r.message);

const MIB = 1024 * 1024;
const letters = (n: number) => 'a'.repeat(n);
const map = (fields: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'shop' }, ...fields });
const secret = (fields: object) => ({ ...map(fields), kind: 'Secret' });
const routes = (size: number) => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'a', namespace: 'shop' },
  spec: { hosts: [letters(size)] },
});
const base64 = (n: number) => Buffer.alloc(n).toString('base64');

// as the real API server has it: its keys and metadata do not count
test.each([
  ['data', map({ data: { a: letters(MIB - 1), b: 'b' } }), map({ data: { a: letters(MIB), b: 'b' } })],
  ['letters of several bytes', map({ data: { a: 'é'.repeat(MIB / 2) } }), map({ data: { a: 'é'.repeat(MIB / 2 + 1) } })],
  ['binary data', map({ binaryData: { a: base64(MIB) } }), map({ binaryData: { a: base64(MIB + 1) } })],
  ['a Secret', secret({ data: { a: base64(MIB) } }), secret({ data: { a: base64(MIB + 1) } })],
])('%s of a ConfigMap or Secret: 1 MiB at most', (_, fits, doesNot) => {
  expect(says(fits)).toEqual([]);
  expect(says(doesNot)).toEqual([
    expect.stringMatching(/^has values of 1\.01 MiB \(104857\d bytes\), and a (ConfigMap|Secret) holds no more than 1 MiB/),
  ]);
});

test('etcd takes 1.5 MiB, and the API server 3', () => {
  expect(says(routes(1.49 * MIB))).toEqual([]);
  expect(says(routes(1.6 * MIB))).toEqual([
    expect.stringMatching(/^has 1\.61 MiB .*etcd takes no more than 1\.5 MiB, unless its --max-request-bytes/),
  ]);
  expect(says(routes(3.1 * MIB))).toEqual([expect.stringContaining('the API server takes no more than 3 MiB')]);
});

test('where it is as large already, etcd was told to take it', () => {
  const large = manifest(routes(1.7 * MIB));
  const live = { key: 'k', manifest: large, resource: {} as any, uid: 'u', resourceVersion: '1' };
  expect(says(routes(1.6 * MIB), { action: 'change', live })).toEqual([]);
  expect(says(routes(3.1 * MIB), { action: 'change', live })).toHaveLength(1);
});

test('what is not written is not judged, and what is told has its place', () => {
  expect(says(routes(4 * MIB), { action: 'keep' })).toEqual([]);
  expect(tooLarge([planned(routes(4 * MIB))])).toMatchObject([{ what: 'VirtualService/shop/a', place: 'a.yaml:3:1' }]);
});
