import { App, Chart } from 'cdk8s';
import * as m from '../../../src';
import { errorOf, image, refuses, solo, web } from './support';

const { Port } = m;

refuses([
  // access
  [
    'a denied version without an identity',
    (c) => new m.AccessPolicy(c, 'A', { service: solo(c), deny: [web(c).version('v2')] }),
    /has the same service account "web" as "v1".*serviceAccount: 'own'/,
  ],
  ['an access policy for nobody', (c) => new m.AccessPolicy(c, 'A', { service: solo(c) }), /names nobody/],
  [
    'a namespace that is no name',
    (c) => new m.AccessPolicy(c, 'A', { service: solo(c), allowNamespaces: ['A_B'] }),
    /namespace in "chart\/A" is "A_B"/,
  ],
  [
    'a secure namespace of another name',
    (c) => new m.SecureNamespace(c, 'N', { name: 'other' }),
    /SecureNamespace "other" is in chart "chart", whose namespace is "shop"/,
  ],
  // apps
  [
    'a callee of another app',
    (c) => solo(c).mayCall(web(new Chart(new App(), 'far', { namespace: 'far' }))),
    /"far\/Web" belongs to another app than "chart\/Solo"/,
  ],
  [
    'a rule for a host of another app',
    (c) =>
      new m.FaultInjection(c, 'F', { service: solo(new Chart(new App(), 'far', { namespace: 'far' })), percent: 1, delay: '1s' }),
    /"chart\/F" belongs to another app than host "solo\.far/,
  ],
  [
    'an unknown Istio',
    (_c, a) => new m.Mesh(a, 'M', { istioVersion: '1.2' as any }),
    /istioVersion is "1\.2": this package writes for 1\.29, 1\.30 and 1\.31/,
  ],
]);

test('all that is wrong is said at once, each with its construct', () => {
  const message = errorOf((c) => {
    for (const id of ['A', 'B']) new m.MeshService(c, id, { port: Port.http(80), versions: { v1: image, v2: image } });
  });
  expect(message).toMatch(/chart\/A: service "a"[\s\S]*chart\/B: service "b"/);
});
