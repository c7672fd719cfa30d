import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiError } from '../../src/cluster/api-error';

const said = (name: string) => {
  const { status, response } = JSON.parse(readFileSync(join(__dirname, 'recorded', `${name}.json`), 'utf8'));
  return new ApiError(status, response, 'X');
};

// as a real kube-apiserver answers
test('conflicts about fields are told from those about versions', () => {
  expect(said('conflict-svc').conflicts.map((c) => c.field)).toContain('.spec.selector');
  expect(said('stale-resourceVersion').status).toBe(409);
  expect(said('stale-resourceVersion').conflicts).toEqual([]);
});

test('fields that cannot change are known, in all of the wordings', () => {
  expect(said('immutable-clusterip').isImmutable).toBe(true);
  expect(said('immutable-selector').isImmutable).toBe(true);
  expect(said('immutable-job-template').isImmutable).toBe(true);
  expect(said('immutable-claims').isImmutable).toBe(true);
  expect(said('invalid-vs-timeout').isImmutable).toBe(false);
});

test('a missing namespace is told from a missing kind', () => {
  expect(said('missing-namespace')).toMatchObject({ status: 404, about: 'namespaces' });
  expect(said('missing-crd-group')).toMatchObject({ status: 404, about: '' });
});

test('a namespace that goes is known', () => {
  expect(said('terminating-create').isTerminating).toBe(true);
});

test('what says nothing is left out of messages', () => {
  expect(said('gateway-server-missing-port').message).not.toContain('<nil>');
  expect(said('gateway-server-missing-port').message).toContain('spec.servers[0].port: Required value');
});

test('a field that no type knows is named', () => {
  expect(said('strict-unknown-crd').message).toContain('.spec.hostz: field not declared in schema');
});
