import type { KubeObject } from '../manifests';
import type { Report } from '../report';
import { app, deployment, namespaceOf, pathOf } from './app';
import { customResource, specWith } from './custom-resource';
import { expectCode, expectEqual, expectSaid, expectThat } from './expect';
import { allAvailable } from './harness-tests';
import type { Lab } from './lab';
import { refused } from './refused';

/** Fields that cannot change, and `--replace`. */
export async function replaceTests(lab: Lab, report: Report): Promise<void> {
  await fixed(lab, report);
  await ruled(lab, report);
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
  await report.check('T13 where --replace would leave a gap it is not offered', async () => {
    const namespace = lab.namespace('replaced');
    const objects = app(namespace, [{ name: 'web' }]);
    await lab.install('replaced', objects);
    await allAvailable(lab, namespace);
    // the subset's pods, too, get other labels
    const changed = JSON.parse(JSON.stringify(objects).replaceAll('"version":"v1"', '"version":"w1"'));
    const text = await refused(lab, 'replaced', changed);
    expectSaid(text, 'spec.selector cannot change once it is there', 'there is no order without a gap');
    expectThat('nobody is led to what is refused, too', !text.includes('--replace'));
    const anew = await lab.plan('replaced', changed, ['--replace', `Deployment/${namespace}/web-v1`]);
    expectCode(anew, 3);
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
    // of the 256 first addresses, of which the server gives none of itself
    await lab.install(namespace, [space, service({ clusterIP: '10.96.0.77', selector: { app: 'web' } })]);
    const first = await server.get(pathOf(service({})));
    // the address is another's by the time at which it is asked for
    await lab.install(`${namespace}-other`, [
      { ...service({ clusterIP: '10.96.0.78' }), metadata: { name: 'other', namespace } } as KubeObject,
    ]);
    const changed = [space, service({ clusterIP: '10.96.0.78', selector: { app: 'web' } })];
    const text = await refused(lab, namespace, changed);
    expectSaid(text, `--replace Service/${namespace}/web`);
    const applied = await lab.apply(namespace, changed, ['--replace', `Service/${namespace}/web`]);
    expectCode(applied, 3);
    expectSaid(JSON.stringify(applied.result.failed), `Service/${namespace}/web`, 'it was made again as it was');
    const now = await server.get(pathOf(service({})));
    expectThat('it is another one', now.metadata.uid !== first.metadata.uid);
    expectEqual('as it was', [now.spec.clusterIP, now.spec.selector], ['10.96.0.77', { app: 'web' }]);
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
const RULED = customResource('Ruled', {
  schema: specWith(
    Object.fromEntries(
      Object.entries(RULES).map(([field, rule]) => [
        field,
        { type: 'integer', 'x-kubernetes-validations': [rule, { rule: 'self > 0' }] },
      ]),
    ),
  ),
});

/** A kind with a field that stays as it was made. */
const FIXED = customResource('Fixed', {
  schema: specWith({
    size: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'size is immutable' }] },
  }),
});
