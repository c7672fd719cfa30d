import { counted } from '../../../src/apply/plan/folded';

const of = (kind: string, namespace: string, said = '') => ({ object: { kind, namespace }, said });

test('objects are counted by kind, namespace and what is said of them', () =>
  expect(
    counted([
      of('Service', 'a', 'x'),
      of('Service', 'a', 'x'),
      of('Service', 'a', 'y'),
      of('Namespace', ''),
      of('Service', 'b', 'x'),
    ]),
  ).toEqual([
    { count: 2, objects: 'Services in a', said: 'x' },
    { count: 1, objects: 'Service in a', said: 'y' },
    { count: 1, objects: 'Namespace', said: '' },
    { count: 1, objects: 'Service in b', said: 'x' },
  ]));

test('where namespaces are many, they are counted, too', () =>
  expect(
    counted(Array.from({ length: 60 }, (_, i) => of(i % 2 ? 'AuthorizationPolicy' : 'Ingress', `ns-${i % 30}`))).map(
      ({ count, objects }) => `${count} ${objects}`,
    ),
  ).toEqual(['30 Ingresses in 15 namespaces', '30 AuthorizationPolicies in 15 namespaces']));
