import { manifestOf } from '../../src/manifests/manifest';
import { refused, validate } from '../../src/validation/validate';
import { anyKind } from './rows/any-kind';
import { edited, right } from './rows/objects';
import { rows } from './support';

test.each(right.map((m) => [`${m.kind} ${m.name}`, m] as const))('%s is right', (_, m) => {
  expect(validate(m).filter((p) => p.severity === 'error')).toEqual([]);
  expect(refused(m)).toBeUndefined();
});

describe('of any kind', () => rows(anyKind));

test('all faults are told, with their codes', () => {
  const m = edited('VirtualService mesh', {
    'spec.hosts': ['a', 'a', '-'],
    'spec.http.0.route.0.weight': -1,
    'spec.http.0.timeout': '0s',
  });
  expect(validate(m).map((p) => [p.severity, p.path.join('.'), p.code])).toEqual([
    ['error', 'spec.hosts.2', undefined],
    ['error', 'spec.http.0.route.0.weight', undefined],
    ['error', 'spec.http.0.timeout', undefined],
    ['info', 'spec.http.1.match.0', 'IST0131'],
    ['warning', 'spec.http.1', 'IST0130'],
    ['info', 'spec.http.0.match.1', 'IST0131'],
  ]);
  expect(refused(m)).toMatch(/^spec\.hosts\[2\] "-"/);
});

test('other kinds are none of its business', () => {
  const m = manifestOf({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' } }, () => ({ file: '', line: 1, column: 1 }));
  expect(validate(m)).toEqual([]);
  expect(refused(m)).toBeUndefined();
});
