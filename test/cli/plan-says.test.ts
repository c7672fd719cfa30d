import { type Obj, routes, service, to } from '../diff/support';
import { apply, FINDINGS, mesh, namespace, release, server, write } from './apply-support';

test('what is made for now otherwise than it is to be is shown: it lets everybody in', async () => {
  const labels = { app: 'web' };
  const kinds = [
    ['apps', 'Deployment', 'deployments'],
    ['security.istio.io', 'AuthorizationPolicy', 'authorizationpolicies'],
  ] as const;
  server.kinds = [
    ...server.kinds,
    ...kinds.map(([group, kind, plural]) => ({ group, version: 'v1', kind, plural, namespaced: true })),
  ];
  const meta = (name: string) => ({ name, namespace: 'shop' });
  const template = { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'a:1' }] } };
  server.objects.set('deployments shop/web', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta('web'),
    spec: { selector: { matchLabels: labels }, template },
  });
  write('allows', [
    ...release(['v1', 100]),
    ...['a', 'b'].map((name) => ({
      apiVersion: 'security.istio.io/v1',
      kind: 'AuthorizationPolicy',
      metadata: meta(name),
      spec: { selector: { matchLabels: labels }, rules: [{ from: [{ source: { namespaces: [name] } }] }] },
    })),
  ]);
  await apply('v1', FINDINGS);
  const { stdout } = await mesh(['plan', 'allows.yaml', '--set', 'shop', FINDINGS]);
  expect(stdout).toContain(`phase 1 of 2
  + AuthorizationPolicy/shop/a (for now otherwise than it is to be)
      .spec.rules[0].from: nothing
`);
  expect(stdout).toContain(`phase 2 of 2
  ~ AuthorizationPolicy/shop/a
      .spec.rules[0].from: [{"source":{"namespaces":["a"]}}]
`);
});

test('of a list that others own, what differs in it is shown', async () => {
  await apply('v1', FINDINGS);
  const vs = server.objects.get('virtualservices shop/web');
  vs.metadata.managedFields = [{ ...vs.metadata.managedFields[0], manager: 'flagger', operation: 'Update' }];
  const { stdout } = await mesh(['plan', 'v1-v2.yaml', '--set', 'shop', FINDINGS]);
  expect(stdout).toMatch(/^ +\.spec\.http\[0\]\.route\[\d\]\S* +flagger \(Update/m);
  expect(stdout).toContain('--take VirtualService/shop/web:.spec.http makes it ours');
});

test('names with ":", as roles have them, are told, counted and taken', async () => {
  const group = 'rbac.authorization.k8s.io';
  server.kinds = [...server.kinds, { group, version: 'v1', kind: 'ClusterRole', plural: 'clusterroles', namespaced: false }];
  const role = (n: number, ...verbs: string[]): Obj => ({
    apiVersion: `${group}/v1`,
    kind: 'ClusterRole',
    metadata: { name: `shop:r${n}` },
    rules: [{ apiGroups: [''], resources: ['pods'], verbs }],
  });
  const roles = (...verbs: string[]) => Array.from({ length: 24 }, (_, n) => role(n, ...verbs));
  write('roles', [namespace, ...roles('get')]);
  write('roles-list', [namespace, ...roles('list')]);
  expect((await apply('roles')).status).toBe(0);
  const status = await mesh(['status', 'roles-list.yaml', '--set', 'shop']);
  expect([status.status, status.stderr]).toEqual([1, expect.not.stringContaining('names no object')]);
  expect(status.stdout).toContain('\n4 more ClusterRoles are not applied as the files say them now\n');

  const first = () => [...server.objects.values()].find((o) => o.metadata.name === 'shop:r0');
  first().metadata.managedFields = [
    { manager: 'ci', operation: 'Apply', apiVersion: `${group}/v1`, fieldsV1: { 'f:rules': {} } },
  ];
  expect((await mesh(['plan', 'roles-list.yaml', '--set', 'shop'])).stdout).toContain('--take ClusterRole/shop:r0');
  for (const take of ['ClusterRole/shop:r0', 'ClusterRole/shop:r0:.rules'])
    expect(await mesh(['plan', 'roles-list.yaml', '--set', 'shop', '--take', take])).toMatchObject({ status: 1 });
  expect(await apply('roles-list', '--take', 'ClusterRole/shop:r0:.rules')).toMatchObject({ status: 0 });
  expect(first().rules[0].verbs).toEqual(['list']);
});

test('what the server warns of is told, in a plan that asks it and of what is written', async () => {
  server.warns = (method, path) =>
    method === 'PATCH' && path.includes('/virtualservices/') ? ['299 - "v1 goes"', '299 - "say \\"b\\", or more"'] : [];
  const plan = await mesh(['plan', 'v1.yaml', '--set', 'shop', FINDINGS, '--verify']);
  expect(plan.stdout).toContain('note VirtualService/shop/web: the server warns: v1 goes');
  expect(plan.stdout).toContain('note VirtualService/shop/web: the server warns: say "b", or more');
  const applied = await apply('v1', FINDINGS);
  expect(applied.stdout).toMatch(
    /^warning VirtualService\/shop\/web: v1 goes\nwarning VirtualService\/shop\/web: say "b", or more$/m,
  );
  expect((await apply('v1', FINDINGS)).stdout).not.toContain('warn');
  const { stdout } = await apply('v2', FINDINGS, '--json');
  const events = stdout
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l));
  expect(events.filter((e) => e.warnings).map((e) => [e.type, e.object, e.warnings.length])).toEqual([
    ['written', 'VirtualService/shop/web', 2],
    ['result', undefined, 2],
  ]);
});

test('what is named and is nothing is told, and the run goes on', async () => {
  const { status, stdout } = await apply('v1', FINDINGS, '--take', 'VirtualService/shop/wep', '--delete', 'Namespace/shob');
  expect(status).toBe(0);
  expect(stdout).toContain(
    'note "VirtualService/shop/wep", which is to be taken over, is no object of the files or of the set (did you mean "VirtualService/shop/web"?)',
  );
  expect(stdout).toContain(
    'note "Namespace/shob", which may be deleted, is no object of the files or of the set (did you mean "Namespace/shop"?)',
  );
});

test('all that one owner has is taken by one word, and the plan says what', async () => {
  expect((await apply('v1', FINDINGS)).status).toBe(0);
  for (const [key, o] of server.objects)
    if (key.endsWith('shop/web') && /virtual|destination/.test(key)) {
      o.metadata.labels = { 'app.kubernetes.io/managed-by': 'Helm' };
      o.metadata.annotations = { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'shop' };
      o.metadata.managedFields = [
        {
          manager: 'helm',
          operation: 'Update',
          apiVersion: o.apiVersion,
          fieldsV1: { 'f:spec': { 'f:http': {}, 'f:subsets': {} } },
        },
      ];
    }
  const refused = await mesh(['plan', 'v1-v2.yaml', '--set', 'shop', FINDINGS]);
  expect([refused.status, refused.stdout]).toEqual([
    3,
    expect.stringContaining('2 of them for helm/shop/web: --take from=helm/shop/web takes over all that is its'),
  ]);
  const taken = await mesh(['plan', 'v1-v2.yaml', '--set', 'shop', FINDINGS, '--take', 'from=helm/shop/web']);
  expect(taken.status).toBe(1);
  expect(taken.stdout).toContain('VirtualService/shop/web (taken over from Helm release "web")');
  expect(taken.stdout).toContain('.spec.http is taken from helm (Update)');
  const nobody = await mesh(['plan', 'v1-v2.yaml', '--set', 'shop', FINDINGS, '--take', 'from=helm/shop/wep']);
  expect(nobody.stdout).toContain('owns nothing that the files say otherwise (did you mean "helm/shop/web"?)');
});

test('whose files they are is asked where objects are of another set, and how to say so', async () => {
  await apply('v1', FINDINGS);
  const { status, stdout } = await mesh(['plan', 'v1.yaml', '--set', 'other', FINDINGS]);
  expect(status).toBe(3);
  expect(stdout).toContain(
    "refused Service/shop/web: belongs to another set, default/shop, which would delete or overwrite it: say --set default/shop where the files are that set's; --take Service/shop/web takes it over",
  );
  expect(stdout).toContain("4 of them for mesh/default/shop: --set default/shop where the files are that set's; --take from=");
});

test('what only the dry run finds is looked at among all that is in the cluster', async () => {
  server.objects.set('services shop/api', {
    ...service('api'),
    metadata: { ...service('api').metadata, uid: 'a', resourceVersion: '1' },
  });
  write('to-api', [namespace, service('web'), routes('web', [{ route: [to('api')] }])]);
  expect((await mesh(['apply', 'to-api.yaml', '--set', 'shop', '--yes', '--barrier', '0s', FINDINGS])).status).toBe(0);
  server.mutates = (o) => (o.kind === 'Service' ? { ...o, spec: { ...o.spec, sessionAffinity: 'ClientIP' } } : o);
  const { status, stdout, stderr } = await mesh(['plan', 'to-api.yaml', '--set', 'shop', '--verify']);
  expect([status, stderr]).toEqual([1, expect.not.stringContaining('error')]);
  expect(stdout).toContain('~ Service/shop/web');
});
