import { compare } from '../../src/fields/compare';
import { shownChanges, veiled } from '../../src/fields/field-lines';
import { withText } from '../../src/fields/secret-text';
import { manifestOf } from '../../src/manifests/manifest';

const theirs = (fields: object) => [{ manager: 'somebody', operation: 'Apply', apiVersion: 'v1', fieldsV1: fields }];
const of = (kind: string, data: object, managedFields?: object) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'a', namespace: 'shop', ...(managedFields ? { managedFields } : {}) },
  data,
});
const told = (kind: string) => {
  const desired = of(kind, { a: 'b3Vycw==', b: 'same' });
  const live = of(kind, { a: 'dGhlaXJz', b: 'same' }, theirs({ 'f:data': { 'f:a': {}, 'f:b': {} } }));
  const m = manifestOf(desired, () => ({ file: 'x', line: 0, column: 0 }));
  const comparison = veiled(m, compare(desired, withText(desired, live), 'mesh/a/b'));
  return JSON.stringify([comparison, shownChanges(m, comparison.changes)]);
};

test('of what a Secret holds nothing is kept: neither of changes, nor of conflicts', () => {
  const secret = told('Secret');
  expect(secret).not.toMatch(/b3Vycw|dGhlaXJz/);
  expect(secret).toContain('(hidden), another');
  expect(secret).toContain('"manager":"somebody"');
});

test('of others it is', () => {
  expect(told('ConfigMap')).toMatch(/b3Vycw.*dGhlaXJz|dGhlaXJz.*b3Vycw/);
});

test('text of a Secret is there as data, which is no less hidden', () => {
  const { data: _, ...rest } = of('Secret', {});
  const desired = { ...rest, stringData: { 'a.b': 'ours', c: 'new' } };
  const live = of('Secret', { 'a.b': 'dGhlaXJz' }, theirs({ 'f:data': { 'f:a.b': {} } }));
  const m = manifestOf(desired, () => ({ file: 'x', line: 0, column: 0 }));
  const { changes } = veiled(m, compare(desired, withText(desired, live), 'mesh/a/b'));
  expect(changes).toEqual([
    { path: expect.stringContaining('a.b'), live: '(hidden)', desired: '(hidden), another' },
    { path: expect.stringContaining('c'), desired: '(hidden)' },
  ]);
});

test('text of a Secret that is there as data already does not change', () => {
  const { data: _, ...rest } = of('Secret', {});
  const desired = { ...rest, stringData: { a: 'same', b: 'ours', 'c.d': 'ä' } };
  const own = { 'f:stringData': { 'f:a': {}, 'f:b': {}, 'f:c.d': {} } };
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const live = of('Secret', { a: base64('same'), b: base64('theirs'), 'c.d': base64('ä'), e: base64('untold') }, [
    { manager: 'mesh/a/b', operation: 'Apply', apiVersion: 'v1', fieldsV1: own },
  ]);
  const m = manifestOf(desired, () => ({ file: 'x', line: 0, column: 0 }));
  const comparison = veiled(m, compare(desired, withText(desired, live), 'mesh/a/b'));
  expect(comparison).toMatchObject({
    changes: [{ path: '.stringData.b', live: '(hidden)', desired: '(hidden), another' }],
    unowned: [],
    conflicts: [],
    kept: [],
  });
});
