import type { Report } from '../report';
import { app, destinationRule, pathOf } from './app';
import { expectCode, expectEqual, expectSaid, expectThat, said } from './expect';
import { allAvailable } from './harness-tests';
import type { Lab } from './lab';
import { isRun } from './refused';
import { split, withSplit } from './split';

/** Fields that somebody else wrote, or writes at the same time. */
export async function conflictTests(lab: Lab, report: Report): Promise<void> {
  const { server, proxy } = lab;
  const namespace = lab.namespace('conflict');
  const at = pathOf(split(namespace, 0));
  const apply = (share: number, args: readonly string[] = []) => lab.apply('conflict', withSplit(namespace, share), args);
  const share = async () => (await server.get(at)).spec.http[0].route[1].weight;

  for (const [how, theirs] of [
    ['server-side apply', () => server.apply(at, split(namespace, 20), 'somebody', true)],
    [
      'an update',
      async () =>
        server.must('PUT', `${at}?fieldManager=somebody`, {
          type: 'application/json',
          value: { ...split(namespace, 20), metadata: (await server.get(at)).metadata },
        }),
    ],
  ] as const)
    await report.check(
      `T8 what somebody wrote by ${how} is not overwritten: who, what, and when is said, and nothing written`,
      async () => {
        expectCode(await apply(10, ['--take', `VirtualService/${namespace}/web`]), 0);
        await theirs();
        proxy.forget();
        const refused = await apply(30);
        expectCode(refused, 3);
        expectEqual(
          'writes',
          proxy.seen.filter(isRun).map((s) => s.path),
          [],
        );
        const [conflict] = JSON.parse(refused.stdout).plan.refusals[0].conflicts;
        expectEqual('whose', [conflict.path, conflict.manager], ['.spec.http', 'somebody']);
        expectEqual(
          'their share',
          [conflict.live, conflict.desired].map((http) => http[0].route[1].weight),
          [20, 30],
        );
        expectThat('it is said since when', Date.parse(conflict.time) > 0);
        const file = server.yaml(withSplit(namespace, 30));
        const text = said(await lab.mesh(['plan', file, '--set', 'default/conflict']));
        expectSaid(text, `VirtualService/${namespace}/web`, 'somebody', '.spec.http', '--take');
        expectEqual('their share', await share(), 20);
      },
    );
  await report.check('T8 one field is taken, by name, and no other', async () => {
    await server.apply(
      pathOf(destinationRule(namespace, 'web', [])),
      destinationRule(namespace, 'web', ['v1', 'v2', 'v3']),
      'somebody',
      true,
    );
    const take = ['--take', `VirtualService/${namespace}/web:.spec.http`];
    const other = await apply(30, take);
    expectCode(other, 3);
    expectSaid(said(other), `DestinationRule/${namespace}/web`, '.spec.subsets');
    expectCode(await apply(30, [...take, '--take', `DestinationRule/${namespace}/web:.spec.subsets`]), 0);
    expectEqual('the share', await share(), 30);
    const subsets = (await server.get(pathOf(destinationRule(namespace, 'web', [])))).spec.subsets;
    expectEqual('subsets', subsets.length, 2);
  });
  await report.check('T8 who writes the status, or says the same, is in nobody’s way', async () => {
    await server.apply(at, split(namespace, 30), 'twin', false);
    const { apiVersion, kind, metadata } = split(namespace, 30);
    const value = { apiVersion, kind, metadata, status: { observedGeneration: 7 } };
    await server.must('PATCH', `${at}/status?fieldManager=istiod&force=true`, { type: 'application/apply-patch+yaml', value });
    const writers = (await server.get(at)).metadata.managedFields.filter((m: any) => m.subresource === 'status');
    expectEqual(
      'who writes the status',
      writers.map((m: any) => m.manager),
      ['istiod'],
    );
    expectCode(await apply(30), 0);
    expectCode(await lab.plan('conflict', withSplit(namespace, 30)), 0);
  });
  await report.check(
    'T8 who comes between plan and write is not overwritten; what follows is named, and not written',
    async () => {
      const space = lab.namespace('race');
      const objects = app(space, [{ name: 'web', versions: ['v2', 'v3'] }]);
      const web = split(space, 77);
      await lab.install('race', withSplit(space, 30));
      await allAvailable(lab, space);
      proxy.forget();
      let came: Promise<unknown> | undefined;
      proxy.fault = (seen) => {
        if (!isRun(seen) || came) return undefined;
        came = server.apply(pathOf(web), web, 'quick', true);
        return { delay: 400 };
      };
      const applied = await lab.apply('race', objects);
      proxy.forget();
      await came;
      expectCode(applied, 3);
      expectThat(`it has a result: ${said(applied)}`, applied.result);
      const failed = applied.result.failed.map((f: any) => f.object);
      expectEqual('failed', failed, [`VirtualService/${space}/web`]);
      expectSaid(JSON.stringify(applied.result.failed), 'quick', '.spec.http');
      expectEqual('their share', (await server.get(pathOf(web))).spec.http[0].route[1].weight, 77);
      expectThat('what would break them is not done', applied.result.pending.includes(`DestinationRule/${space}/web`));
      expectCode(await lab.apply('race', objects, ['--take', `VirtualService/${space}/web`]), 0);
    },
  );
}
