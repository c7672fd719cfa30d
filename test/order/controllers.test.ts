import type { Manifest } from '../../src/manifests/manifest';
import { isAwaited, notInEffect, notReady } from '../../src/order/facts/readiness';
import { phasesOf } from '../../src/order/phases';
import { gaps, manifest, service, shown } from './support';

// What controllers do with workloads: Argo's Rollouts, Flagger's Canaries, autoscalers, budgets for disruptions.

const DOMAIN = 'cluster.local';
const rollout = (spec: object, template: object = {}) =>
  manifest('argoproj.io/v1alpha1', 'Rollout', 'web', {
    template: { metadata: { labels: { app: 'web' } }, spec: template },
    ...spec,
  });

describe('a Rollout', () => {
  const live = (status: object, spec: object = { replicas: 4, strategy: { canary: { steps: [{}, {}, {}] } } }) => ({
    kind: 'Rollout',
    metadata: { generation: 7 },
    spec,
    status: { observedGeneration: '7', ...status },
  });
  test.each<[string, object, string | undefined, string | undefined]>([
    ['new', { observedGeneration: '6', phase: 'Healthy', availableReplicas: 4 }, ...twice('its controller has not seen it yet')],
    ['healthy', { phase: 'Healthy', availableReplicas: 4 }, undefined, undefined],
    ['coming up', { phase: 'Progressing', updatedReplicas: 2, availableReplicas: 1 }, ...twice('2 of 4 pods are new')],
    [
      'at a step',
      { phase: 'Progressing', updatedReplicas: 1, availableReplicas: 5, currentStepIndex: 1 },
      '1 of 4 pods are new at step 1 of 3',
      undefined,
    ],
    [
      'paused',
      { phase: 'Paused', message: 'CanaryPauseStep', availableReplicas: 5, currentStepIndex: 2 },
      'is paused at step 2 of 3: CanaryPauseStep',
      undefined,
    ],
    [
      'broken off',
      { phase: 'Degraded', message: 'RolloutAborted', availableReplicas: 4 },
      ...twice('does not come up: RolloutAborted'),
    ],
  ])('%s', (_, status, strictly, softly) =>
    expect([notReady(live(status)), notInEffect(live(status))]).toEqual([strictly, softly]),
  );
  function twice(text: string): [string, string] {
    return [text, text];
  }

  test('comes after the Services and the Deployment that it names, and its pods after what they need', () => {
    const objects = [
      rollout({ strategy: { canary: { canaryService: 'web-canary', stableService: 'web' } } }, { serviceAccountName: 'web' }),
      service('web'),
      service('web-canary'),
      manifest('v1', 'ServiceAccount', 'web', {}),
    ];
    const made = plan([], objects);
    expect(made.at(-1)).toEqual(['create Rollout web']);
    const other = manifest('argoproj.io/v1alpha1', 'Rollout', 'other', { workloadRef: { kind: 'Deployment', name: 'web' } });
    expect(plan([], [other, deployment()])).toEqual([['create Deployment web'], ['create Rollout other']]);
  });

  test('keeps what its old pods need until they are gone', () => {
    const account = (name: string) => manifest('v1', 'ServiceAccount', name, {});
    const [old, now] = ['a', 'b'].map((name) => [rollout({}, { serviceAccountName: name }), account(name)]);
    const { phases } = phasesOf({ live: old!, desired: now! }, DOMAIN);
    expect(phases.map((p) => p.writes.map((w) => `${w.action} ${w.object.kind} ${w.object.name}`))).toEqual([
      ['create ServiceAccount b'],
      ['change Rollout web'],
      ['delete ServiceAccount a'],
    ]);
    expect(phases.map((p) => p.pods.map((m) => m.name))).toEqual([[], ['web'], []]);
  });
});

test("Flagger's Canary is in effect when it has made what it makes, and comes after its Deployment", () => {
  const live = (phase?: string) => ({ kind: 'Canary', metadata: {}, status: { phase } });
  expect(
    [undefined, '', 'Initializing', 'Initialized', 'Progressing', 'Succeeded', 'Failed'].map((p) => notInEffect(live(p))),
  ).toEqual([...Array(3).fill('is not initialized yet'), ...Array(4).fill(undefined)]);
  const canary = manifest('flagger.app/v1beta1', 'Canary', 'web', {
    targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    autoscalerRef: { kind: 'HorizontalPodAutoscaler', name: 'web' },
  });
  expect(isAwaited(canary)).toBe(true);
  expect(plan([], [canary, autoscaler(), deployment()])).toEqual([
    ['create Deployment web'],
    ['create HorizontalPodAutoscaler web'],
    ['create Canary web'],
  ]);
  expect(plan([canary, autoscaler(), deployment()], [deployment()])).toEqual([
    ['delete Canary web', 'delete HorizontalPodAutoscaler web'],
  ]);
});

test('an autoscaler comes after what it scales, and goes before it', () => {
  expect(plan([], [autoscaler(), deployment()])).toEqual([['create Deployment web'], ['create HorizontalPodAutoscaler web']]);
  expect(plan([autoscaler(), deployment()], [])).toEqual([['delete HorizontalPodAutoscaler web'], ['delete Deployment web']]);
  expect(plan([autoscaler('Rollout'), rollout({})], [])).toEqual([
    ['delete HorizontalPodAutoscaler web'],
    ['delete Rollout web'],
  ]);
});

test.each([
  ['labels', { matchLabels: { app: 'web' } }],
  ['expressions', { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] }],
])('a budget for disruptions, chosen by %s, is there before the pods, and may be taken away while they stay', (_, selector) => {
  const budget = manifest('policy/v1', 'PodDisruptionBudget', 'web', { minAvailable: 1, selector });
  expect(plan([], [deployment(), budget])).toEqual([['create PodDisruptionBudget web'], ['create Deployment web']]);
  expect(plan([deployment(), budget], [deployment()])).toEqual([['delete PodDisruptionBudget web']]);
  const others = manifest('policy/v1', 'PodDisruptionBudget', 'other', { selector: { matchLabels: { app: 'other' } } });
  expect(plan([], [deployment(), others])).toEqual([['create Deployment web', 'create PodDisruptionBudget other']]);
});

function deployment(): Manifest {
  return manifest('apps/v1', 'Deployment', 'web', { template: { metadata: { labels: { app: 'web' } } } });
}
function autoscaler(kind = 'Deployment'): Manifest {
  return manifest('autoscaling/v2', 'HorizontalPodAutoscaler', 'web', { scaleTargetRef: { kind, name: 'web' } });
}
function plan(live: readonly Manifest[], desired: readonly Manifest[]): string[][] {
  const made = phasesOf({ live, desired }, DOMAIN);
  expect(made.knots).toEqual([]);
  expect(gaps(live, made, () => 0)).toEqual([]);
  return shown(made);
}
