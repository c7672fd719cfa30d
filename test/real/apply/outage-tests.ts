import { applyPlan, BrokenOff, Cluster, plan } from '../../../src/apply';
import { nameText } from '../../../src/apply/named';
import { manifestOf } from '../../../src/manifests/manifest';
import { parseManifests } from '../../../src/manifests/parse';
import { expectNone, type Report } from '../report';
import { app, pathOf } from './app';
import { expectCode, expectEqual, expectSaid, expectThat, said } from './expect';
import { until } from './harness-tests';
import { appliedOf, type Lab } from './lab';
import { isRun } from './refused';

const PLACE = { file: 'test', line: 0, column: 0 };

/** Servers that are killed, or stay away, while a run goes on. */
export async function outageTests(lab: Lab, report: Report): Promise<void> {
  const { server, proxy } = lab;
  /** Does something when so many writes have come. */
  const at = (count: number, act: () => void) => {
    let n = 0;
    proxy.forget();
    proxy.fault = (seen) => {
      if (isRun(seen) && n++ === count) act();
      return undefined;
    };
  };
  const names = Array.from({ length: 20 }, (_, i) => `s${i}`);
  for (const [who, restart] of [
    ['the API server', () => server.restart(0, 500)],
    ['etcd', () => server.restartEtcd(500)],
  ] as const)
    await report.check(`T7 ${who} is killed while a run writes: it waits, and nothing is lost`, async () => {
      const namespace = lab.namespace('restart');
      const objects = app(
        namespace,
        names.map((name) => ({ name })),
      );
      let restarted: Promise<void> | undefined;
      at(30, () => {
        restarted = restart();
      });
      const applied = await lab.apply(namespace, objects);
      await restarted;
      proxy.forget();
      expectCode(applied, 0);
      const missing: string[] = [];
      for (const o of objects) if (!(await server.get(pathOf(o)))) missing.push(pathOf(o));
      expectNone('missing', missing);
      expectEqual('written', new Set(applied.result.written).size, objects.length);
    });
  await report.check('T7 the API server is killed while workloads are waited for', async () => {
    const namespace = lab.namespace('waiting');
    lab.controllers.readiness = () => 6_000;
    let restarted: Promise<void> | undefined;
    const run = lab.startApply(namespace, app(namespace, [{ name: 'web' }]), [], {
      onLine: (line) => {
        if (line.includes('"waiting"') && line.includes('"pods"')) restarted ??= server.restart();
      },
    });
    const applied = appliedOf(await run.ended);
    lab.controllers.readiness = () => 0;
    await restarted;
    expectThat('it was restarted', restarted);
    expectCode(applied, 0);
  });
  await report.check('T7 a server that stays away is said, with what to do, what is done and what is not', async () => {
    const namespace = lab.namespace('away');
    const file = proxy.kubeconfig();
    const cluster = await Cluster.of({ kubeconfig: file }, { patience: 1_500 });
    const objects = app(namespace, [{ name: 'web' }]);
    const text = objects.map((o) => JSON.stringify(o)).join('\n---\n');
    const set = { namespace: 'default', name: namespace };
    // away at once, or while a phase is written: before each of the writes of the run
    for (const reached of [3, 4, 5]) {
      proxy.forget();
      const made = await plan(cluster, parseManifests(text, 'away').manifests, { set });
      const names = made.objects.map((o) => nameText(o.manifest)).sort();
      let count = 0;
      proxy.fault = (seen) => (isRun(seen) && count++ >= reached ? { reset: 'before' } : undefined);
      const ended = await applyPlan(cluster, made, { version: '0', barrier: 100 }).then(
        (result) => ({ result, said: result.failed.map((f) => f.message).join('\n') }),
        (error: Error) => ({ result: error instanceof BrokenOff ? error.result : undefined, said: error.message }),
      );
      proxy.forget();
      expectSaid(ended.said, 'does not answer', 'run the command again');
      const { written, failed, pending } = ended.result!;
      const told = [...written, ...failed.map((f) => f.object), ...pending].sort();
      expectEqual(`each object is told, once (${reached})`, told, names);
      const live: string[] = [];
      for (const o of objects) if (await server.get(pathOf(o))) live.push(nameText(manifestOf(o, () => PLACE)));
      expectEqual(`what is told to be written is there, and no more (${reached})`, live.sort(), [...written].sort());
      expectThat(`something is left (${reached})`, failed.length + pending.length > 0);
      await server.send('DELETE', `/api/v1/namespaces/${namespace}`);
      await until('it is gone', async () => !(await server.get(`/api/v1/namespaces/${namespace}`)), 30_000);
      await server.send('DELETE', `/apis/coordination.k8s.io/v1/namespaces/default/leases/${namespace}`);
    }
    await cluster.close();
  });
  await report.check('T7 the command says so, too, and ends with 3', async () => {
    const namespace = lab.namespace('away');
    proxy.forget();
    let count = 0;
    // the third write of the run is the first object's, the one after it is of the next phase
    proxy.fault = (seen) => (isRun(seen) && count++ >= 3 ? { reset: 'before' } : undefined);
    const applied = await lab.apply(namespace, app(namespace, [{ name: 'web' }]));
    proxy.forget();
    expectCode(applied, 3);
    expectEqual('written', applied.result.written, [`Namespace/${namespace}`]);
    expectThat('the others are not', applied.result.pending.length + applied.result.failed.length === 5);
    expectSaid(said(applied), 'does not answer', `Service/${namespace}/web`, 'run the command again');
  });
}
