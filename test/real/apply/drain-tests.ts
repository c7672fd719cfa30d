import type { KubeObject } from '../manifests';
import type { Report } from '../report';
import { allow, app, deployment, namespaceOf, pathOf } from './app';
import { expectCode, expectEqual, expectSaid, expectThat } from './expect';
import { allAvailable, until } from './harness-tests';
import type { Lab } from './lab';

/** Pods that are on their way out take requests still: what says who may call them goes after them. */
export async function drainTests(lab: Lab, report: Report): Promise<void> {
  const installed = async (purpose: string) => {
    const namespace = lab.namespace(purpose);
    await lab.install(purpose, app(namespace, [{ name: 'web', callers: ['api'] }]));
    await allAvailable(lab, namespace);
    const paths = [deployment(namespace, 'web', 'v1'), allow(namespace, 'web', [])].map(pathOf) as [string, string];
    return { paths, left: [namespaceOf(namespace)] };
  };
  const { controllers, server } = lab;
  const isAt = (path: string) => path.includes('/deployments/');
  await report.check('T4 a policy goes after the last pod that it guards is gone', async () => {
    const { paths, left } = await installed('drain');
    controllers.draining = () => 2_000;
    try {
      const { log, result } = await lab.record(() => lab.apply('drain', left));
      expectCode(result, 0);
      const waited = result.events.filter(
        (e) => e.type === 'waiting' && JSON.stringify(e.left).includes('its pods are not gone yet'),
      );
      expectThat('it says what it waits for', waited.length > 0);
      const deleted = log.events.filter((e) => e.type === 'DELETED').map((e) => pathOf(e.object));
      expectEqual('what went last of the two', deleted.filter((p) => paths.includes(p)).filter(isAt).length, 1);
      expectThat('the pods went first', deleted.indexOf(paths[0]) < deleted.indexOf(paths[1]));
    } finally {
      controllers.draining = () => 0;
    }
  });
  await report.check('T4 where the pods do not go, the policy stays; and the next run waits for them again', async () => {
    const { paths, left } = await installed('held');
    controllers.draining = () => 'never';
    try {
      for (const _ of ['first', 'again']) {
        const stuck = await lab.apply('held', left, ['--timeout', '3s']);
        expectCode(stuck, 3);
        expectSaid(JSON.stringify(stuck.result), 'its pods are not gone yet');
        expectThat('the policy is there', await server.get(paths[1]));
        const { drift } = await lab.inspect('held', left);
        const going = drift.filter((d) => d.kind === 'going').map((d) => d.object.split('/')[0]);
        expectEqual('what is being deleted', going, ['Deployment']);
      }
    } finally {
      controllers.draining = () => 0;
    }
    await controllers.again();
    expectCode(await lab.apply('held', left), 0);
    expectEqual('what is left', [await server.get(paths[0]), await server.get(paths[1])], [undefined, undefined]);
  });
  await report.check(
    'T5 a StatefulSet is waited for, and with a partition as far as that goes: what goes does not wait for the rest',
    async () => {
      const namespace = lab.namespace('parts');
      const set = (image: string, partition: number): KubeObject => ({
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: { name: 'db', namespace },
        spec: {
          replicas: 3,
          serviceName: 'db',
          selector: { matchLabels: { app: 'db' } },
          updateStrategy: { rollingUpdate: { partition } },
          template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'db', image }] } },
        },
      });
      const old = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'old', namespace }, spec: { ports: [{ port: 80 }] } };
      const space = namespaceOf(namespace);
      await lab.install('parts', [space, set('db:1', 0), old]);
      const updated = async () => (await server.get(pathOf(set('', 0)))).status?.updatedReplicas;
      await until('its pods are there', async () => (await updated()) === 3);
      controllers.readiness = () => 'never';
      try {
        const stuck = await lab.apply('parts', [space, set('db:2', 0)], ['--timeout', '3s']);
        expectCode(stuck, 3);
        expectThat('the Service waits for new pods', await server.get(pathOf(old)));
      } finally {
        controllers.readiness = () => 0;
      }
      await controllers.again();
      expectCode(await lab.apply('parts', [space, set('db:3', 2)]), 0);
      expectEqual('new pods', await updated(), 1);
      expectEqual('the Service', await server.get(pathOf(old)), undefined);
      expectCode(await lab.plan('parts', [space, set('db:3', 2)]), 0);
      expectEqual('what differs', (await lab.inspect('parts', [space, set('db:3', 2)])).drift, []);
    },
  );
}
