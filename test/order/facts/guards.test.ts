import type { Manifest } from '../../../src/manifests/manifest';
import { phasesOf } from '../../../src/order/phases';
import { manifest, service, shown } from '../support';

const workload = (name: string, labels: object = { app: name }) =>
  manifest('apps/v1', 'Deployment', name, { template: { metadata: { labels } } });
const policy = (name: string, app: string | undefined, more: object = { rules: [{}] }, namespace = 'shop') =>
  manifest(
    'security.istio.io/v1',
    'AuthorizationPolicy',
    name,
    { ...(app ? { selector: { matchLabels: { app } } } : {}), ...more },
    namespace,
  );
const deny = (name: string, app: string, rules: object[] = [{}]) => policy(name, app, { action: 'DENY', rules });
const plan = (live: Manifest[], desired: Manifest[]) => {
  const phases = phasesOf({ live, desired });
  expect(phases.knots).toEqual([]);
  return shown(phases);
};

test('a policy that takes the place of another is there before it goes', () => {
  const web = workload('web');
  expect(plan([web, policy('first', 'web')], [web, policy('second', 'web')])).toEqual([
    ['create AuthorizationPolicy second'],
    ['delete AuthorizationPolicy first'],
  ]);
  // that of the root namespace is about all
  expect(plan([web, policy('first', 'web')], [web, policy('all', undefined, {}, 'istio-system')])).toEqual([
    ['create AuthorizationPolicy all'],
    ['delete AuthorizationPolicy first'],
  ]);
});

test('one that is about another workload, or about gateways, takes no place', () => {
  const both = [workload('web'), workload('page')];
  expect(plan([...both, policy('first', 'web')], [...both, policy('second', 'page')])).toEqual([
    ['create AuthorizationPolicy second'],
    ['delete AuthorizationPolicy first'],
  ]);
  const gateway = policy('gateway', undefined, { targetRefs: [{ kind: 'Gateway', name: 'edge' }], rules: [{}] });
  expect(plan([...both, policy('first', 'web')], [...both, gateway])).toEqual([
    ['create AuthorizationPolicy gateway'],
    ['delete AuthorizationPolicy first'],
  ]);
});

test('a workload comes after its policy, and goes before it, where others have run before', () => {
  const [other, web] = [workload('other'), workload('web')];
  expect(plan([other], [other, service('web'), web, policy('web', 'web')])).toEqual([
    ['create AuthorizationPolicy web', 'create Service web'],
    ['create Deployment web'],
  ]);
  expect(plan([other, web, policy('web', 'web')], [other])).toEqual([
    ['delete Deployment web'],
    ['delete AuthorizationPolicy web'],
  ]);
});

test('a workload that is open to all afterwards needs no policy on the way', () => {
  const web = workload('web');
  expect(plan([web, policy('web', 'web')], [web])).toEqual([['delete AuthorizationPolicy web']]);
  expect(plan([web], [web, policy('web', 'web')])).toEqual([['create AuthorizationPolicy web']]);
});

test('labels of a workload and its policy change together', () => {
  const [before, after] = [workload('web', { app: 'web' }), workload('web', { app: 'new' })];
  expect(plan([before, policy('old', 'web')], [after, policy('new', 'new')])).toEqual([
    ['create AuthorizationPolicy new'],
    ['change Deployment web'],
    ['delete AuthorizationPolicy old'],
  ]);
});

test('who is denied is denied until somebody else says so', () => {
  const web = workload('web');
  expect(plan([web, deny('first', 'web')], [web, deny('second', 'web')])).toEqual([
    ['create AuthorizationPolicy second'],
    ['delete AuthorizationPolicy first'],
  ]);
  expect(plan([web, deny('bad', 'web')], [web, policy('good', 'web')])).toEqual([
    ['create AuthorizationPolicy good'],
    ['delete AuthorizationPolicy bad'],
  ]);
  expect(plan([web, deny('bad', 'web', [{ a: 1 }])], [web, deny('bad', 'web', [{ b: 1 }])])).toEqual([
    ['change AuthorizationPolicy bad'],
  ]);
});

test('a DENY that takes the place of an ALLOW is there before the ALLOW goes', () => {
  const both = [workload('web'), service('web')];
  const deny = policy('second', 'web', { action: 'DENY', rules: [{ from: [{ source: { notNamespaces: ['shop'] } }] }] });
  expect(plan([...both, policy('first', 'web')], [...both, deny])).toEqual([
    ['create AuthorizationPolicy second'],
    ['delete AuthorizationPolicy first'],
  ]);
});

test('of pods that no manifest shows a Service tells that they are there, as do Pods and WorkloadEntries', () => {
  const from = (ns: string) => ({ rules: [{ from: [{ source: { namespaces: [ns] } }] }] });
  const two = [policy('a', 'web', from('one')), policy('b', 'web', from('two'))];
  const pod = { ...manifest('v1', 'Pod', 'web-0', {}) };
  const shownBy = [
    service('web'),
    { ...pod, object: { ...pod.object, metadata: { ...pod.object.metadata, labels: { app: 'web' } } } } as Manifest,
    manifest('networking.istio.io/v1', 'WorkloadEntry', 'web', { address: '10.0.0.1', labels: { app: 'web' } }),
  ];
  for (const one of shownBy)
    expect(plan([one], [one, ...two])).toEqual([
      ['create AuthorizationPolicy a (wide)', 'create AuthorizationPolicy b (wide)'],
      ['change AuthorizationPolicy a', 'change AuthorizationPolicy b'],
    ]);
});
