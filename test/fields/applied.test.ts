import { appliedTo } from '../../src/fields/applied';
import { compare } from '../../src/fields/compare';
import type { FieldTree } from '../../src/fields/managed-fields';

/** A live object that some have applied, and its form in a file. */
const live = (spec: object, owners: Readonly<Record<string, FieldTree>>) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'web',
    resourceVersion: '7',
    managedFields: Object.entries(owners).map(([manager, fields]) => ({
      manager,
      operation: 'Apply',
      apiVersion: 'v1',
      fieldsV1: { 'f:spec': fields },
    })),
  },
  spec,
});
const file = (spec: object) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec });
const after = (l: any, spec: object, yielding: readonly any[] = []) => appliedTo(l, file(spec), 'ours', yielding).spec;

const PORT = 'k:{"port":80,"protocol":"TCP"}';

test('a field that is given up stays where another owns it, too, and that is said', () => {
  const l = live(
    { type: 'ClusterIP', sessionAffinity: 'None' },
    { ours: { 'f:type': {}, 'f:sessionAffinity': {} }, theirs: { 'f:type': {} } },
  );
  expect(compare(file({}), l, 'ours')).toMatchObject({
    changes: [{ path: '.spec.sessionAffinity', live: 'None' }],
    kept: [{ path: '.spec.type', managers: ['theirs'] }],
  });
  expect(after(l, {})).toEqual({ type: 'ClusterIP' });
});

test('of a field with others below it stays what others own of it', () => {
  const l = live(
    { policy: { a: 1, b: 2, c: 3 } },
    { ours: { 'f:policy': { 'f:a': {}, 'f:b': {} } }, theirs: { 'f:policy': { 'f:b': {} } } },
  );
  expect(compare(file({}), l, 'ours')).toMatchObject({
    changes: [{ path: '.spec.policy', live: { a: 1, b: 2, c: 3 }, desired: { b: 2, c: 3 } }],
    kept: [{ path: '.spec.policy', managers: ['theirs'] }],
  });
  expect(after(l, {})).toEqual({ policy: { b: 2, c: 3 } });
});

test('what nobody else owns goes, and with it what the server filled in', () => {
  const item = { '.': {}, 'f:port': {}, 'f:name': {} };
  const l = live({ ports: [{ name: 'http', port: 80, protocol: 'TCP' }] }, { ours: { 'f:ports': { '.': {}, [PORT]: item } } });
  expect(compare(file({}), l, 'ours')).toMatchObject({ changes: [{ path: '.spec.ports' }], kept: [] });
  expect(after(l, {})).toEqual({});
});

test('an item of a list goes by its keys, and others stay', () => {
  const other = 'k:{"port":81,"protocol":"TCP"}';
  const ports = [
    { name: 'http', port: 80, protocol: 'TCP' },
    { name: 'admin', port: 81, protocol: 'TCP' },
  ];
  const l = live(
    { ports },
    { ours: { 'f:ports': { [PORT]: { '.': {}, 'f:port': {} } } }, theirs: { 'f:ports': { [other]: { '.': {}, 'f:port': {} } } } },
  );
  expect(after(l, { ports: [{ name: 'web', port: 82 }] })).toEqual({ ports: [{ name: 'web', port: 82 }, ports[1]] });
});

test('what is made ours goes like our own', () => {
  const l = live({ type: 'ClusterIP' }, { theirs: { 'f:type': {} } });
  const yielding = l.metadata.managedFields as any[];
  expect(after(l, {})).toEqual({ type: 'ClusterIP' });
  expect(after(l, {}, yielding)).toEqual({});
  expect(compare(file({}), l, 'ours', yielding)).toMatchObject({ changes: [{ path: '.spec.type' }], kept: [] });
});

test('what others wrote by hand stays, and what is written is over it', () => {
  const l = live({ host: 'a', byHand: true, list: [1] }, { ours: { 'f:host': {}, 'f:list': {} } });
  expect(after(l, { host: 'b', list: [2, 3] })).toEqual({ host: 'b', byHand: true, list: [2, 3] });
});

test('values of a list that is a set', () => {
  const l = live(
    { all: ['a', 'b', 'c'] },
    { ours: { 'f:all': { 'v:"a"': {}, 'v:"b"': {} } }, theirs: { 'f:all': { 'v:"b"': {}, 'v:"c"': {} } } },
  );
  expect(after(l, { all: ['d'] })).toEqual({ all: ['b', 'c', 'd'] });
});
