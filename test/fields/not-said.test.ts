import { notSaid } from '../../src/fields/not-said';

const TREE = {
  'f:spec': {
    'f:hosts': {},
    'f:http': {},
    'f:tls': { 'f:mode': {} },
    'f:ports': {
      'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:name': {} },
      'k:{"port":81,"protocol":"TCP"}': { '.': {}, 'f:port': {} },
    },
    'f:finalizers': { 'v:"a"': {}, 'v:"b"': {} },
  },
};

test('what somebody owns and the file does not say, by its leaves', () => {
  const body = { spec: { hosts: ['other'], ports: [{ port: 80 }], finalizers: ['a'] } };
  expect(notSaid(TREE, body)).toEqual([
    '.spec.http',
    '.spec.tls.mode',
    '.spec.ports[port=80,protocol="TCP"].name',
    '.spec.ports[port=81,protocol="TCP"].port',
    '.spec.finalizers[="b"]',
  ]);
});

test('nothing is owned, or all is said', () => {
  expect(notSaid(undefined, {})).toEqual([]);
  expect(notSaid({ 'f:spec': { 'f:hosts': {} } }, { spec: { hosts: [] } })).toEqual([]);
});
