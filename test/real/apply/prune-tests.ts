import type { KubeObject } from '../manifests';
import type { Report } from '../report';
import { app, namespaceOf, pathOf } from './app';
import { expectCode, expectEqual, expectSaid, expectThat, said } from './expect';
import { allAvailable } from './harness-tests';
import type { Lab } from './lab';

/** What is in no file any more: what of it is deleted, and what stays. */
export async function pruneTests(lab: Lab, report: Report): Promise<void> {
  const { server, proxy } = lab;
  const namespace = lab.namespace('prune');
  const map = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } });
  const space = namespaceOf(namespace);
  /** Does something when an object is about to be deleted. */
  const beforeDeletion = (path: string, act: () => Promise<unknown>) => {
    proxy.forget();
    proxy.fault = (seen) => {
      if (seen.method !== 'DELETE' || seen.path !== path) return undefined;
      proxy.fault = () => undefined;
      void act();
      return { delay: 500 };
    };
  };
  await report.check('T15 what somebody made anew since the plan is not deleted', async () => {
    await lab.install('prune', [space, map('a'), map('b')]);
    const path = pathOf(map('b'));
    beforeDeletion(path, async () => {
      await server.must('DELETE', path);
      await server.apply(path, { ...map('b'), data: { by: 'hand' } }, 'somebody');
    });
    const applied = await lab.apply('prune', [space, map('a')]);
    proxy.forget();
    expectCode(applied, 3);
    expectSaid(JSON.stringify(applied.result.failed), `ConfigMap/${namespace}/b`);
    expectEqual('the new one', (await server.get(path))?.data, { by: 'hand' });
  });
  await report.check('T15 what others only touch (a status, a label of theirs) is deleted all the same', async () => {
    const objects = app(namespace, [{ name: 'web' }]).slice(1);
    await lab.install('prune', [space, map('a'), ...objects]);
    await allAvailable(lab, namespace);
    const deployment = objects.find((o) => o.kind === 'Deployment')!;
    beforeDeletion(pathOf(deployment), () =>
      server.must('PATCH', `${pathOf(deployment)}/status?fieldManager=controller&force=true`, {
        type: 'application/apply-patch+yaml',
        value: {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: deployment.metadata,
          status: { conditions: [{ type: 'Available', status: 'True', reason: 'Again' }] },
        },
      }),
    );
    const applied = await lab.apply('prune', [space, map('a')]);
    proxy.forget();
    expectCode(applied, 0);
    expectEqual('the Deployment', await server.get(pathOf(deployment)), undefined);
  });
  await report.check('T15 what a controller copied our label to stays, and so does what is not ours', async () => {
    const { metadata } = await server.get(pathOf(map('a')));
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: metadata.uid, controller: true };
    const child = { ...map('child'), metadata: { name: 'child', namespace, labels: metadata.labels, ownerReferences: [owner] } };
    await server.apply(pathOf(map('child')), child, 'controller');
    await server.apply(pathOf(map('foreign')), map('foreign'), 'somebody');
    await lab.install('prune', [space, map('a'), map('c')]);
    expectCode(await lab.apply('prune', [space, map('a')]), 0);
    expectThat('the child stays', await server.get(pathOf(map('child'))));
    expectThat('the foreign one stays', await server.get(pathOf(map('foreign'))));
    expectEqual('ours', await server.get(pathOf(map('c'))), undefined);
  });
  await report.check(
    'T15 a Namespace stays until it is named; too many deletions are refused; --prune=false deletes nothing',
    async () => {
      const many = Array.from({ length: 25 }, (_, i) => map(`m${i}`));
      await lab.install('prune', [space, map('a'), ...many]);
      const refused = await lab.apply('prune', [space, map('a')]);
      expectCode(refused, 3);
      expectSaid(said(refused), '25 objects would be deleted', '--max-deletes 25');
      expectCode(await lab.apply('prune', [space, map('a')], ['--prune=false']), 0);
      expectThat('it is there', await server.get(pathOf(map('m7'))));
      const elsewhere = { ...map('a'), metadata: { name: 'prune-a', namespace: 'default' } };
      expectCode(await lab.apply('prune', [elsewhere], ['--max-deletes', '50']), 0);
      expectThat('the namespace is there', (await server.get(`/api/v1/namespaces/${namespace}`)).metadata.name);
      expectCode(await lab.apply('prune', [elsewhere], ['--delete', `Namespace/${namespace}`]), 0);
      const left = await server.get(`/api/v1/namespaces/${namespace}`);
      expectThat('it goes', left === undefined || left.metadata.deletionTimestamp);
    },
  );
  await report.check('T9 a deletion whose answer is lost counts as done', async () => {
    const here = { ...map('x'), metadata: { name: 'lost', namespace: 'default' } };
    const stays = { ...map('x'), metadata: { name: 'stays', namespace: 'default' } };
    await lab.install('lost', [here, stays]);
    proxy.forget();
    proxy.fault = (seen) => {
      if (seen.method !== 'DELETE' || seen.path !== pathOf(here)) return undefined;
      proxy.fault = () => undefined;
      return { reset: 'after' };
    };
    const applied = await lab.apply('lost', [stays]);
    proxy.forget();
    expectCode(applied, 0);
    expectEqual('the object', await server.get(pathOf(here)), undefined);
  });
}
