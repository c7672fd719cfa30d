import { writeFileSync } from 'node:fs';
import { Cluster } from '../../../src/apply';
import type { KubeObject } from '../manifests';
import { expectNone, type Report } from '../report';
import { run } from '../setup/tools';
import { app, deployment, namespaceOf, pathOf, virtualService } from './app';
import { expectCode, expectEqual, expectSaid, expectThat, said } from './expect';
import { allAvailable, until } from './harness-tests';
import { appliedOf, type Lab } from './lab';
import { isWrite, type Seen } from './proxy';
import { Webhook } from './webhook';

/** What cannot be applied: it is said all at once, before anything is written, with the way out. */
export async function refusalTests(lab: Lab, report: Report): Promise<void> {
  await kinds(lab, report);
  await webhooks(lab, report);
  await stuck(lab, report);
  await fixed(lab, report);
  await ruled(lab, report);
  await rights(lab, report);
  await secrets(lab, report);
  await terminals(lab, report);
  await clusters(lab, report);
}

const isRun = (s: Seen) => isWrite(s) && !s.path.endsWith('/selfsubjectaccessreviews');
const map = (namespace: string, name: string, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  ...more,
});

/** Applies what has to be refused, and nothing may be written. */
async function refused(lab: Lab, set: string, objects: readonly unknown[], args: readonly string[] = [], user = 'admin') {
  lab.proxy.forget();
  const applied = await lab.apply(set, objects, args, { user });
  expectCode(applied, 3);
  expectEqual(
    'writes',
    lab.proxy.seen.filter(isRun).map((s) => `${s.method} ${s.path}`),
    [],
  );
  return said(applied);
}

async function kinds(lab: Lab, report: Report): Promise<void> {
  const namespace = lab.namespace('kinds');
  const space = namespaceOf(namespace);
  await report.check('T11 a kind that the cluster does not have: which, and how to get it', async () => {
    const rollout = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { name: 'web', namespace }, spec: {} };
    const old = { ...virtualService(namespace, 'web', [{ host: 'a.example.com' }]), apiVersion: 'networking.istio.io/v1alpha9' };
    const text = await refused(lab, 'kinds', [space, rollout, old]);
    expectSaid(text, `Rollout/${namespace}/web`, 'install Argo', `VirtualService/${namespace}/web`, 'v1beta1');
  });
  await report.check('T11 a field that no type knows, with its path', async () => {
    const web = virtualService(namespace, 'web', [{ host: 'a.example.com' }]);
    const text = await refused(lab, 'kinds', [space, { ...web, spec: { ...(web.spec as object), hostz: ['a'] } }]);
    expectSaid(text, `VirtualService/${namespace}/web`, 'hostz');
  });
  await report.check('T11 a namespace that nobody makes, and one that is misspelt', async () => {
    const text = await refused(lab, 'kinds', [space, map(`${namespace}x`, 'a')]);
    expectSaid(text, `namespace "${namespace}x"`, namespace);
  });
  await report.check('half a file of YAML: nothing of it is applied', async () => {
    const file = lab.server.file('half.yaml');
    writeFileSync(file, `${JSON.stringify(map('default', 'half'))}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: b\n`);
    lab.proxy.forget();
    const ended = await lab.mesh(['apply', file, '--set', 'default/half', '--yes']);
    expectThat(`it fails: ${ended.code}`, ended.code === 3);
    expectSaid(said(ended), file);
    expectEqual('requests', lab.proxy.seen.filter(isRun).length, 0);
  });
  await report.check('an object that is too large is said to be, with the limit, before anything is written', async () => {
    const large = map('default', 'large', { data: { a: 'x'.repeat(1_200_000) } });
    const text = await refused(lab, 'large', [large, map('default', 'small')]);
    expectSaid(text, 'ConfigMap/default/large', '1200000 bytes', 'no more than 1 MiB');
    const wide = virtualService('default', 'wide', [{ host: 'a.example.com' }]);
    const much = {
      ...wide,
      metadata: { ...wide.metadata, annotations: undefined },
      spec: { ...(wide.spec as object), hosts: [`${'a'.repeat(1_600_000)}.example.com`] },
    };
    expectSaid(await refused(lab, 'large', [much], ['--rules=-schema']), 'VirtualService/default/wide', 'no more than 1.5 MiB');
  });
}

async function webhooks(lab: Lab, report: Report): Promise<void> {
  const { server } = lab;
  const namespace = lab.namespace('webhook');
  await server.put([namespaceOf(namespace)]);
  const webhook = await Webhook.start(server, namespace);
  webhook.refuses = (o) => (o.metadata.name === 'bad' ? 'bad is not wanted here' : undefined);
  const objects = [map(namespace, 'good'), map(namespace, 'bad')];
  // a new webhook is asked as soon as the API server knows of it
  await until('the webhook is asked', async () => (await server.send('POST', creation(namespace), dry('bad'))).status >= 400);
  await report.check('T10 what a webhook refuses: which webhook, and in its words, before anything is written', async () => {
    const text = await refused(lab, 'webhook', objects, ['--verify']);
    expectSaid(text, `ConfigMap/${namespace}/bad`, 'check.lab.example.com', 'bad is not wanted here');
  });
  await report.check('T10 without --verify the write fails, and says the same', async () => {
    const applied = await lab.apply('webhook', objects);
    expectCode(applied, 3);
    expectSaid(JSON.stringify(applied.result.failed), `ConfigMap/${namespace}/bad`, 'bad is not wanted here');
    expectEqual('written', applied.result.written, [`ConfigMap/${namespace}/good`]);
  });
  await report.check('T10 a webhook that does not answer is tried again, and then said', async () => {
    await webhook.end();
    const cluster = await Cluster.of({ kubeconfig: server.kubeconfig() }, { patience: 1_500 });
    const since = Date.now();
    const sent = cluster.send({
      method: 'PATCH',
      path: pathOf(map(namespace, 'other')),
      query: { fieldManager: 'lab' },
      contentType: 'application/apply-patch+yaml',
      body: map(namespace, 'other'),
      what: 'ConfigMap other',
    });
    const message = await sent.then(
      () => 'it was taken',
      (error: Error) => error.message,
    );
    await cluster.close();
    expectSaid(message, 'check.lab.example.com', 'failed calling webhook');
    expectThat('it was tried again', Date.now() - since > 700);
  });
  await webhook.remove();
  await mutating(lab, report);
}

/** A webhook that writes something else than what it is given, as those that inject and default do. */
async function mutating(lab: Lab, report: Report): Promise<void> {
  const { server } = lab;
  const namespace = lab.namespace('mutating');
  await server.put([namespaceOf(namespace)]);
  const webhook = await Webhook.start(server, namespace, 'Mutating');
  const at = map(namespace, 'a');
  const put = (path: string, value: unknown) => ({ op: 'add', path, value });
  webhook.patches = () => [put('/data', { said: 'by the webhook' })];
  await until('the webhook is asked', async () => {
    const { body }: { body: any } = await server.send('POST', creation(namespace), dry('a'));
    return body.data?.said === 'by the webhook';
  });
  await report.check('T10 what a mutating webhook adds is its own: nothing to do, and nothing in the way', async () => {
    webhook.patches = ({ data }) => [put('/data', { ...data, said: 'by the webhook' })];
    const objects = [map(namespace, 'a', { data: { own: '1' } })];
    expectCode(await lab.apply(namespace, objects), 0);
    expectEqual('data', (await server.get(pathOf(at))).data, { own: '1', said: 'by the webhook' });
    expectCode(await lab.plan(namespace, objects), 0);
    expectCode(await lab.plan(namespace, objects, ['--verify']), 0);
    expectCode(await lab.apply(namespace, [map(namespace, 'a', { data: { own: '2' } })]), 0);
    expectEqual('data', (await server.get(pathOf(at))).data, { own: '2', said: 'by the webhook' });
  });
  await report.check(
    'T10 a field that a mutating webhook writes otherwise is told, and is not written again and again',
    async () => {
      webhook.patches = ({ data }) => [put('/data', { ...data, own: 'not yours' })];
      const objects = [map(namespace, 'a', { data: { own: '3' } })];
      await lab.apply(namespace, objects);
      expectEqual('data', (await server.get(pathOf(at))).data.own, 'not yours');
      const { resourceVersion } = (await server.get(pathOf(at))).metadata;
      const planned = await lab.plan(namespace, objects);
      lab.proxy.forget();
      const again = await lab.apply(namespace, objects);
      expectCode(planned, 0);
      const told = 'the server, or a webhook that it asks, has the last word: .data.own is "not yours", and not "3"';
      expectSaid(JSON.stringify(planned.json.notes).replaceAll('\\"', '"'), told);
      expectCode(again, 0);
      expectEqual('written', again.result.written, []);
      expectEqual('version', (await server.get(pathOf(at))).metadata.resourceVersion, resourceVersion);
    },
  );
  await webhook.end();
  await webhook.remove();
}

const creation = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps?dryRun=All`;
const dry = (name: string) => ({
  type: 'application/json' as const,
  value: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } },
});

async function stuck(lab: Lab, report: Report): Promise<void> {
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

async function fixed(lab: Lab, report: Report): Promise<void> {
  const { server } = lab;
  await report.check(
    'a port of a Service that somebody gave the name of ours: whose it is, and the way out, which works',
    async () => {
      const namespace = lab.namespace('twins');
      const objects = app(namespace, [{ name: 'web' }]);
      await lab.install('twins', objects);
      const [{ name, port }] = (objects.find((o) => o.kind === 'Service')!.spec as any).ports;
      const edit = async (op: object) =>
        server.mustKubectl(['patch', '-n', namespace, 'service/web', '--type=json', '-p', JSON.stringify([op])]);
      await edit({ op: 'replace', path: '/spec/ports/0/port', value: 8099 });
      const text = await refused(lab, 'twins', objects);
      expectSaid(text, `Service/${namespace}/web`, `port 8099`, `"${name}"`, `port ${port} of the files`, 'kubectl-patch');
      await edit({ op: 'replace', path: '/spec/ports/0/name', value: 'other' });
      expectCode(await lab.apply('twins', objects), 0);
    },
  );
  await report.check('T13 a field that cannot change: which; --replace makes the object anew', async () => {
    const namespace = lab.namespace('fixed');
    const objects = app(namespace, [{ name: 'web' }]);
    const web = deployment(namespace, 'web', 'v1');
    const other = {
      ...web,
      spec: {
        ...(web.spec as any),
        selector: { matchLabels: { app: 'web', version: 'v1', kind: 'new' } },
        template: {
          ...(web.spec as any).template,
          metadata: { labels: { app: 'web', version: 'v1', kind: 'new' } },
        },
      },
    };
    const changed = objects.map((o) => (o.kind === 'Deployment' ? other : o));
    await lab.install('fixed', objects);
    await allAvailable(lab, namespace);
    const { uid } = (await server.get(pathOf(web))).metadata;
    const text = await refused(lab, 'fixed', changed);
    expectSaid(text, `Deployment/${namespace}/web-v1`, 'spec.selector', `--replace Deployment/${namespace}/web-v1`);
    const planned = await lab.plan('fixed', changed, ['--replace', `Deployment/${namespace}/web-v1`]);
    expectCode(planned, 1);
    expectEqual('replaced', planned.json.summary.replace, 1);
    expectCode(await lab.apply('fixed', changed, ['--replace', `Deployment/${namespace}/web-v1`]), 0);
    const now = await server.get(pathOf(web));
    expectThat('it is another one', now.metadata.uid !== uid);
    expectEqual('its selector', now.spec.selector.matchLabels.kind, 'new');
  });
  await report.check('T13 what cannot be made anew is made again as it was', async () => {
    const namespace = lab.namespace('restored');
    const port = { name: 'http', port: 80, targetPort: 80 };
    const service = (spec: object): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace },
      spec: { ports: [port], ...spec },
    });
    const space = namespaceOf(namespace);
    await lab.install(namespace, [space, service({ clusterIP: '10.96.77.7', selector: { app: 'web' } })]);
    const first = await server.get(pathOf(service({})));
    // the address is another's by the time at which it is asked for
    await lab.install(`${namespace}-other`, [
      { ...service({ clusterIP: '10.96.77.8' }), metadata: { name: 'other', namespace } } as KubeObject,
    ]);
    const changed = [space, service({ clusterIP: '10.96.77.8', selector: { app: 'web' } })];
    const text = await refused(lab, namespace, changed);
    expectSaid(text, `--replace Service/${namespace}/web`);
    const applied = await lab.apply(namespace, changed, ['--replace', `Service/${namespace}/web`]);
    expectCode(applied, 3);
    expectSaid(JSON.stringify(applied.result.failed), `Service/${namespace}/web`, 'it was made again as it was');
    const now = await server.get(pathOf(service({})));
    expectThat('it is another one', now.metadata.uid !== first.metadata.uid);
    expectEqual('as it was', [now.spec.clusterIP, now.spec.selector], ['10.96.77.7', { app: 'web' }]);
  });
  await report.check('T13 the template of a Job, and a field that its kind fixes by a rule', async () => {
    const namespace = lab.namespace('rules');
    const job = (image: string) => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'once', namespace },
      spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image }] } } },
    });
    const fixed = (size: number) => ({
      apiVersion: 'lab.example.com/v1',
      kind: 'Fixed',
      metadata: { name: 'f', namespace },
      spec: { size },
    });
    const all = (image: string, size: number) => [FIXED, namespaceOf(namespace), job(image), fixed(size)] as KubeObject[];
    expectCode(await lab.apply(namespace, all('a:1', 1)), 0);
    const names = [`Job/${namespace}/once`, `Fixed/${namespace}/f`];
    const text = await refused(lab, namespace, all('a:2', 2));
    for (const n of names) expectSaid(text, `--replace ${n}`);
    const applied = await lab.apply(
      namespace,
      all('a:2', 2),
      names.flatMap((n) => ['--replace', n]),
    );
    expectCode(applied, 0);
    expectEqual('size', (await server.get(`/apis/lab.example.com/v1/namespaces/${namespace}/fixeds/f`)).spec.size, 2);
  });
}

async function ruled(lab: Lab, report: Report): Promise<void> {
  const { server } = lab;
  await report.check(
    'T13 fields that rules of their kind fix, in whatever words; roles whose names have ":" beside them',
    async () => {
      const namespace = lab.namespace('transitions');
      const group = 'rbac.authorization.k8s.io';
      const role = (verb: string) =>
        ({
          apiVersion: `${group}/v1`,
          kind: 'Role',
          metadata: { name: 'shop:reader', namespace },
          rules: [{ apiGroups: [''], resources: ['pods'], verbs: [verb] }],
        }) as unknown as KubeObject;
      const object = (field: string, value: number) =>
        ({
          apiVersion: 'lab.example.com/v1',
          kind: 'Ruled',
          metadata: { name: field, namespace },
          spec: { [field]: value },
        }) as KubeObject;
      const fields = Object.keys(RULES);
      const all = (value: number, verb: string) => [
        RULED,
        namespaceOf(namespace),
        role(verb),
        ...fields.map((f) => object(f, value)),
      ];
      expectCode(await lab.apply(namespace, all(2, 'get')), 0);
      await server.mustKubectl(['apply', '--server-side', '--force-conflicts', '--field-manager', 'ci'], {
        objects: [role('watch')],
      });
      const text = await refused(lab, namespace, all(1, 'list'));
      const names = fields.map((f) => `Ruled/${namespace}/${f}`);
      for (const n of names) expectSaid(text, `--replace ${n}`);
      expectSaid(text, `"what":"Role/${namespace}/shop:reader","message":"others own fields`);
      const applied = await lab.apply(namespace, all(1, 'list'), [
        ...names.flatMap((n) => ['--replace', n]),
        '--take',
        `Role/${namespace}/shop:reader`,
      ]);
      expectCode(applied, 0);
      for (const f of fields)
        expectEqual(f, (await server.get(`/apis/lab.example.com/v1/namespaces/${namespace}/ruleds/${f}`)).spec[f], 1);
      const roles = `/apis/${group}/v1/namespaces/${namespace}/roles/shop:reader`;
      expectEqual('verbs', (await server.get(roles)).rules[0].verbs, ['list']);
      const worse = await refused(lab, namespace, all(-1, 'list'));
      for (const n of names) expectThat(n, new RegExp(`--replace ${n} [^\\n]*refused anew, too: [^\\n]*self > 0`).test(worse));
    },
  );
}

/** Fields of a kind by their rules, each in other words. */
const RULES = {
  plain: { rule: 'self == oldSelf' },
  grows: { rule: 'self >= oldSelf' },
  worded: { rule: 'self == oldSelf', message: 'what was chosen stays' },
  reckoned: { rule: 'self == oldSelf', messageExpression: 'oldSelf > 1 ? "it was more" : "it was less"' },
};
const RULED = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'ruleds.lab.example.com' },
  spec: {
    group: 'lab.example.com',
    scope: 'Namespaced',
    names: { kind: 'Ruled', plural: 'ruleds', singular: 'ruled', listKind: 'RuledList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: Object.fromEntries(
                  Object.entries(RULES).map(([field, rule]) => [
                    field,
                    { type: 'integer', 'x-kubernetes-validations': [rule, { rule: 'self > 0' }] },
                  ]),
                ),
              },
            },
          },
        },
      },
    ],
  },
} as unknown as KubeObject;

/** A kind with a field that stays as it was made. */
const FIXED = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'fixeds.lab.example.com' },
  spec: {
    group: 'lab.example.com',
    scope: 'Namespaced',
    names: { kind: 'Fixed', plural: 'fixeds', singular: 'fixed', listKind: 'FixedList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  size: {
                    type: 'integer',
                    'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'size is immutable' }],
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
} as unknown as KubeObject;

async function rights(lab: Lab, report: Report): Promise<void> {
  const { server } = lab;
  const namespace = lab.namespace('rights');
  const objects = app(namespace, [{ name: 'web' }]).slice(1);
  await server.put([
    namespaceOf(namespace),
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'lab-reader' },
      rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list'] }],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'lab-reader' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'lab-reader' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'dev' }],
    },
  ] as KubeObject[]);
  await report.check('T14 all rights that are missing are told at once, and nothing is written', async () => {
    const text = await refused(lab, 'rights', objects, [], 'dev');
    expectSaid(
      text,
      'patch virtualservices.networking.istio.io',
      'patch destinationrules.networking.istio.io',
      'patch deployments.apps',
      'create services',
    );
  });
  await report.check('T14 who may not even look is told so', async () => {
    await server.mustKubectl(['delete', 'clusterrolebinding/lab-reader']);
    lab.proxy.forget();
    const applied = await lab.apply('rights', objects, [], { user: 'dev' });
    expectCode(applied, 3);
    expectSaid(said(applied), /forbidden|may not/);
    expectEqual('writes', lab.proxy.seen.filter(isRun).length, 0);
  });
  await report.check('T14 where members may not be listed nothing is deleted, and the set remembers them', async () => {
    const [here, there] = [lab.namespace('seen'), lab.namespace('hidden')];
    const objects = [namespaceOf(here), namespaceOf(there), map(here, 'a'), map(here, 'b'), map(there, 'c')];
    await lab.install('hidden', objects);
    await server.put([
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: 'lab-writer' },
        rules: [
          { apiGroups: [''], resources: ['configmaps', 'secrets'], verbs: ['*'] },
          { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['*'] },
        ],
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: 'lab-namespaces' },
        rules: [{ apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list'] }],
      },
      ...[here, 'default'].map((n) => ({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'lab-writer', namespace: n },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'lab-writer' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'dev' }],
      })),
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'lab-namespaces' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'lab-namespaces' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'dev' }],
      },
    ] as KubeObject[]);
    const rest = [map(here, 'a', { data: { more: '1' } })];
    const planned = await lab.plan('hidden', rest, [], { user: 'dev' });
    expectSaid(JSON.stringify(planned.json?.notes ?? said(planned)), `list configmaps in namespace`, there, 'nothing is deleted');
    expectCode(await lab.apply('hidden', rest, [], { user: 'dev' }), 0);
    expectThat('b is there still', await server.get(pathOf(map(here, 'b'))));
    expectCode(await lab.apply('hidden', [namespaceOf(here), namespaceOf(there), ...rest]), 0);
    for (const gone of [map(here, 'b'), map(there, 'c')])
      expectEqual(`${gone.metadata.name} is gone for who may look`, await server.get(pathOf(gone)), undefined);
  });
}

const PLANTED = 'correct-horse-battery-staple';

async function secrets(lab: Lab, report: Report): Promise<void> {
  const { server } = lab;
  await report.check('T21 what a Secret holds is in nothing that is said', async () => {
    const namespace = lab.namespace('secret');
    const secret = (field: 'data' | 'stringData', value: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'token', namespace },
      [field]: { token: field === 'data' ? Buffer.from(value).toString('base64') : value },
    });
    const values = ['one', 'two', 'three', 'four', 'five'].map((n) => `${PLANTED}-${n}`);
    const outputs: string[] = [];
    const ask = async (objects: readonly KubeObject[], args: readonly string[] = []) => {
      const file = server.yaml([namespaceOf(namespace), ...objects]);
      const how = [file, '--set', 'default/secret', ...args];
      outputs.push(said(await lab.mesh(['plan', '--all', '--json', ...how])));
      outputs.push(said(await lab.mesh(['status', ...how])), said(await lab.mesh(['status', '--json', ...how])));
      outputs.push(said(await lab.mesh(['apply', '--yes', '--all', '--barrier', '100ms', ...how])));
    };
    await server.put([namespaceOf(namespace)]);
    await server.mustKubectl(['apply'], { objects: [secret('stringData', values[0]!)] });
    await ask([secret('stringData', values[1]!)]);
    await ask([secret('data', values[2]!)]);
    // somebody else's value, which is in the way
    await server.apply(pathOf(secret('data', '')), secret('data', values[3]!), 'somebody', true);
    await ask([secret('data', values[4]!)]);
    await ask([{ ...secret('data', ''), data: { token: `${PLANTED}!` } }], ['--take', `Secret/${namespace}/token`]);
    await ask([], ['--max-deletes', '1']);
    expectThat('all of it is told of', outputs.filter((o) => o.includes(`Secret/${namespace}/token`)).length >= 10);
    const forms = values.flatMap((v) => [v, Buffer.from(v).toString('base64')]);
    expectNone(
      'said',
      outputs.flatMap((o) => [...forms, PLANTED].filter((f) => o.includes(f)).map((f) => `${f} in:\n${o.slice(0, 2000)}`)),
    );
  });
}

/** Runs a command on a terminal of its own, and answers what it asks. */
const ANSWERS = `
import os, pty, sys
pid, fd = pty.fork()
if pid == 0: os.execv(sys.argv[2], sys.argv[2:])
out, asked = b'', False
while True:
    try: part = os.read(fd, 65536)
    except OSError: break
    if not part: break
    out += part
    if not asked and b'[y/N]' in out:
        asked = True
        os.write(fd, sys.argv[1].encode() + b'\\r')
sys.stdout.buffer.write(out)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

async function terminals(lab: Lab, report: Report): Promise<void> {
  const objects = (namespace: string) => app(namespace, [{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
  await report.check('T22 on a terminal there is a bar, in a pipe there are plain lines, and events with --json', async () => {
    const how = (set: string) => [
      lab.server.yaml(objects(lab.namespace('tty'))),
      '--set',
      `default/${set}`,
      '--yes',
      '--barrier',
      '100ms',
    ];
    const piped = await lab.mesh(['apply', ...how('piped')]);
    expectCode(piped, 0);
    expectNone(
      'control characters in a pipe',
      ['\u001b', '\r'].filter((c) => said(piped).includes(c)),
    );
    expectSaid(piped.stderr, /\d+ of \d+ {2}\w+\//);
    const { stdout, code } = await run(
      'python3',
      [
        '-c',
        'import os,pty,sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))',
        process.execPath,
        'bin/mesh.js',
        'apply',
        ...how('tty'),
        '--kubeconfig',
        lab.proxy.kubeconfig(),
      ],
      { cwd: lab.repository, env: { ...process.env, TERM: 'xterm' } },
    );
    expectEqual(`the exit code (${stdout.slice(-500)})`, code, 0);
    expectSaid(stdout, /\[=+ *\]/);
    const events = await lab.apply('events', objects(lab.namespace('tty')));
    const types = [...new Set(events.events.map((e) => e.type))].sort();
    expectEqual('the events', types, ['phase', 'result', 'waiting', 'written']);
  });
  await report.check('T22 who is asked on a terminal and says no has nothing written, and who says yes has all', async () => {
    const namespace = lab.namespace('asked');
    const file = lab.server.yaml(objects(namespace));
    const answers = (answer: string) => {
      const how = ['apply', file, '--set', 'default/asked', '--barrier', '100ms', '--kubeconfig', lab.proxy.kubeconfig()];
      return run('python3', ['-c', ANSWERS, answer, process.execPath, 'bin/mesh.js', ...how], {
        cwd: lab.repository,
        env: { ...process.env, TERM: 'xterm' },
      });
    };
    lab.proxy.forget();
    const no = await answers('n');
    expectEqual(`the exit code (${no.stdout.slice(-500)})`, no.code, 0);
    expectSaid(no.stdout, 'apply this to test? [y/N]', 'nothing was written');
    expectEqual('writes', lab.proxy.seen.filter(isRun).length, 0);
    const yes = await answers('y');
    expectEqual(`the exit code (${yes.stdout.slice(-500)})`, yes.code, 0);
    expectThat('it is written', await lab.server.get(`/api/v1/namespaces/${namespace}/services/a`));
  });
  await report.check('nobody to ask: said, and nothing is written', async () => {
    lab.proxy.forget();
    const ended = await lab.mesh(['apply', lab.server.yaml(objects('tty')), '--set', 'default/ask']);
    expectCode(ended, 2);
    expectSaid(ended.stderr, '--yes');
    expectEqual('requests', lab.proxy.seen.length, 0);
  });
  await report.check('T3 a plan that was approved is applied, and one that holds no more is not', async () => {
    const namespace = lab.namespace('approved');
    const out = lab.server.file('plan');
    const [first, second] = [app(namespace, [{ name: 'a' }]), app(namespace, [{ name: 'a' }, { name: 'b' }])];
    expectCode(await lab.plan('approved', first, ['--out', out]), 1);
    const text = await refused(lab, 'approved', second, ['--plan', out]);
    expectSaid(text, 'does not hold any more', `Service/${namespace}/b would be changed, too`);
    expectCode(await lab.apply('approved', first, ['--plan', out]), 0);
    await lab.server.apply(pathOf(map(namespace, 'x')), map(namespace, 'x'), 'somebody');
    expectCode(await lab.plan('approved', second, ['--out', out]), 1);
    // what it is about is another's by then
    const b = second.find((o) => o.kind === 'Service' && o.metadata.name === 'b')!;
    await lab.server.apply(pathOf(b), { ...b, metadata: { ...b.metadata, labels: { by: 'hand' } } }, 'somebody');
    expectSaid(
      await refused(lab, 'approved', second, ['--plan', out]),
      `Service/${namespace}/b has changed since, in the cluster`,
    );
    await lab.server.must('DELETE', pathOf(b));
    expectCode(await lab.apply('approved', second, ['--plan', out]), 0);
    expectCode(await lab.apply('approved', second, ['--plan', out]), 0);
  });
}

async function clusters(lab: Lab, report: Report): Promise<void> {
  const file = lab.server.yaml([map('default', 'clusters')]);
  const mesh = (args: readonly string[]) => lab.mesh(['plan', file, '--set', 'default/clusters', ...args]);
  await report.check('T19 a context that is not there, with the one that is meant', async () => {
    const ended = await mesh(['--context', 'tset']);
    expectCode(ended, 2);
    expectSaid(ended.stderr, '"tset"', 'did you mean', 'test');
  });
  await report.check('T19 credentials that the server does not take', async () => {
    const stranger = lab.server.file('kubeconfig');
    const config = JSON.parse((await run('cat', [lab.server.kubeconfig()])).stdout);
    config.users[0].user.token = 'nonsense';
    writeFileSync(stranger, JSON.stringify(config));
    const ended = await lab.run(['plan', file, '--set', 'default/clusters', '--kubeconfig', stranger]);
    expectCode(ended, 3);
    expectSaid(ended.stderr, /[Uu]nauthorized/, 'test');
  });
  await report.check('T19 two contexts, one after the other', async () => {
    const both = lab.server.file('kubeconfig');
    const config = JSON.parse((await run('cat', [lab.server.kubeconfig()])).stdout);
    config.contexts.push({ name: 'second', context: { cluster: 'test', user: 'admin' } });
    writeFileSync(both, JSON.stringify(config));
    const how = [file, '--set', 'default/clusters', '--kubeconfig', both, '--context', 'test', '--context', 'second'];
    const ended = await lab.run(['apply', '--yes', '--barrier', '100ms', ...how]);
    expectCode(ended, 0);
    expectSaid(ended.stdout, 'test', 'second', '1 written');
  });
}
