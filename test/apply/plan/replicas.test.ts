import { type Live, liveObject } from '../../../src/apply/live';
import type { Desired } from '../../../src/apply/plan/desired';
import { withReplicas } from '../../../src/apply/plan/replicas';
import type { Discovery, Resource } from '../../../src/cluster/discovery';
import type { Manifest } from '../../../src/manifests/manifest';
import { manifest } from '../../order/support';

const MANAGER = 'mesh/default/shop';
const DEPLOYMENT: Resource = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
  verbs: [],
};
const HPA: Resource = { ...DEPLOYMENT, group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler' };

const scaler = (name: string) =>
  manifest('autoscaling/v2', 'HorizontalPodAutoscaler', 'x', { scaleTargetRef: { kind: 'Deployment', name } }, 'shop');
const desiredOf = (m: Manifest): Desired => ({ key: `${m.kind} ${m.name}`, manifest: m, body: m.object, resource: DEPLOYMENT });
const web = (spec: object = {}) => desiredOf(manifest('apps/v1', 'Deployment', 'web', spec, 'shop'));

/** A live Deployment of 20 pods, whose number this manager has said, and what else is live. */
async function kept(manager: string, desired: readonly Desired[], others: readonly Manifest[] = []) {
  const fieldsV1 = { 'f:spec': { 'f:replicas': {} } };
  const operation = manager.startsWith('mesh/') ? 'Apply' : 'Update';
  const metadata = { name: 'web', namespace: 'shop', managedFields: [{ manager, operation, apiVersion: 'apps/v1', fieldsV1 }] };
  const asked: string[] = [];
  const objects = new Map([['Deployment web', liveObject({ metadata, spec: { replicas: 20 } }, DEPLOYMENT)]]);
  const live = {
    objects,
    all: async (kinds: readonly Resource[]) => {
      asked.push(...kinds.map((k) => k.kind));
      for (const m of others) objects.set(`live ${m.name}`, { ...objects.get('Deployment web')!, manifest: m });
    },
  } as unknown as Live;
  const discovery = { preferred: (_: string, kind: string) => (kind === HPA.kind ? HPA : undefined) } as unknown as Discovery;
  const out = await withReplicas(desired, live, discovery, MANAGER);
  return { replicas: out.map((d) => d.body.spec.replicas)[0], asked };
}

test('what an autoscaler of the files scales keeps the pods that it has', async () =>
  expect(await kept(MANAGER, [web(), desiredOf(scaler('web'))])).toEqual({ replicas: 20, asked: ['HorizontalPodAutoscaler'] }));
test('so does what somebody else’s autoscaler scales', async () =>
  expect((await kept(MANAGER, [web()], [scaler('web')])).replicas).toBe(20));
test('and what is taken over from kubectl', async () =>
  expect((await kept('kubectl-client-side-apply', [web(), desiredOf(scaler('web'))])).replicas).toBe(20));
test('KEDA scales a Deployment where it does not say of which kind', async () => {
  const keda = manifest('keda.sh/v1alpha1', 'ScaledObject', 'x', { scaleTargetRef: { name: 'web' } }, 'shop');
  expect((await kept(MANAGER, [web(), desiredOf(keda)])).replicas).toBe(20);
});
test('without an autoscaler the server says how many', async () =>
  expect((await kept(MANAGER, [web(), desiredOf(scaler('other'))])).replicas).toBe(undefined));
test('a number of the files is written', async () =>
  expect(await kept(MANAGER, [web({ replicas: 3 }), desiredOf(scaler('web'))])).toEqual({ replicas: 3, asked: [] }));
test('a number that is the autoscaler’s is its own, and nobody is asked', async () =>
  expect(await kept('kube-controller-manager', [web(), desiredOf(scaler('web'))])).toEqual({ replicas: undefined, asked: [] }));
