import type { KubeObject } from '../manifests';
import type { Report } from '../report';
import { clusterRole } from './cluster-role';
import { expectCode, expectEqual, expectSaid, expectThat, said } from './expect';
import type { Lab } from './lab';

const map = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } });
const lease = '/apis/coordination.k8s.io/v1/namespaces/default/leases/leader';

/** What a set is kept in: its list and its Lease. */
export async function setTests(lab: Lab, report: Report): Promise<void> {
  const { server } = lab;
  await report.check('a Lease by which a controller elects its leader stays its own, however old it is', async () => {
    const spec = { holderIdentity: 'my-operator-0', leaseDurationSeconds: 1, renewTime: '2020-01-01T00:00:00.000000Z' };
    const theirs = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'leader', namespace: 'default' },
      spec,
    };
    await server.apply(lease, theirs, 'my-operator');
    const before = await server.get(lease);
    const ended = await lab.apply('leader', [map('leader')]);
    expectCode(ended, 3);
    expectSaid(said(ended), 'my-operator-0', 'another --set');
    expectEqual('the Lease', await server.get(lease), before);
  });
  await report.check("a file with a Secret of the set's name is refused, and the list stays", async () => {
    const list = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'own', namespace: 'default' }, stringData: { a: 'b' } };
    expectCode(await lab.apply('own', [map('own'), list]), 3);
    expectCode(await lab.apply('own', [map('own')]), 0);
    const refused = await lab.apply('own', [map('own'), list]);
    expectCode(refused, 3);
    expectSaid(said(refused), 'Secret/default/own', 'another --set');
    expectCode(await lab.apply('own', [map('own')]), 0);
    expectThat('the list is there', await server.get('/api/v1/namespaces/default/secrets/own'));
  });
  await report.check('T14 rights for the set and its objects alone, by their names, are enough', async () => {
    const rule = (group: string, resource: string, verbs: readonly string[], ...resourceNames: readonly string[]) => ({
      apiGroups: [group],
      resources: [resource],
      verbs,
      ...(resourceNames.length > 0 ? { resourceNames } : {}),
    });
    await server.put(
      clusterRole('lab-narrow', 'dev', [
        rule('', 'secrets', ['get', 'patch'], 'narrow'),
        rule('', 'secrets', ['create']),
        rule('coordination.k8s.io', 'leases', ['get', 'update', 'delete'], 'narrow'),
        rule('coordination.k8s.io', 'leases', ['create']),
        rule('', 'configmaps', ['get', 'patch', 'delete'], 'narrow-a', 'narrow-b'),
        rule('', 'configmaps', ['create', 'list']),
        rule('', 'namespaces', ['get', 'list']),
      ]),
    );
    const user = { user: 'dev' };
    expectCode(await lab.apply('narrow', [map('narrow-a'), map('narrow-b')], [], user), 0);
    expectCode(await lab.apply('narrow', [map('narrow-a')], [], user), 0);
    const refused = await lab.apply('narrow', [map('narrow-a'), map('narrow-c')], [], user);
    expectCode(refused, 3);
    expectSaid(said(refused), 'patch configmaps in namespace "default"');
    await server.mustKubectl(['delete', 'clusterrolebinding/lab-narrow']);
  });
}
