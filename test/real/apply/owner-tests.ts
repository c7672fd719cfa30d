import type { KubeObject } from '../manifests';
import type { Report } from '../report';
import { app, destinationRule, hostOf, namespaceOf, pathOf, virtualService } from './app';
import { customResource } from './custom-resource';
import { expectCode, expectEqual, expectSaid, expectThat, said } from './expect';
import { allAvailable } from './harness-tests';
import type { Lab } from './lab';
import { expectWeightsStay } from './moved-weights';
import { isWrite, type Seen } from './proxy';
import { WatchLog } from './watch-log';

/** Objects and fields that somebody else owns, wants, made or changed. */
export async function ownerTests(lab: Lab, report: Report): Promise<void> {
  await conflicts(lab, report);
  await sets(lab, report);
  await pruning(lab, report);
  await migration(lab, report);
  await weights(lab, report);
  await drift(lab, report);
}

const isRun = (s: Seen) => isWrite(s) && !s.path.endsWith('/selfsubjectaccessreviews');
const JSON_TYPE = 'application/json';
const PARENT = '/api/v1/namespaces/default/secrets';

/** `web` with both versions, of which v2 gets a share, and where it is. */
function split(namespace: string, share: number): KubeObject {
  const host = hostOf(namespace, 'web');
  return virtualService(namespace, 'web', [
    { host, subset: 'v1', weight: 100 - share },
    { host, subset: 'v2', weight: share },
  ]);
}

const withSplit = (namespace: string, share: number): KubeObject[] => [
  ...app(namespace, [{ name: 'web', versions: ['v1', 'v2'] }]).filter((o) => o.kind !== 'VirtualService'),
  split(namespace, share),
];

async function conflicts(lab: Lab, report: Report): Promise<void> {
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
          type: JSON_TYPE,
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

async function sets(lab: Lab, report: Report): Promise<void> {
  const { server } = lab;
  const namespace = lab.namespace('sets');
  const web: KubeObject = {
    apiVersion: 'security.istio.io/v1',
    kind: 'PeerAuthentication',
    metadata: { name: 'kset-web', namespace: 'default' },
    spec: { selector: { matchLabels: { app: 'kset-web' } }, mtls: { mode: 'PERMISSIVE' } },
  };
  const map: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kset-map', namespace: 'default' } };
  const kubectl = (objects: readonly KubeObject[]) =>
    server.kubectl(['apply', '--server-side', '--prune', '--applyset=kset', '-n', 'default'], {
      objects,
      env: { KUBECTL_APPLYSET: 'true' },
    });
  const parent = async () => {
    const { labels, annotations } = (await server.get(`${PARENT}/kset`)).metadata;
    return { labels, annotations: { ...annotations, 'applyset.kubernetes.io/tooling': 'a tool' } };
  };
  await server.put([namespaceOf(namespace)]);
  await report.check('T15 the set says what kubectl would say of it, and each of them refuses the other’s', async () => {
    const { code, stderr } = await kubectl([web, map]);
    expectEqual(`kubectl's exit code (${stderr})`, code, 0);
    const theirs = await parent();
    const ours = await lab.apply('kset', [web, map]);
    expectCode(ours, 3);
    expectSaid(said(ours), 'belongs to "kubectl/', '--set');
    await server.mustKubectl(['delete', 'secret/kset', 'peerauthentication/kset-web', 'configmap/kset-map', '-n', 'default']);
    expectCode(await lab.apply('kset', [web, map]), 0);
    expectEqual('the parent', await parent(), theirs);
    const refused = await kubectl([web]);
    expectThat('kubectl refuses it', refused.code !== 0 && /tooling|managed by/i.test(refused.stderr));
  });
  await report.check('T15 a parent whose id is not its own is refused', async () => {
    const labels = (id: string) =>
      server.mustKubectl(['label', 'secret/kset', '-n', 'default', '--overwrite', `applyset.kubernetes.io/id=${id}`]);
    const { labels: own } = (await server.get(`${PARENT}/kset`)).metadata;
    await labels('applyset-of-somebody-else-v1');
    const refused = await lab.apply('kset', [web, map]);
    expectCode(refused, 3);
    expectSaid(said(refused), 'applyset-of-somebody-else-v1', own['applyset.kubernetes.io/id']);
    await labels(own['applyset.kubernetes.io/id']);
    expectCode(await lab.apply('kset', [web, map]), 0);
  });
  await report.check(
    'T15 what the set will hold is recorded before the first write, and what it holds after the last',
    async () => {
      const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'kset-secret', namespace } };
      const watching = await WatchLog.start(server);
      expectCode(await lab.apply('kset', [map, secret]), 0);
      const { events } = await watching.stop();
      const kinds = (o: KubeObject) =>
        (o.metadata as any).annotations?.['applyset.kubernetes.io/contains-group-kinds'] as string | undefined;
      const parents = events.filter((e) => e.object.metadata.name === 'kset').map((e) => kinds(e.object));
      expectEqual('at first', parents[0], 'ConfigMap,PeerAuthentication.security.istio.io,Secret');
      expectEqual('at last', parents.at(-1), 'ConfigMap,Secret');
      const order = events.map((e) => e.object.metadata.name);
      expectThat(`it is recorded first: ${order}`, order.indexOf('kset') < order.indexOf('kset-secret'));
      expectEqual('what is in no file any more', await server.get(pathOf(web)), undefined);
      const spaces = (await server.get(`${PARENT}/kset`)).metadata.annotations['applyset.kubernetes.io/additional-namespaces'];
      expectEqual('namespaces', spaces, namespace);
    },
  );
}

async function pruning(lab: Lab, report: Report): Promise<void> {
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

const LAST = 'kubectl.kubernetes.io/last-applied-configuration';

async function migration(lab: Lab, report: Report): Promise<void> {
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
          else await server.must('POST', `${collectionOf(o)}?fieldManager=helm`, { type: JSON_TYPE, value });
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

/** As much of Argo's CustomResourceDefinition as is looked at. */
const ROLLOUT = customResource('Rollout', {
  group: 'argoproj.io',
  version: 'v1alpha1',
  schema: { 'x-kubernetes-preserve-unknown-fields': true },
  subresources: { status: {} },
});

/** As Argo's controller does once the pods are there: waits for the Rollout, and says so. */
async function says(lab: Lab, namespace: string, status: object): Promise<void> {
  const at = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/rollouts/web`;
  for (;;) {
    const rollout = await lab.server.get(at).catch(() => undefined);
    if (rollout) {
      const value = { ...rollout, status: { observedGeneration: String(rollout.metadata.generation), ...status } };
      await lab.server.must('PUT', `${at}/status?fieldManager=rollouts-controller`, { type: JSON_TYPE, value });
      return;
    }
    await new Promise((again) => setTimeout(again, 100));
  }
}

/** Weights that a controller moves while files say others. */
async function weights(lab: Lab, report: Report): Promise<void> {
  const { server } = lab;
  await report.check('T17 weights that a Rollout moves stay as it set them, and what else changes is written', async () => {
    const namespace = lab.namespace('rollout');
    const rollout = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata: { name: 'web', namespace },
      spec: { strategy: { canary: { trafficRouting: { istio: { virtualService: { name: 'web' } } } } } },
    };
    const objects = (timeout?: string) => [
      ROLLOUT,
      rollout as unknown as KubeObject,
      ...withSplit(namespace, 0).map((o) => {
        if (o.kind !== 'VirtualService' || timeout === undefined) return o;
        const { http } = o.spec as { http: object[] };
        return { ...o, spec: { ...(o.spec as object), http: http.map((r) => ({ ...r, timeout })) } };
      }),
    ];
    const short = await lab.apply(namespace, objects(), ['--timeout', '1s']);
    expectCode(short, 3);
    expectSaid(said(short), `Rollout/${namespace}/web`, 'its controller has not seen it yet');
    await says(lab, namespace, { phase: 'Progressing', availableReplicas: 0 });
    expectCode(await lab.status(namespace, objects()), 1);
    const [applied] = await Promise.all([
      lab.apply(namespace, objects()),
      new Promise((later) => setTimeout(later, 2000)).then(() =>
        says(lab, namespace, { phase: 'Healthy', availableReplicas: 1 }),
      ),
    ]);
    expectCode(applied, 0);
    await allAvailable(lab, namespace);
    const at = pathOf(split(namespace, 0));
    // as the controller does: the whole object, under its own name
    const moves = async (share: number) => {
      const moved = await server.get(at);
      for (const [i, weight] of [100 - share, share].entries()) moved.spec.http[0].route[i].weight = weight;
      await server.must('PUT', `${at}?fieldManager=rollouts-controller`, { type: JSON_TYPE, value: moved });
    };
    await expectWeightsStay(lab, { namespace, objects, moves });
  });
}

async function drift(lab: Lab, report: Report): Promise<void> {
  const { server } = lab;
  const namespace = lab.namespace('drift');
  const objects = withSplit(namespace, 10);
  const of = (kind: string) => objects.find((o) => o.kind === kind)!;
  const kinds = async () => {
    const status = await lab.status(namespace, objects);
    return { code: status.code, found: status.json.drift.map((d: any) => `${d.kind} ${d.object}`).sort() };
  };
  const undo = async () =>
    expectCode(
      await lab.apply(
        namespace,
        objects,
        objects.flatMap((o) => ['--take', nameOf(o)]),
      ),
      0,
    );
  const cases: readonly (readonly [what: string, act: () => Promise<unknown>, found: readonly string[]])[] = [
    [
      'an edit by hand of a field of ours',
      () => server.mustKubectl(['scale', '-n', namespace, 'deployment/web-v1', '--replicas=3']),
      [`edited Deployment/${namespace}/web-v1`],
    ],
    ['a label of somebody else', () => server.mustKubectl(['label', '-n', namespace, 'service/web', 'team=a']), []],
    [
      'an object that is gone',
      () => server.must('DELETE', pathOf(of('DestinationRule'))),
      [`missing DestinationRule/${namespace}/web`],
    ],
    [
      'a field that another has taken',
      () => server.apply(pathOf(of('VirtualService')), split(namespace, 50), 'thief', true),
      [`stolen VirtualService/${namespace}/web`],
    ],
  ];
  await report.check('T17 nothing is said where all is as in the files', async () => {
    await lab.install(namespace, objects);
    await allAvailable(lab, namespace);
    expectEqual('status', await kinds(), { code: 0, found: [] });
  });
  for (const [what, act, found] of cases)
    await report.check(`T17 status tells ${what}`, async () => {
      await act();
      expectEqual('status', await kinds(), { code: found.length > 0 ? 1 : 0, found });
      await undo();
    });
  await report.check('T17 the keys of the answer stay: programs read them', async () => {
    await server.apply(pathOf(of('VirtualService')), split(namespace, 50), 'thief', true);
    const { code, json } = await lab.status(namespace, objects);
    expectEqual('the exit code', code, 1);
    expectEqual('keys', keysOf(json), [
      'asTheyAre',
      'context',
      'drift',
      'drift[].changes',
      'drift[].changes[].desired',
      'drift[].changes[].live',
      'drift[].changes[].path',
      'drift[].conflicts',
      'drift[].conflicts[].desired',
      'drift[].conflicts[].live',
      'drift[].conflicts[].manager',
      'drift[].conflicts[].operation',
      'drift[].conflicts[].path',
      'drift[].conflicts[].time',
      'drift[].kind',
      'drift[].object',
      'known',
      'notes',
      'set',
      'shared',
      'shared[].managers',
      'shared[].managers[].fields',
      'shared[].managers[].manager',
      'shared[].managers[].operation',
      'shared[].managers[].time',
      'shared[].object',
    ]);
    await undo();
    const clean = await lab.status(namespace, objects);
    expectEqual(
      'keys where all is as in the files',
      [clean.code, keysOf({ ...clean.json, shared: [] })],
      [0, ['asTheyAre', 'context', 'drift', 'known', 'notes', 'set', 'shared']],
    );
  });
  await report.check('T17 status tells what is not applied yet, and who owns which field', async () => {
    await server.mustKubectl(['label', '-n', namespace, 'service/web', 'owner=b', '--field-manager=others']);
    const { json } = await lab.status(namespace, [...objects.filter((o) => o !== of('VirtualService')), split(namespace, 70)]);
    expectEqual(
      'drift',
      json.drift.map((d: any) => `${d.kind} ${d.object}`),
      [`changed VirtualService/${namespace}/web`],
    );
    const service = json.shared.find((s: any) => s.object === `Service/${namespace}/web`);
    const others = service.managers.find((m: any) => m.manager === 'others');
    expectEqual('their fields', others.fields, ['.metadata.labels.owner']);
    expectThat('since when', Date.parse(others.time) > 0);
  });
  await report.check('T17 status tells what is in no file any more', async () => {
    const status = await lab.status(
      namespace,
      objects.filter((o) => o !== of('DestinationRule') && o !== of('VirtualService')),
    );
    expectCode(status, 1);
    expectEqual('found', status.json.drift.map((d: any) => `${d.kind} ${d.object}`).sort(), [
      `extra DestinationRule/${namespace}/web`,
      `extra VirtualService/${namespace}/web`,
    ]);
  });
}

/** All keys of an answer, sorted: `drift[].changes[].path`. Values of fields are the cluster's. */
function keysOf(value: unknown): string[] {
  const each = (v: unknown, path: string): string[] => {
    if (/\.(live|desired)$/.test(path)) return [];
    if (Array.isArray(v)) return v.flatMap((item) => each(item, `${path}[]`));
    if (typeof v !== 'object' || v === null) return [];
    return Object.entries(v).flatMap(([k, below]) => {
      const key = path ? `${path}.${k}` : k;
      return [key, ...each(below, key)];
    });
  };
  return [...new Set(each(value, ''))].sort();
}

const nameOf = ({ kind, metadata: { name, namespace } }: KubeObject) => `${kind}/${namespace ? `${namespace}/` : ''}${name}`;
