import type { KubeObject } from '../manifests';
import type { Report } from '../report';
import { app, pathOf } from './app';
import { expectCode, expectEqual } from './expect';
import { allAvailable } from './harness-tests';
import type { Lab } from './lab';
import { split, withSplit } from './split';

const LAST = 'kubectl.kubernetes.io/last-applied-configuration';

/** What came by kubectl, or was of another set, and what others own of it. */
export async function migrationTests(lab: Lab, report: Report): Promise<void> {
  const { server } = lab;
  for (const [how, args] of [
    ['kubectl apply', []],
    ['kubectl apply --server-side', ['--server-side']],
  ] as const)
    await report.check(
      `T16 what came by ${how} is taken over: fields that are in no file any more go, others’ stay`,
      async () => {
        const namespace = lab.namespace('migrate');
        const [service] = app(namespace, [{ name: 'web' }]).filter((o) => o.kind === 'Service');
        const before = withSplit(namespace, 10).map((o) =>
          o.kind === 'VirtualService' || o.kind === 'Service'
            ? { ...o, metadata: { ...o.metadata, labels: { old: 'yes' }, annotations: { note: 'gone' } } }
            : o,
        );
        await server.mustKubectl(['apply', ...args], { objects: before });
        await allAvailable(lab, namespace);
        const vs = pathOf(split(namespace, 0));
        await server.mustKubectl(['annotate', '-n', namespace, 'virtualservice/web', 'others=note', '--field-manager=others']);
        const applied = await lab.apply(namespace, withSplit(namespace, 20));
        expectCode(applied, 0);
        const { metadata, spec } = await server.get(vs);
        expectEqual('the share', spec.http[0].route[1].weight, 20);
        expectEqual('old label', metadata.labels.old, undefined);
        expectEqual('annotations', metadata.annotations, { others: 'note' });
        expectEqual('old label of the Service', (await server.get(pathOf(service!))).metadata.labels?.old, undefined);
        const managers = metadata.managedFields.map((m: any) => `${m.manager} ${m.operation}`).sort();
        expectEqual('writers', managers, [`mesh/default/${namespace} Apply`, 'others Update']);
        expectCode(await lab.plan(namespace, withSplit(namespace, 20)), 0);
      },
    );
  await report.check('T16 what was written in an older version of the API is taken over, too', async () => {
    const namespace = lab.namespace('versions');
    const objects = withSplit(namespace, 10);
    const old = objects.map((o) => (o.kind === 'VirtualService' ? { ...o, apiVersion: 'networking.istio.io/v1beta1' } : o));
    await server.mustKubectl(['apply', '--server-side'], { objects: old });
    await allAvailable(lab, namespace);
    expectCode(await lab.apply(namespace, withSplit(namespace, 30)), 0);
    expectEqual('the share', (await server.get(pathOf(split(namespace, 0)))).spec.http[0].route[1].weight, 30);
    const again = old.map((o) => (o.kind === 'VirtualService' ? { ...split(namespace, 40), apiVersion: o.apiVersion } : o));
    expectCode(await lab.apply(namespace, again), 0);
    expectCode(await lab.apply(namespace, withSplit(namespace, 40)), 0);
    expectCode(await lab.plan(namespace, withSplit(namespace, 40)), 0);
    expectEqual('last applied', (await server.get(pathOf(split(namespace, 0)))).metadata.annotations?.[LAST], undefined);
  });
  await report.check(
    'T16 what is taken from another set goes with the next file that does not say it, and the plan says so',
    async () => {
      const namespace = lab.namespace('renamed');
      const limited = (o: KubeObject): KubeObject =>
        o.kind === 'DestinationRule'
          ? { ...o, spec: { ...(o.spec as object), trafficPolicy: { connectionPool: { tcp: { maxConnections: 5 } } } } }
          : o;
      const objects = withSplit(namespace, 10);
      const rule = pathOf(objects.find((o) => o.kind === 'DestinationRule')!);
      await lab.install(namespace, objects.map(limited));
      const taken = ['--take', `from=mesh/default/${namespace}`];
      expectCode(await lab.apply(`${namespace}-new`, objects, taken), 0);
      expectEqual('the limit', (await server.get(rule)).spec.trafficPolicy, undefined);
      const refused = await lab.plan(namespace, objects);
      const owners = new Set(refused.json.refusals.flatMap((r: any) => r.owners));
      expectEqual('whose they are now', [...owners], [`mesh/default/${namespace}-new`]);
    },
  );
  await report.check(
    'T8 a field that is in no file any more stays while another owns it, too, and the plan says so',
    async () => {
      const namespace = lab.namespace('shared');
      const objects = withSplit(namespace, 10);
      const rule = objects.find((o) => o.kind === 'DestinationRule')!;
      const limit = { connectionPool: { tcp: { maxConnections: 5 } } };
      const limited = { ...rule, spec: { ...(rule.spec as object), trafficPolicy: limit } };
      await lab.install(
        namespace,
        objects.map((o) => (o === rule ? limited : o)),
      );
      await server.apply(pathOf(rule), limited, 'other', false);
      const { json } = await lab.plan(namespace, objects);
      expectEqual('requests', json.traffic.differences, []);
      expectEqual('fields', json.objects[0].kept, [{ path: '.spec.trafficPolicy', managers: ['other'] }]);
      expectCode(await lab.apply(namespace, objects), 0);
      expectEqual('the limit', (await server.get(pathOf(rule))).spec.trafficPolicy, limit);
      expectCode(await lab.plan(namespace, objects), 0);
    },
  );
}
