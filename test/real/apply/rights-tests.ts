import type { KubeObject } from '../manifests';
import type { Report } from '../report';
import { app, namespaceOf, pathOf } from './app';
import { clusterRole } from './cluster-role';
import { expectCode, expectEqual, expectSaid, expectThat, said } from './expect';
import type { Lab } from './lab';
import { isRun, map, refused } from './refused';

/** Rights that are missing. */
export async function rightsTests(lab: Lab, report: Report): Promise<void> {
  const { server } = lab;
  const namespace = lab.namespace('rights');
  const objects = app(namespace, [{ name: 'web' }]).slice(1);
  await server.put([
    namespaceOf(namespace),
    ...clusterRole('lab-reader', 'dev', [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list'] }]),
  ]);
  await report.check('T14 all rights that are missing are told at once, and nothing is written', async () => {
    const text = await refused(lab, 'rights', objects, [], 'dev');
    expectSaid(
      text,
      'patch virtualservices.networking.istio.io',
      'patch destinationrules.networking.istio.io',
      'patch deployments.apps',
      'create services',
    );
  });
  await report.check('T14 who may not even look is told so', async () => {
    await server.mustKubectl(['delete', 'clusterrolebinding/lab-reader']);
    lab.proxy.forget();
    const applied = await lab.apply('rights', objects, [], { user: 'dev' });
    expectCode(applied, 3);
    expectSaid(said(applied), /forbidden|may not/);
    expectEqual('writes', lab.proxy.seen.filter(isRun).length, 0);
  });
  await report.check('T14 where members may not be listed nothing is deleted, and the set remembers them', async () => {
    const [here, there] = [lab.namespace('seen'), lab.namespace('hidden')];
    const objects = [namespaceOf(here), namespaceOf(there), map(here, 'a'), map(here, 'b'), map(there, 'c')];
    await lab.install('hidden', objects);
    await server.put([
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: 'lab-writer' },
        rules: [
          { apiGroups: [''], resources: ['configmaps', 'secrets'], verbs: ['*'] },
          { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['*'] },
        ],
      },
      ...clusterRole('lab-namespaces', 'dev', [{ apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list'] }]),
      ...[here, 'default'].map((n) => ({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'lab-writer', namespace: n },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'lab-writer' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'dev' }],
      })),
    ] as KubeObject[]);
    const rest = [map(here, 'a', { data: { more: '1' } })];
    const planned = await lab.plan('hidden', rest, [], { user: 'dev' });
    expectSaid(
      JSON.stringify(planned.json?.notes ?? said(planned)),
      `list configmaps in namespace`,
      there,
      'mesh apply deletes nothing',
    );
    expectCode(await lab.apply('hidden', rest, [], { user: 'dev' }), 0);
    expectThat('b is there still', await server.get(pathOf(map(here, 'b'))));
    expectCode(await lab.apply('hidden', [namespaceOf(here), namespaceOf(there), ...rest]), 0);
    for (const gone of [map(here, 'b'), map(there, 'c')])
      expectEqual(`${gone.metadata.name} is gone for who may look`, await server.get(pathOf(gone)), undefined);
  });
}
