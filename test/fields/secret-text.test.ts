import { compare } from '../../src/fields/compare';
import { ownedAsData, withTextAsData } from '../../src/fields/secret-text';

const MANAGER = 'mesh/default/shop';
const secret = (fields: object) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a', namespace: 'shop' }, ...fields });
const base64 = (text: string) => Buffer.from(text).toString('base64');
const writer = (manager: string, fieldsV1: object) => ({ manager, operation: 'Apply', apiVersion: 'v1', fieldsV1 });
const keys = (...names: string[]) => Object.fromEntries(names.map((n) => [`f:${n}`, {}]));
const live = (data: object, ...managedFields: object[]) =>
  ownedAsData({ ...secret({ data }), metadata: { name: 'a', namespace: 'shop', managedFields } });
const changes = (file: object, now: any) => compare(withTextAsData(secret(file)), now, MANAGER);

test('text of a Secret is its data, in place of what data says, too', () => {
  expect(withTextAsData(secret({ data: { a: 'b2xk', b: 'Yg==' }, stringData: { a: 'new', c: 'ä' } }))).toEqual(
    secret({ data: { a: base64('new'), b: 'Yg==', c: base64('ä') } }),
  );
});

test('what is no text is left for the server to refuse', () => {
  expect(withTextAsData(secret({ stringData: { port: 80, host: 'db' } }))).toEqual(
    secret({ data: { host: base64('db') }, stringData: { port: 80 } }),
  );
  expect(withTextAsData(secret({ stringData: 'text' }))).toEqual(secret({ stringData: 'text' }));
});

test.each([
  ['another kind', { ...secret({ stringData: { a: 'b' } }), kind: 'ConfigMap' }],
  ['a Secret of another group', { ...secret({ stringData: { a: 'b' } }), apiVersion: 'example.com/v1' }],
])('%s stays as it is', (_, o) => expect(withTextAsData(o)).toBe(o));

test('a key that leaves the text goes from the data', () => {
  const now = live({ a: base64('one'), b: base64('two') }, writer(MANAGER, { 'f:data': keys('a', 'b') }));
  expect(changes({ stringData: { a: 'one' } }, now)).toMatchObject({ changes: [{ path: '.data.b', live: base64('two') }] });
});

test('a key that somebody applied as text is theirs, with what they own as data', () => {
  const now = live(
    { a: base64('theirs'), b: base64('too') },
    writer('kubectl', { 'f:stringData': keys('a'), 'f:data': keys('b'), 'f:type': {} }),
  );
  expect(now.metadata.managedFields).toEqual([writer('kubectl', { 'f:data': keys('a', 'b'), 'f:type': {} })]);
  expect(changes({ stringData: { a: 'ours' } }, now).conflicts).toMatchObject([{ path: '.data.a', manager: 'kubectl' }]);
});

test('text that is there as data already does not change', () => {
  const now = live(
    { a: base64('same'), b: base64('theirs'), 'c.d': base64('ä'), e: base64('untold') },
    writer(MANAGER, { 'f:data': keys('a', 'b', 'c.d') }),
  );
  expect(changes({ stringData: { a: 'same', b: 'ours', 'c.d': 'ä' } }, now)).toMatchObject({
    changes: [{ path: '.data.b' }],
    unowned: [],
    conflicts: [],
    kept: [],
  });
});
