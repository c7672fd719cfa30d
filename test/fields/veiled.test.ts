import { compare } from '../../src/fields/compare';
import { answered, shownChanges, veiled } from '../../src/fields/field-lines';
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

describe('as the server answers', () => {
  const policy = (ports: object[], managedFields?: object) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'a', namespace: 'shop', ...(managedFields ? { managedFields } : {}) },
    spec: { ingress: [{ ports }] },
  });
  const live = policy([{ port: 80, protocol: 'TCP' }], theirs({ 'f:spec': { 'f:ingress': {} } }));
  const shown = (desired: object, result: object) => {
    const m = manifestOf(desired, () => ({ file: 'x', line: 0, column: 0 }));
    const { changes } = answered(m, veiled(m, compare(desired, live, 'mesh/a/b')), live, result);
    return shownChanges(m, changes).map((c) => [c.path, c.live, c.desired]);
  };

  test('what it fills in within a list is no change', () => {
    expect(shown(policy([{ port: 80 }]), live)).toEqual([]);
    const result = policy([{ port: 81, protocol: 'TCP' }]);
    expect(shown(policy([{ port: 81 }]), result)).toEqual([['.spec.ingress[0].ports[0].port', 80, 81]]);
  });

  test('a Secret shows nothing of what it holds', () => {
    const before = of('Secret', { a: 'dGhlaXJz' }, theirs({ 'f:data': { 'f:a': {} } }));
    const after = of('Secret', { a: 'b3Vycw==' });
    const m = manifestOf(after, () => ({ file: 'x', line: 0, column: 0 }));
    const told = JSON.stringify(answered(m, veiled(m, compare(after, before, 'mesh/a/b')), before, after));
    expect(told).not.toMatch(/b3Vycw|dGhlaXJz/);
    expect(told).toContain('(hidden), another');
  });
});
