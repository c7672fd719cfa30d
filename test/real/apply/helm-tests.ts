import type { KubeObject } from '../manifests';
import type { Report } from '../report';
import { destinationRule, pathOf } from './app';
import { expectCode, expectEqual, expectSaid, said } from './expect';
import { allAvailable } from './harness-tests';
import type { Lab } from './lab';
import { split, withSplit } from './split';

/** What Helm or Argo CD looks after, and how it is taken over. */
export async function helmTests(lab: Lab, report: Report): Promise<void> {
  const { server } = lab;
  await report.check('T16 what Helm or Argo CD looks after is refused, with the way out', async () => {
    const namespace = lab.namespace('helm');
    const objects = withSplit(namespace, 10);
    const helm = {
      labels: { 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: { 'meta.helm.sh/release-name': 'shop', 'meta.helm.sh/release-namespace': namespace },
    };
    const argo = {
      annotations: { 'argocd.argoproj.io/tracking-id': `shop:networking.istio.io/DestinationRule:${namespace}/web` },
    };
    const more: Record<string, object> = { VirtualService: helm, DestinationRule: argo };
    await server.put(objects.map((o) => ({ ...o, metadata: { ...o.metadata, ...more[o.kind] } })));
    const refused = await lab.apply(namespace, objects);
    expectCode(refused, 3);
    expectSaid(said(refused), 'Helm release', 'Argo CD', '--take');
  });
  for (const how of ['updates', 'server-side apply'] as const)
    await report.check(
      `T16 a release that Helm wrote by ${how} is taken over by its name: its fields that are in no file go, its marks and others’ fields stay`,
      async () => {
        const namespace = lab.namespace('taken');
        const objects = withSplit(namespace, 10);
        const labels = { 'app.kubernetes.io/managed-by': 'Helm' };
        const annotations = { 'meta.helm.sh/release-name': 'shop', 'meta.helm.sh/release-namespace': namespace };
        const limit = { connectionPool: { tcp: { maxConnections: 5 } } };
        for (const o of objects) {
          const spec = o.kind === 'DestinationRule' ? { ...(o.spec as object), trafficPolicy: limit } : o.spec;
          const metadata = o.kind === 'Namespace' ? o.metadata : { ...o.metadata, labels, annotations };
          const value = { ...o, metadata, spec } as KubeObject;
          // Helm 3 updates, Helm 4 applies
          if (how === 'server-side apply') await server.apply(pathOf(o), value, 'helm');
          else await server.must('POST', `${collectionOf(o)}?fieldManager=helm`, { type: 'application/json', value });
        }
        await allAvailable(lab, namespace);
        const rule = pathOf(destinationRule(namespace, 'web', []));
        const exportTo = { ...destinationRule(namespace, 'web', []), spec: { exportTo: ['*'] } };
        await server.apply(rule, exportTo, 'others');
        const want = withSplit(namespace, 20);
        const refused = await lab.apply(namespace, want);
        expectCode(refused, 3);
        const { refusals } = JSON.parse(refused.stdout).plan;
        expectEqual('whose', [...new Set(refusals.flatMap((r: any) => r.owners))], [`helm/${namespace}/shop`]);
        expectEqual('the limit', (await server.get(rule)).spec.trafficPolicy, limit);
        expectCode(await lab.apply(namespace, want, ['--take', `from=helm/${namespace}/shop-of-others`]), 3);
        expectCode(await lab.apply(namespace, want, ['--take', `from=helm/${namespace}/shop`]), 0);
        const taken = await server.get(rule);
        expectEqual('fields', Object.keys(taken.spec).sort(), ['exportTo', 'host', 'subsets']);
        expectEqual('its label', taken.metadata.labels['app.kubernetes.io/managed-by'], 'Helm');
        expectEqual('its annotations', taken.metadata.annotations, annotations);
        const specOf = (m: any) => (m.fieldsV1['f:spec'] === undefined ? [] : [m.manager]);
        expectEqual('who owns fields', taken.metadata.managedFields.flatMap(specOf).sort(), [
          `mesh/default/${namespace}`,
          'others',
        ]);
        expectEqual('the share', (await server.get(pathOf(split(namespace, 0)))).spec.http[0].route[1].weight, 20);
        expectCode(await lab.plan(namespace, want), 0);
      },
    );
}

/** Where objects of a kind are made. */
const collectionOf = (o: KubeObject): string => pathOf(o).replace(/\/[^/]+$/, '');
