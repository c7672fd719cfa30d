import { compare } from '../../src/fields/compare';
import { shownChanges, veiled } from '../../src/fields/field-lines';
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
  const comparison = veiled(m, compare(desired, live, 'mesh/a/b'));
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
