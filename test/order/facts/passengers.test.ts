import { keyOf } from '../../../src/manifests/key-of';
import { passengers } from '../../../src/order/facts/passengers';
import { phasesOf } from '../../../src/order/phases';
import { host, manifest, service, shown } from '../support';

const space = manifest('v1', 'Namespace', 'shop', {}, '');
const account = manifest('v1', 'ServiceAccount', 'default', {});
const web = service('web');

const plan = (deleted: (typeof web)[], kept: (typeof web)[], others: (typeof web)[] = [], changed = others) => {
  const live = [space, account, web, ...others];
  const { is, facts } = passengers(live, deleted, new Set(kept.map(keyOf)), 'cluster.local');
  const rest = (all: (typeof web)[]) => all.filter((m) => !is(m));
  const after = rest([space, account, web, ...changed].filter((m) => !deleted.includes(m)));
  return phasesOf({ live: rest(live), desired: after }, 'cluster.local', facts);
};

test('what is in a namespace that is deleted goes with it', () => {
  const phases = plan([space], []);
  expect(phases.knots).toEqual([]);
  expect(shown(phases)).toEqual([['delete Namespace shop']]);
});

test('what is deleted by itself goes before it', () => {
  expect(shown(plan([space, web], []))).toEqual([['delete Service web'], ['delete Namespace shop']]);
});

test('a namespace with something that is to be there cannot go', () => {
  expect(plan([space], [web]).knots).toEqual([{ key: keyOf(space), facts: ['namespace shop'], waits: false, by: [keyOf(web)] }]);
});

test('what leads into it is led elsewhere first, and where it is not, the namespace cannot go', () => {
  const route = (to: string) =>
    manifest(
      'networking.istio.io/v1',
      'VirtualService',
      'entry',
      { hosts: ['a.example.com'], http: [{ route: [{ destination: { host: to } }] }] },
      'edge',
    );
  const elsewhere = manifest('v1', 'Service', 'web', { ports: [] }, 'edge');
  const phases = plan([space], [], [elsewhere, route(host('web'))], [elsewhere, route('web.edge.svc.cluster.local')]);
  expect(shown(phases)).toEqual([['change VirtualService entry'], ['delete Namespace shop']]);
  expect(plan([space], [], [route(host('web'))]).knots.map((k) => k.key)).toEqual([keyOf(space)]);
});
