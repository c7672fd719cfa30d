import type { KubeObject } from '../manifests';
import type { Report } from '../report';
import { app, namespaceOf, pathOf, virtualService } from './app';
import { expectCode, expectEqual, expectSaid, expectThat, said } from './expect';
import { allAvailable } from './harness-tests';
import { appliedOf, type Lab } from './lab';
import { isRun, map, refused } from './refused';

/** What does not go, or does not come up. */
export async function leavingTests(lab: Lab, report: Report): Promise<void> {
  const { server, controllers } = lab;
  const held = 'Some content in the namespace has finalizers remaining: lab.example.com/held in 1 resource instances';
  /** A set whose namespace is being deleted, and does not go until `controllers.finalizes`, and it is looked at again. */
  const leaving = async (namespace: string): Promise<KubeObject[]> => {
    const objects = [namespaceOf(namespace), map(namespace, 'a')];
    await lab.install('stuck', objects);
    controllers.finalizes = false;
    await server.must('DELETE', `/api/v1/namespaces/${namespace}`);
    const now = await server.get(`/api/v1/namespaces/${namespace}`);
    const condition = { type: 'NamespaceFinalizersRemaining', status: 'True', reason: 'SomeFinalizersRemain', message: held };
    const value = {
      ...now,
      status: { ...now.status, conditions: [{ ...condition, lastTransitionTime: new Date().toISOString() }] },
    };
    await server.must('PUT', `/api/v1/namespaces/${namespace}/status`, { type: 'application/json', value });
    return objects;
  };
  await report.check(
    'T12 a namespace that is being deleted is waited for up to the timeout, and then said with what holds it',
    async () => {
      const namespace = lab.namespace('stuck');
      const objects = await leaving(namespace);
      try {
        const planned = await lab.plan('stuck', objects);
        expectCode(planned, 3);
        expectSaid(said(planned), `Namespace/${namespace}`, 'is being deleted', held);
        expectThat(`a plan says it at once, not after ${planned.took} ms`, !planned.stdout.includes('waiting'));
        const since = Date.now();
        const text = await refused(lab, 'stuck', objects, ['--timeout', '3s']);
        const took = Date.now() - since;
        expectThat(`it waits for the timeout, and no longer: ${took} ms`, took >= 3_000 && took < 60_000);
        expectSaid(text, '"for":"namespaces"', `Namespace/${namespace}`, 'was not gone after 3 s', held);
        const looks = lab.proxy.seen.filter((s) => s.path === `/api/v1/namespaces/${namespace}`).length;
        expectThat(`it looks now and then: ${looks} times`, looks >= 2 && looks <= 10);
      } finally {
        controllers.finalizes = true;
      }
    },
  );
  await report.check('T12 when it is gone it is planned again, and all of it is made anew', async () => {
    const namespace = lab.namespace('anew');
    const objects = await leaving(namespace);
    const { uid } = (await server.get(`/api/v1/namespaces/${namespace}`)).metadata;
    let released: Promise<unknown> | undefined;
    const run = lab.startApply('stuck', objects, ['--timeout', '60s'], {
      onLine: (line) => {
        if (!line.includes('"namespaces"')) return;
        controllers.finalizes = true;
        // its controller looks at it again
        released ??= server.apply(
          `/api/v1/namespaces/${namespace}`,
          { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, annotations: { looked: 'at' } } } as KubeObject,
          'lab',
        );
      },
    });
    const applied = appliedOf(await run.ended);
    controllers.finalizes = true;
    await released;
    expectCode(applied, 0);
    expectEqual('written', [...applied.result.written].sort(), [`ConfigMap/${namespace}/a`, `Namespace/${namespace}`]);
    const now = await server.get(`/api/v1/namespaces/${namespace}`);
    expectThat('it is another one', now.metadata.uid !== uid && !now.metadata.deletionTimestamp);
    expectThat('what is in it is there', await server.get(pathOf(map(namespace, 'a'))));
  });
  await report.check('T12 one that nobody makes anew is said at once', async () => {
    const namespace = lab.namespace('others');
    await server.put([namespaceOf(namespace)]);
    controllers.finalizes = false;
    try {
      await server.must('DELETE', `/api/v1/namespaces/${namespace}`);
      const text = await refused(lab, 'others', [map(namespace, 'a')]);
      expectSaid(text, `Namespace/${namespace}`, 'is being deleted', 'nobody makes it anew');
    } finally {
      controllers.finalizes = true;
    }
  });
  await report.check('T12 what is held by a finalizer counts as deleted, and is not deleted again', async () => {
    const namespace = lab.namespace('held');
    const held = map(namespace, 'held');
    await lab.install('held', [namespaceOf(namespace), held, map(namespace, 'a')]);
    await server.mustKubectl([
      'patch',
      '-n',
      namespace,
      'configmap/held',
      '--type=merge',
      '--patch',
      '{"metadata":{"finalizers":["lab.example.com/held"]}}',
    ]);
    const rest = [namespaceOf(namespace), map(namespace, 'a')];
    expectCode(await lab.apply('held', rest), 0);
    expectThat('it is on its way out', (await server.get(pathOf(held))).metadata.deletionTimestamp);
    lab.proxy.forget();
    expectCode(await lab.apply('held', rest), 0);
    expectEqual(
      'writes',
      lab.proxy.seen.filter(isRun).map((s) => `${s.method} ${s.path}`),
      [],
    );
  });
  await report.check('pods that do not come up: said with the reason, and routes do not lead to them', async () => {
    const namespace = lab.namespace('down');
    await lab.install('down', app(namespace, [{ name: 'web' }]));
    await allAvailable(lab, namespace);
    controllers.readiness = () => 'never';
    const applied = await lab.apply('down', app(namespace, [{ name: 'web', versions: ['v1', 'v2'] }]), ['--timeout', '2s']);
    controllers.readiness = () => 0;
    await controllers.again();
    expectCode(applied, 3);
    expectSaid(applied.result.notReady[`Deployment/${namespace}/web-v2`], '0 of 1 pods are ready');
    const { spec } = await server.get(pathOf(virtualService(namespace, 'web', [])));
    expectEqual(
      'routes',
      spec.http[0].route.map((r: any) => r.destination.subset),
      ['v1'],
    );
  });
}
