import { liveObject } from '../../../src/apply/live';
import type { PlannedObject } from '../../../src/apply/plan/planned-object';
import { afterRollouts } from '../../../src/apply/plan/rollouts';
import type { Rank } from '../../../src/order/forms/stages';
import type { Phase, Write } from '../../../src/order/phase';
import { manifest } from '../../order/support';

const deployment = (name: string) => manifest('apps/v1', 'Deployment', name, { replicas: 1 });
const write = (action: Write['action'], apiVersion: string, kind: string, name: string): Write => ({
  key: `${kind} ${name}`,
  action,
  object: manifest(apiVersion, kind, name, {}),
  wide: false,
});
const phase = (rank: Rank, ...writes: Write[]): Phase => ({ rank, writes, awaited: [], pods: [], gone: [], settles: true });
const planned = (name: string, path: string, action: PlannedObject['action'] = 'change'): PlannedObject => ({
  key: `Deployment ${name}`,
  action,
  manifest: deployment(name),
  resource: undefined,
  force: false,
  comparison: { changes: [{ path }], unowned: [], conflicts: [], kept: [] },
});
const shown = (phases: readonly Phase[]) =>
  phases.map((p) => [p.writes.map((w) => `${w.action} ${w.key}`).join(', '), p.pods.map((m) => m.name).join(), p.settles]);

const PAGE = write('change', 'apps/v1', 'Deployment', 'page');
const GONE = write('delete', 'v1', 'Service', 'web');
const IMAGE = [planned('page', '.spec.template.spec.containers[name="app"].image')];

test('what goes waits for the pods of a workload that changes in place', () =>
  expect(shown(afterRollouts([phase('open', PAGE), phase('close', GONE)], IMAGE, false))).toEqual([
    ['change Deployment page', 'page', true],
    ['delete Service web', '', true],
  ]));

test('in one phase what goes comes last', () =>
  expect(shown(afterRollouts([phase('open', PAGE, GONE)], IMAGE, false))).toEqual([
    ['change Deployment page', 'page', false],
    ['delete Service web', '', true],
  ]));

test('a Sidecar that narrows waits, too, and one that widens does not', () => {
  const sidecar = write('change', 'networking.istio.io/v1', 'Sidecar', 'page');
  expect(shown(afterRollouts([phase('open', PAGE), phase('close', sidecar)], IMAGE, false))[0]).toContain('page');
  expect(shown(afterRollouts([phase('open', PAGE, sidecar)], IMAGE, false))).toHaveLength(1);
});

test('nothing waits for a workload whose pods stay, or that is new, nor with what nobody calls', () => {
  const release = [phase('open', PAGE), phase('close', GONE)];
  expect(afterRollouts(release, [planned('page', '.spec.replicas')], false)).toEqual(release);
  const others = [phase('open', write('create', 'apps/v1', 'Deployment', 'page')), phase('close', GONE)];
  expect(afterRollouts(others, [planned('page', '.spec.template', 'create')], false)).toEqual(others);
  const config = [phase('open', PAGE), phase('close', write('delete', 'v1', 'ConfigMap', 'c'))];
  expect(afterRollouts(config, IMAGE, false)).toEqual(config);
});

test('nothing waits for pods that stay until somebody does something', () => {
  const release = [phase('open', PAGE), phase('close', GONE)];
  const paused = IMAGE.map((p) => ({
    ...p,
    manifest: { ...p.manifest, object: { ...p.manifest.object, spec: { ...p.manifest.object.spec, paused: true } } },
  }));
  expect(afterRollouts(release, paused, false)).toEqual(release);
});

test('a run that goes on waits for what the one before wrote', () => {
  const resource = { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true, verbs: [] };
  const object = { metadata: { name: 'page', generation: 2 }, spec: { replicas: 1 }, status: { observedGeneration: 1 } };
  const kept: PlannedObject = { ...planned('page', '', 'keep'), live: liveObject(object, resource) };
  const last = [phase('close', GONE)];
  expect(shown(afterRollouts(last, [kept], true))).toEqual([
    ['', 'page', false],
    ['delete Service web', '', true],
  ]);
  expect(afterRollouts(last, [kept], false)).toEqual(last);
});

test('a run that goes on does not wait for pods that stay until somebody does something', () => {
  const resource = { group: 'apps', version: 'v1', kind: 'StatefulSet', plural: 'statefulsets', namespaced: true, verbs: [] };
  const set = (partition: number, image: string) => ({
    replicas: 3,
    updateStrategy: { rollingUpdate: { partition } },
    template: { spec: { containers: [{ name: 'db', image }] } },
  });
  const status = { observedGeneration: 2, replicas: 3, updatedReplicas: 0, availableReplicas: 3 };
  const at = (live: number, desired: number): PlannedObject => ({
    key: 'StatefulSet db',
    action: live === desired ? 'keep' : 'change',
    manifest: manifest('apps/v1', 'StatefulSet', 'db', set(desired, 'db:2')),
    live: liveObject({ metadata: { name: 'db', generation: 2 }, spec: set(live, 'db:2'), status }, resource),
    resource,
    force: false,
  });
  const last = [phase('close', GONE)];
  expect(shown(afterRollouts(last, [at(0, 0)], true))[0]).toEqual(['', 'db', false]);
  for (const held of [at(2, 2), at(2, 0), at(0, 2)]) expect(afterRollouts(last, [held], true)).toEqual(last);
});

describe('a run that goes on', () => {
  const resource = { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true, verbs: [] };
  const object = { metadata: { name: 'page', generation: 2 }, spec: { replicas: 1 }, status: { observedGeneration: 1 } };
  const unready = (action: PlannedObject['action'], path = '.spec.template.spec.containers'): PlannedObject => ({
    ...planned('page', path, action),
    live: liveObject(object, resource),
  });

  test('takes away what pods of before may need when they are gone', () => {
    const map = write('delete', 'v1', 'ConfigMap', 'old');
    expect(shown(afterRollouts([phase('close', map)], [unready('keep')], true))).toEqual([
      ['', 'page', false],
      ['delete ConfigMap old', '', true],
    ]);
  });

  test('takes away what pods of before may need when a Rollout is through, and what is called at once', () => {
    const kind = { group: 'argoproj.io', version: 'v1alpha1', kind: 'Rollout', plural: 'rollouts', namespaced: true, verbs: [] };
    const rollout = (phase: string): PlannedObject => ({
      key: 'Rollout page',
      action: 'keep',
      manifest: manifest('argoproj.io/v1alpha1', 'Rollout', 'page', {}),
      live: liveObject({ metadata: { name: 'page', generation: 2 }, status: { observedGeneration: '2', phase } }, kind),
      resource: kind,
      force: false,
    });
    const config = [phase('close', write('delete', 'v1', 'ServiceAccount', 'old'))];
    expect(shown(afterRollouts(config, [rollout('Paused')], true))[0]).toEqual(['', 'page', false]);
    expect(afterRollouts(config, [rollout('Healthy')], true)).toEqual(config);
    expect(afterRollouts([phase('close', GONE)], [rollout('Paused')], true)).toEqual([phase('close', GONE)]);
  });

  test('writes what mends a workload before it waits for it', () => {
    const mended = [
      ['change Deployment page', 'page', false],
      ['delete Service web', '', true],
    ];
    for (const path of ['.spec.template.spec.containers', '.spec.progressDeadlineSeconds'])
      expect(shown(afterRollouts([phase('open', PAGE, GONE)], [unready('change', path)], true))).toEqual(mended);
    const other = write('delete', 'v1', 'Service', 'other');
    expect(
      shown(afterRollouts([phase('close', GONE), phase('open', PAGE), phase('close', other)], [unready('change')], true)),
    ).toEqual([
      ['delete Service web', '', true],
      ['change Deployment page', 'page', true],
      ['delete Service other', '', true],
    ]);
  });
});
