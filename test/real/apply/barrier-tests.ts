import type { Report } from '../report';
import { app, destinationRule, namespaceOf, pathOf } from './app';
import { expectCode, expectEqual, expectSaid, expectThat } from './expect';
import { allAvailable } from './harness-tests';
import { Kubelet, syncz } from './kubelet';
import type { Lab } from './lab';

/** When a run waits for proxies, and for which; namespaces that are there or not. */
export async function barrierTests(lab: Lab, report: Report): Promise<void> {
  const namespace = lab.namespace('barrier');
  const objects = app(namespace, [{ name: 'web' }]);
  const timeout = (text: string) =>
    objects.map((o) =>
      o.kind === 'VirtualService'
        ? { ...o, spec: { ...(o.spec as any), http: [{ ...(o.spec as any).http[0], timeout: text }] } }
        : o,
    );
  await report.check('T5 where no reference changes there is no barrier', async () => {
    await lab.install('barrier', objects);
    await allAvailable(lab, namespace);
    const applied = await lab.apply('barrier', timeout('3s'), ['--barrier', '60s']);
    expectCode(applied, 0);
    expectThat(`it takes ${applied.took} ms`, applied.took < 30_000);
    expectEqual('phases', applied.events.filter((e) => e.type === 'phase').length, 1);
  });
  await report.check(
    'T5 where istiod tells of its proxies, the last of them is waited for, whichever of its pods it is connected to',
    async () => {
      const space = lab.namespace('told');
      await lab.install('told', app(space, [{ name: 'web', versions: ['v1'] }]));
      await allAvailable(lab, space);
      let acked = '1';
      const proxy = (name: string, taken: string) => ({ proxy: name, cluster_sent: '2', cluster_acked: taken });
      const [a, b] = await Promise.all([syncz(() => [proxy('a', '2')]), syncz(() => [proxy('b', acked)])]);
      const kubelet = await Kubelet.start(lab.server, { 'istiod-a': a.port, 'istiod-b': b.port });
      try {
        const after = app(space, [{ name: 'web', versions: ['v2'] }]);
        const stuck = await lab.apply('told', after, ['--timeout', '3s']);
        expectCode(stuck, 3);
        expectSaid(JSON.stringify(stuck.result), '"proxy b":"has not taken what istiod sent it last"');
        expectSaid(JSON.stringify(stuck.result.pending), `DestinationRule/${space}/web`);
        const status = await lab.inspect('told', after);
        expectEqual('how it ended', status.interrupted?.ended, 'not heard');
        const subsets = (await lab.server.get(pathOf(destinationRule(space, 'web', [])))).spec.subsets.map((s: any) => s.name);
        expectEqual('subsets meanwhile', subsets.sort(), ['v1', 'v2']);
        setTimeout(() => {
          acked = '2';
        }, 4_000);
        const applied = await lab.apply('told', after);
        expectCode(applied, 0);
        expectThat(`it waits: ${applied.took} ms`, applied.took > 4_000);
        const by = applied.events.filter((e) => e.type === 'settled').map((e) => e.by);
        expectEqual('what was waited for', new Set(by), new Set(['istiod says that all proxies have it']));
      } finally {
        await kubelet.stop();
        await Promise.all([a.close(), b.close()]);
      }
    },
  );
  await report.check('T1 a namespace that nobody has is made, and one that is there is taken', async () => {
    const [fresh, there] = [lab.namespace('fresh'), lab.namespace('there')];
    await lab.server.put([namespaceOf(there)]);
    expectCode(await lab.apply('fresh', [...app(fresh, [{ name: 'a' }]), ...app(there, [{ name: 'a' }]).slice(1)]), 0);
  });
}
