import fc from 'fast-check';
import { groupKind, idOf, isManagerOf, managerOf, PART_OF } from '../../src/apply/apply-set';
import { liveObject } from '../../src/apply/live';
import { isFieldNamed, isNamed, named, nameText, partsOf, taking, unmatched } from '../../src/apply/named';
import { ownerOf, setOf, yieldedBy } from '../../src/apply/owners';
import { planOne, type Refusal } from '../../src/apply/plan/planned-object';
import { isMovedBy, keepsShares, weightNotes, weightOwners, withLiveWeights, withoutHashes } from '../../src/apply/plan/weights';
import { Throttle } from '../../src/cluster/throttle';
import { leafChanges, shownChanges, valueText } from '../../src/fields/field-lines';
import { manifestOf } from '../../src/manifests/manifest';
import { notInEffect, notReady } from '../../src/order/facts/readiness';
import { canonical, isEqual } from '../../src/values/equal';
import { manifest, VIRTUAL_SERVICES } from '../order/support';

describe('a set', () => {
  // recorded from kubectl 1.36.3
  test('has the id that kubectl gives it', () =>
    expect(idOf({ namespace: 'as1', name: 'demo' })).toBe('applyset-GR51XKQMVPGJ0TYywiDmQph_BiEYAE-Vy_BgKeNVJug-v1'));
  test('names kinds as kubectl does', () => {
    expect(groupKind({ group: '', kind: 'ConfigMap' })).toBe('ConfigMap');
    expect(groupKind({ group: 'networking.istio.io', kind: 'VirtualService' })).toBe('VirtualService.networking.istio.io');
  });
  test('has one field manager, of at most 128 characters', () => {
    expect(managerOf({ namespace: 'shop', name: 'web' })).toBe('mesh/shop/web');
    expect(managerOf({ namespace: 'shop', name: 'x'.repeat(253) })).toHaveLength(128);
    expect(managerOf({ namespace: 'shop', name: 'x'.repeat(118) })).toBe(`mesh/shop/${'x'.repeat(118)}`);
  });
  test('has a field manager that no other set has, and is known by it', () => {
    const sets = ['a', 'b', ''].map((end) => ({ namespace: 'shop', name: `${'x'.repeat(118)}${end}` }));
    const managers = sets.map(managerOf);
    expect(new Set(managers).size).toBe(3);
    for (const [i, manager] of managers.entries())
      expect(sets.map((set) => isManagerOf(manager, idOf(set)))).toEqual([0, 1, 2].map((j) => i === j));
    expect(isManagerOf('helm', idOf(sets[0]!))).toBe(false);
    expect(isManagerOf('mesh/shop', idOf(sets[0]!))).toBe(false);
  });
  test('is found behind an object by a name that was cut, too', () => {
    const set = { namespace: 'shop', name: 'x'.repeat(200) };
    const live = manifestOf(
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          name: 'a',
          labels: { [PART_OF]: idOf(set) },
          managedFields: [{ manager: managerOf(set), operation: 'Apply', apiVersion: 'v1', fieldsV1: {} }],
        },
      },
      () => ({ file: 'x', line: 0, column: 0 }),
    );
    expect(setOf(live).id).toBe(managerOf(set));
  });
});

describe('objects and fields on the command line', () => {
  const web = { kind: 'VirtualService', namespace: 'shop', name: 'web' };
  test('an object, one without a namespace, a field', () => {
    expect(named('VirtualService/shop/web')).toMatchObject(web);
    expect(named('Namespace/shop')).toMatchObject({ kind: 'Namespace', namespace: '', name: 'shop' });
    expect(named('VirtualService/shop/web:.spec.http')).toMatchObject({ ...web, path: '.spec.http' });
  });
  test.each([
    ['ClusterRole/shop:reader', { kind: 'ClusterRole', namespace: '', name: 'shop:reader' }, undefined],
    ['Role/shop/shop:reader:1', { kind: 'Role', namespace: 'shop', name: 'shop:reader:1' }, undefined],
    ['Role/shop/shop:reader:.rules', { kind: 'Role', namespace: 'shop', name: 'shop:reader' }, '.rules'],
    ['VirtualService/shop/web:.metadata.annotations.a:.b', web, '.metadata.annotations.a:.b'],
    ['K8sRequiredLabels/owner:.spec', { kind: 'K8sRequiredLabels', namespace: '', name: 'owner' }, '.spec'],
  ])('a name with ":" ends where a field begins: %s', (text, object, path) => {
    expect(named(text)).toEqual({ ...object, text, ...(path === undefined ? {} : { path }) });
    if (path === undefined)
      expect([nameText(object), partsOf(text)]).toEqual([text, { kind: object.kind, namespace: object.namespace }]);
  });
  test('a field without its dot is told as one', () => {
    const options = { take: [named('VirtualService/shop/web:spec.http'), named('VirtualService/shop/wep')] };
    expect(unmatched(options, [{ manifest: web }])).toEqual([
      '"VirtualService/shop/web:spec.http", which is to be taken over, is no object of the files or of the set (a field of it begins with a dot: "VirtualService/shop/web:.spec.http")',
      expect.stringContaining('(did you mean "VirtualService/shop/web"?)'),
    ]);
  });
  test.each(['web', '', 'VirtualService/', 'VirtualService/a/b/c', '1a/b'])('"%s" is none', (text) =>
    expect(() => named(text)).toThrow('Kind/namespace/name'),
  );
  test('a field means what is below it, and no other of the same beginning', () => {
    const names = [named('virtualservice/shop/web:.spec.http')];
    expect(isFieldNamed(names, web, '.spec.http')).toBe(true);
    expect(isFieldNamed(names, web, '.spec.http[0].route')).toBe(true);
    expect(isFieldNamed(names, web, '.spec.https')).toBe(false);
    expect(isFieldNamed(names, { ...web, name: 'other' }, '.spec.http')).toBe(false);
    expect(isNamed(names, web)).toBe(false);
    expect(isFieldNamed([named('VirtualService/shop/web')], web, '.spec.hosts')).toBe(true);
  });
});

describe('other tools', () => {
  const withMeta = (metadata: object) => {
    const m = manifest('v1', 'Service', 'web', {});
    return { ...m, ...metadata };
  };
  test.each([
    [
      { labels: { 'app.kubernetes.io/managed-by': 'Helm' }, annotations: { 'meta.helm.sh/release-name': 'web' } },
      'Helm release "web"',
    ],
    [{ annotations: { 'argocd.argoproj.io/tracking-id': 'shop:/Service:shop/web' } }, `Argo CD's Application "shop"`],
    [{ labels: { 'kustomize.toolkit.fluxcd.io/name': 'shop' } }, `Flux' Kustomization "shop"`],
  ])('%j', (meta, name) => expect(ownerOf(withMeta(meta))?.name).toBe(name));
  test('a label of Helm alone is no release', () =>
    expect(ownerOf(withMeta({ labels: { 'app.kubernetes.io/managed-by': 'Helm' } }))).toBeUndefined());
  test('kubectl apply in both of its ways, but neither its edits nor its scaling', () => {
    const entry = (manager: string, operation: string, subresource?: string) => ({
      manager,
      operation,
      apiVersion: 'v1',
      subresource,
    });
    const managedFields = [
      entry('kubectl-client-side-apply', 'Update'),
      entry('kubectl', 'Apply'),
      entry('kubectl-edit', 'Update'),
      entry('kubectl', 'Update', 'scale'),
      entry('kubectl', 'Update'),
    ];
    expect(yieldedBy({ metadata: { managedFields } }, {})).toEqual(managedFields.slice(0, 2));
  });
});

describe('weights of controllers', () => {
  const rollout = manifest('argoproj.io/v1alpha1', 'Rollout', 'web', {
    strategy: {
      canary: { trafficRouting: { istio: { virtualService: { name: 'web' }, destinationRule: { name: 'web' } } } },
    },
  });
  const canary = manifest('flagger.app/v1beta1', 'Canary', 'api', { targetRef: { name: 'api' }, service: { port: 80 } });

  test('whose they are', () => {
    const owners = weightOwners([rollout, canary]);
    expect([...owners].map(([k, v]) => `${k}: ${v.name}`)).toEqual([
      'VirtualService shop/web: Rollout shop/web',
      'DestinationRule shop/web: Rollout shop/web',
      'VirtualService shop/api: Canary shop/api',
    ]);
  });

  const vs = (weights: readonly number[], extra: object = {}) => ({
    kind: 'VirtualService',
    spec: {
      hosts: ['web'],
      http: [
        {
          name: 'main',
          ...extra,
          route: weights.map((weight, i) => ({ destination: { host: 'web', subset: ['stable', 'canary'][i] }, weight })),
        },
      ],
    },
  });

  test('routes that a Rollout puts before the others for a while stay', () => {
    const headers = {
      name: 'set-header',
      match: [{ headers: { x: { exact: 'y' } } }],
      route: [{ destination: { host: 'web' } }],
    };
    const live = vs([60, 40]);
    const withHeader = { ...live, spec: { ...live.spec, http: [headers, ...live.spec.http] } };
    const wanted = withLiveWeights(vs([100, 0], { timeout: '3s' }), withHeader, ['set-header']);
    expect(wanted.spec.http).toEqual([headers, ...vs([60, 40], { timeout: '3s' }).spec.http]);
    expect(withLiveWeights(vs([100, 0]), withHeader, []).spec.http).not.toContainEqual(headers);
  });

  test('what its controller wrote is no conflict while its shares stay; what others wrote is one', () => {
    const [rolloutOf] = [{ name: 'Rollout shop/web', kind: 'Rollout', routes: [] } as const];
    const by = (manager: string, path = '.spec.http', operation = 'Update') => ({ manager, path, operation });
    expect(isMovedBy(rolloutOf, by('rollouts-controller'))).toBe(true);
    expect(isMovedBy(rolloutOf, by('rollouts-controller', '.spec.hosts'))).toBe(false);
    expect(isMovedBy(rolloutOf, by('kubectl-edit'))).toBe(false);
    expect(isMovedBy(rolloutOf, by('flagger'))).toBe(false);
    expect(keepsShares(vs([60, 40], { timeout: '3s' }), vs([60, 40]))).toBe(true);
    expect(keepsShares(vs([100, 0]), vs([60, 40]))).toBe(false);
    const others = vs([60, 40]);
    others.spec.http[0]!.route[0]!.destination.subset = 'other';
    expect(keepsShares(others, vs([60, 40]))).toBe(false);
  });

  test('while it shares requests, routes that lead elsewhere are refused, whoever owns the routes', () => {
    const weights = { name: 'Rollout shop/web', kind: 'Rollout', routes: [], differ: false } as const;
    const refusedWith = (now: readonly number[], subset: string, take: readonly string[] = []) => {
      const refusals: Refusal[] = [];
      const body: any = { ...vs(now), metadata: { name: 'web', namespace: 'shop', labels: {} } };
      const there = liveObject(structuredClone(body), VIRTUAL_SERVICES);
      body.spec.http[0].route[1].destination.subset = subset;
      const m = manifest('networking.istio.io/v1', 'VirtualService', 'web', body.spec);
      const d = { key: there.key, manifest: m, body, resource: VIRTUAL_SERVICES, weights } as never;
      planOne(d, there, { manager: 'mesh/a/b', id: 'x', take: take.map(taking), refusals, owners: new Set(), contested: [] });
      return refusals.map((r) => r.message);
    };
    expect(refusedWith([80, 20], 'beta')).toEqual([expect.stringContaining('leads otherwise than Rollout shop/web does')]);
    expect(refusedWith([80, 20], 'canary')).toEqual([]);
    expect(refusedWith([100, 0], 'beta')).toEqual([]);
    expect(refusedWith([80, 20], 'beta', ['VirtualService/shop/web'])).toEqual([]);
  });
  test('those that are live stay, and all else is as desired', () => {
    expect(withLiveWeights(vs([100, 0], { timeout: '3s' }), vs([60, 40]))).toEqual(vs([60, 40], { timeout: '3s' }));
  });
  test('routes that lead elsewhere keep what is desired', () => {
    const desired = vs([100, 0]);
    const live = { ...vs([60, 40]) };
    live.spec.http[0]!.route[1]!.destination.subset = 'other';
    expect(withLiveWeights(desired, live)).toEqual(desired);
  });
  test('labels of the pods that a Rollout makes are in no template: without them subsets are looked at', () => {
    const of = (labels: object) =>
      manifest('networking.istio.io/v1', 'DestinationRule', 'web', { host: 'web', subsets: [{ name: 'stable', labels }] });
    const moved = of({ app: 'web', 'rollouts-pod-template-hash': 'abc' });
    const plain = of({ app: 'web' });
    expect(withoutHashes([moved, plain, rollout]).map((m) => m.object)).toEqual([plain.object, plain.object, rollout.object]);
  });
  test('of objects that stay as they are, it is told whose weights are not those of the files', () => {
    const owner = { name: 'Rollout shop/web', kind: 'Rollout', routes: [] } as const;
    const planned = (name: string, differ: boolean, action: 'keep' | 'change' = 'keep') => ({
      action,
      manifest: manifest('networking.istio.io/v1', 'VirtualService', name, {}),
      weights: { ...owner, differ },
    });
    expect(weightNotes([planned('a', false), planned('b', true, 'change')])).toEqual([]);
    expect(weightNotes([planned('a', true), planned('b', true), planned('c', false)])).toEqual([
      'weights that a controller moves are others than in the files, and stay: VirtualService/shop/a (Rollout shop/web), VirtualService/shop/b (Rollout shop/web)',
    ]);
  });
  test('hashes of pod templates stay in subsets', () => {
    const rule = (labels: object) => ({ kind: 'DestinationRule', spec: { host: 'web', subsets: [{ name: 'stable', labels }] } });
    expect(withLiveWeights(rule({ app: 'web' }), rule({ app: 'web', 'rollouts-pod-template-hash': 'abc' }))).toEqual(
      rule({ app: 'web', 'rollouts-pod-template-hash': 'abc' }),
    );
  });
});

describe('what is shown of changes', () => {
  const secret = manifest('v1', 'Secret', 'db', {});
  test('routes are compared by their names', () => {
    const live = [
      { name: 'a', weight: 1 },
      { name: 'b', weight: 2 },
    ];
    const desired = [
      { name: 'b', weight: 3 },
      { name: 'a', weight: 1 },
    ];
    expect(leafChanges('.spec.http', live, desired)).toEqual([{ path: '.spec.http[b].weight', live: 2, desired: 3 }]);
  });
  test('an item that goes, or comes, is told where it was; what comes after it does not change', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((x) => ({ from: x }));
    expect(leafChanges('.rules', [a, b, c], [a, c])).toEqual([{ path: '.rules[1]', live: b }]);
    expect(leafChanges('.rules', [b], [a, b])).toEqual([{ path: '.rules[0]', desired: a }]);
    expect(leafChanges('.rules', [a, b], [c])).toEqual([
      { path: '.rules[0].from', live: 'a', desired: 'c' },
      { path: '.rules[1]', live: b },
    ]);
  });
  test('nothing of what a Secret holds, wherever in it', () => {
    const value = fc.stringMatching(/^[A-Z0-9]{8,20}$/);
    fc.assert(
      fc.property(value, value, fc.constantFrom('.data.key', '.stringData.key', '.data'), (a, b, path) => {
        const shown = JSON.stringify(shownChanges(secret, [{ path, live: a, desired: path === '.data' ? { key: b } : b }]));
        return !shown.includes(a) && !shown.includes(b) && shown.includes('(hidden)');
      }),
    );
    const whole = shownChanges(secret, [{ path: '.data', desired: { password: 'hunter2' } }]);
    expect(JSON.stringify(whole)).not.toContain('hunter2');
  });
  test('nor what kubectl keeps of it', () => {
    const path = '.metadata.annotations';
    const live = { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"password":"hunter2"}}', a: '1' };
    expect(shownChanges(secret, [{ path, live, desired: { a: '2' } }])).toEqual([
      { path: '.metadata.annotations.a', live: '1', desired: '2' },
    ]);
    // where all annotations go
    expect(shownChanges(secret, [{ path, live }])).toEqual([{ path, live: { a: '1' } }]);
    const { a: _, ...alone } = live;
    expect(shownChanges(secret, [{ path, live: alone }])).toEqual([]);
  });
  test('long values are cut', () => expect(valueText('x'.repeat(500)).length).toBeLessThanOrEqual(100));
});

describe('readiness of workloads', () => {
  const deployment = (status: object, generation = 2) => ({
    kind: 'Deployment',
    metadata: { generation },
    spec: { replicas: 3 },
    status,
  });
  test.each([
    [{}, 'its controller has not seen it yet'],
    [{ observedGeneration: 1, availableReplicas: 3 }, 'its controller has not seen it yet'],
    [{ observedGeneration: 2, replicas: 3, updatedReplicas: 1, availableReplicas: 3 }, '1 of 3 pods are new'],
    [{ observedGeneration: 2, replicas: 4, updatedReplicas: 3, availableReplicas: 3 }, '1 old pods are still there'],
    [{ observedGeneration: 2, replicas: 3, updatedReplicas: 3, availableReplicas: 2 }, '2 of 3 pods are ready'],
    [{ observedGeneration: 2, replicas: 3, updatedReplicas: 3, availableReplicas: 3 }, undefined],
  ])('%j: %s', (status, reason) => expect(notReady(deployment(status))).toBe(reason));
  const OLD = { observedGeneration: 2, replicas: 3, updatedReplicas: 0, availableReplicas: 3 };
  test.each([
    ['Deployment', { paused: true }, OLD, '0 of 3 pods are new (it is paused)', undefined],
    [
      'StatefulSet',
      { updateStrategy: { type: 'OnDelete' } },
      OLD,
      /^0 of 3 pods are new \(its updateStrategy is OnDelete/,
      undefined,
    ],
    ['StatefulSet', { updateStrategy: { rollingUpdate: { partition: 0 } } }, OLD, '0 of 3 pods are new', '0 of 3 pods are new'],
    ...[0, 1].map((updatedReplicas): [string, object, object, string, string | undefined] => {
      const text = `${updatedReplicas} of 3 pods are new (its partition is 2)`;
      const spec = { updateStrategy: { rollingUpdate: { partition: 2 } } };
      return ['StatefulSet', spec, { ...OLD, updatedReplicas }, text, updatedReplicas === 1 ? undefined : text];
    }),
    [
      'StatefulSet',
      { updateStrategy: { rollingUpdate: { partition: 5 } } },
      { ...OLD, availableReplicas: 2 },
      /./,
      /its partition is 5/,
    ],
    [
      'DaemonSet',
      { updateStrategy: { type: 'OnDelete' } },
      { observedGeneration: 2, desiredNumberScheduled: 2, updatedNumberScheduled: 1, numberAvailable: 2 },
      /^1 of 2 pods are new \(its updateStrategy is OnDelete/,
      undefined,
    ],
    [
      'Deployment',
      { paused: true },
      { ...OLD, observedGeneration: 1 },
      'its controller has not seen it yet',
      'its controller has not seen it yet',
    ],
  ] as [string, object, object, string | RegExp, string | RegExp | undefined][])(
    'a %s of which old pods stay as long as nobody does anything (%j, %j) is in effect when the others are new',
    (kind, spec, status, strictly, softly) => {
      const live = { ...deployment(status), kind, spec: { replicas: 3, ...spec } };
      expect(notReady(live)).toMatch(strictly);
      if (softly === undefined) expect(notInEffect(live)).toBeUndefined();
      else expect(notInEffect(live)).toMatch(softly);
    },
  );
  test('one that does not come up says why', () => {
    const conditions = [{ type: 'Progressing', reason: 'ProgressDeadlineExceeded', message: 'timed out' }];
    expect(notReady(deployment({ observedGeneration: 2, conditions }))).toBe('does not come up: timed out');
  });
});

describe('as many requests at once as the server bears', () => {
  const run = async (throttle: Throttle, n: number, ms: number) => {
    for (let i = 0; i < n; i++) {
      const done = await throttle.turn();
      throttle.answered(ms);
      done();
    }
  };
  test('more while it keeps up, up to a limit', async () => {
    const t = new Throttle();
    const first = t.concurrency;
    await run(t, 1000, 5);
    expect(t.concurrency).toBeGreaterThan(first);
    await run(t, 10_000, 5);
    expect(t.concurrency).toBe(32);
  });
  test('half when it says that it is busy, and never none', () => {
    const t = new Throttle();
    const first = t.concurrency;
    t.tooBusy();
    expect(t.concurrency).toBe(first / 2);
    for (let i = 0; i < 20; i++) t.tooBusy();
    expect(t.concurrency).toBe(1);
  });
  test('fewer when answers take ever longer', async () => {
    const t = new Throttle();
    await run(t, 100, 5);
    const before = t.concurrency;
    await run(t, 200, 2000);
    expect(t.concurrency).toBeLessThan(before);
  });
  test('never more than the limit, and all get their turn', async () => {
    const t = new Throttle();
    let [running, most, ended] = [0, 0, 0];
    await Promise.all(
      Array.from({ length: 300 }, async () => {
        const done = await t.turn();
        most = Math.max(most, ++running);
        await new Promise((r) => setImmediate(r));
        running--;
        ended++;
        done();
      }),
    );
    expect(ended).toBe(300);
    expect(most).toBeLessThanOrEqual(t.concurrency);
  });
});

test('two values are equal just where their canonical texts are', () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  const altered = fc.tuple(value, fc.boolean()).map(([v, same]) => [v, same ? JSON.parse(JSON.stringify(v)) : v] as const);
  fc.assert(fc.property(value, value, (a, b) => isEqual(a, b) === (canonical(a) === canonical(b))));
  fc.assert(fc.property(altered, ([a, b]) => isEqual(a, b)));
  expect(isEqual({ a: 1, b: undefined, c: null }, { a: 1 })).toBe(true);
  expect(isEqual({ a: 1 }, { b: null, a: 1 })).toBe(true);
  expect(isEqual([1, 2], [2, 1])).toBe(false);
  expect(isEqual({}, [])).toBe(false);
});
