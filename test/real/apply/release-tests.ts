import { canonical } from '../../../src/values/equal';
import type { KubeObject } from '../manifests';
import { expectNone, type Report } from '../report';
import { app, destinationRule, namespaceOf, pathOf } from './app';
import { gaps, gapsOfLateProxies } from './checker';
import { customResource, specWith } from './custom-resource';
import { expectCode, expectEqual, expectSaid, expectThat } from './expect';
import { allAvailable } from './harness-tests';
import { Kubelet, syncz } from './kubelet';
import { BARRIER, type Lab } from './lab';
import { isWrite, type Seen } from './proxy';
import { scenarios } from './scenarios';
import { endingsAfter, letIn, shutOut } from './witnesses';

/** First applies, no-ops, plans, and releases that change what others refer to. */
export async function releaseTests(lab: Lab, report: Report): Promise<void> {
  await firstApply(lab, report);
  await planEqualsApply(lab, report);
  await makeBeforeBreak(lab, report);
  await barriers(lab, report);
}

const CRD = customResource('Widget', { schema: specWith({ size: { type: 'integer' } }) });

/** Requests for which rights are asked, and that write nothing. */
const isQuestion = (s: Seen) => s.path.endsWith('/selfsubjectaccessreviews');
const changes = (seen: readonly Seen[]) => seen.filter((s) => isWrite(s) && !isQuestion(s));

async function firstApply(lab: Lab, report: Report): Promise<void> {
  const { proxy, server } = lab;
  const namespaces = ['a', 'b', 'c'].map((n) => lab.namespace(`first-${n}`));
  const names = Array.from({ length: 11 }, (_, i) => `s${i}`);
  const services = names.map((name) => ({ name, callers: names }));
  const widgets = [1, 2].map((size) => ({
    apiVersion: 'lab.example.com/v1',
    kind: 'Widget',
    metadata: { name: `w${size}`, namespace: namespaces[0]! },
    spec: { size },
  }));
  // in the worst order: what is needed comes last
  const objects = [...widgets, ...namespaces.flatMap((n) => app(n, services)), CRD].reverse();
  const versions = async () =>
    Promise.all(objects.map(async (o) => (await server.get(pathOf(o)))?.metadata.resourceVersion as string | undefined));

  await report.check(`T1 ${objects.length} objects from nothing, with a kind of their own: each is written once`, async () => {
    proxy.forget();
    const applied = await lab.apply('first', objects);
    expectCode(applied, 0);
    const there = await versions();
    expectNone('missing', objects.filter((_, i) => there[i] === undefined).map(pathOf));
    const writes = changes(proxy.seen);
    const wrong = objects.filter((o) => writes.filter((w) => w.path === pathOf(o)).length !== 1);
    expectNone('not written once', wrong.map(pathOf));
    const asked = proxy.seen.filter((s) => s.path === '/api' || s.path === '/apis').length;
    expectThat(`it asks for kinds at first, and when one has come: ${asked} requests`, asked <= 4);
    expectThat(`${proxy.connections} connections are at most 64`, proxy.connections <= 64);
    const order = (text: string) => applied.events.findIndex((e) => e.type === 'written' && e.object.startsWith(text));
    expectThat('the kind comes before its objects', order('CustomResourceDefinition/') < order('Widget/'));
    expectThat('namespaces come before what is in them', order('Namespace/') < order('Service/'));
    expectThat(`it takes ${applied.took} ms`, applied.took < 60_000);
  });
  await report.check('T2 again: nothing is written, no resourceVersion moves, a list for each kind', async () => {
    await Promise.all(namespaces.map((n) => allAvailable(lab, n)));
    const before = await versions();
    proxy.forget();
    expectCode(await lab.apply('first', objects), 0);
    expectEqual(
      'writes',
      changes(proxy.seen).map((s) => `${s.method} ${s.path}`),
      [],
    );
    expectEqual('resourceVersions', await versions(), before);
    const kinds = new Set(objects.map((o) => o.kind)).size;
    expectThat(
      `${proxy.seen.length} requests are at most ${kinds} + 4 (what kinds there are, the set's list and its Lease):\n${proxy.seen.map((s) => `${s.method} ${s.path}`).join('\n')}`,
      proxy.seen.length <= kinds + 4,
    );
  });
  await report.check('T2 with --verify the server is asked about each object, and nothing is written', async () => {
    const before = await versions();
    const asked = () => proxy.seen.filter((s) => s.query.has('dryRun')).map((s) => s.path);
    proxy.forget();
    expectCode(await lab.plan('first', objects, ['--verify']), 0);
    expectEqual('dry runs', asked().sort(), objects.map(pathOf).sort());
    proxy.forget();
    const [widget] = widgets;
    const grown = objects.map((o) => (o === widget ? { ...o, spec: { size: 7 } } : o));
    expectCode(await lab.plan('first', grown, ['--verify']), 1);
    expectEqual(
      'writes',
      changes(proxy.seen).map((s) => `${s.method} ${s.path}`),
      [],
    );
    expectEqual('dry runs', asked().length, objects.length);
    expectEqual('resourceVersions', await versions(), before);
  });
  await report.check('T1 a kind that comes to have a field, and an object with it, are applied together', async () => {
    const kind = (...fields: readonly string[]) =>
      customResource('Gadget', { schema: specWith(Object.fromEntries(fields.map((f) => [f, { type: 'string' }]))) });
    const namespace = lab.namespace('gadgets');
    const gadget = (spec: object) => ({
      apiVersion: 'lab.example.com/v1',
      kind: 'Gadget',
      metadata: { name: 'g', namespace },
      spec,
    });
    expectCode(await lab.apply('gadgets', [namespaceOf(namespace), kind('a'), gadget({ a: '1' })]), 0);
    const grown = [namespaceOf(namespace), kind('a', 'b'), gadget({ a: '1', b: '2' })];
    expectCode(await lab.apply('gadgets', grown), 0);
    const path = `/apis/lab.example.com/v1/namespaces/${namespace}/gadgets/g`;
    expectEqual('the new field', (await server.get(path)).spec, { a: '1', b: '2' });
    const wrong = await lab.apply('gadgets', [namespaceOf(namespace), kind('a', 'b'), gadget({ a: '1', c: '2' })]);
    expectCode(wrong, 3);
    expectCode(await lab.plan('gadgets', grown), 0);
  });
}

/** What of the one is not in the other, as paths. */
function lacks(wanted: unknown, there: unknown, path = ''): string[] {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(there) || there.length !== wanted.length)
      return [`${path}: ${canonical(there)}, not ${canonical(wanted)}`];
    return wanted.flatMap((w, i) => lacks(w, there[i], `${path}[${i}]`));
  }
  if (typeof wanted === 'object' && wanted !== null)
    return Object.entries(wanted).flatMap(([k, w]) => lacks(w, (there as any)?.[k], `${path}.${k}`));
  return wanted === there ? [] : [`${path}: ${canonical(there)}, not ${canonical(wanted)}`];
}

async function planEqualsApply(lab: Lab, report: Report): Promise<void> {
  const { proxy, server } = lab;
  const namespace = lab.namespace('plan');
  const before = app(namespace, [{ name: 'web' }, { name: 'page', callers: ['web'] }]);
  const after = app(namespace, [{ name: 'web', versions: ['v1', 'v2'] }, { name: 'news' }]);
  await report.check('T3 a plan writes nothing, and nothing remains of it', async () => {
    proxy.forget();
    const planned = await lab.plan('plan', before, ['--verify']);
    expectCode(planned, 1);
    expectEqual(
      'writes',
      changes(proxy.seen).map((s) => s.path),
      [],
    );
    expectEqual('the parent', await server.get('/api/v1/namespaces/default/secrets/plan'), undefined);
    expectEqual('created', planned.json.summary.create, before.length);
  });
  await report.check('T3 what a plan says is what apply does', async () => {
    await lab.install('plan', before);
    await allAvailable(lab, namespace);
    const planned = await lab.plan('plan', after);
    expectCode(planned, 1);
    const said = planned.json.phases.flatMap((p: any) => p.writes.map((w: any) => `${w.action} ${w.object}`)).sort();
    const applied = await lab.apply('plan', after);
    expectCode(applied, 0);
    const done = applied.events
      .filter((e) => e.type === 'written')
      .map((e) => `${e.action} ${e.object}`)
      .sort();
    expectEqual('writes', done, said);
    const wrong: string[] = [];
    for (const o of after) wrong.push(...lacks(o, await server.get(pathOf(o)), pathOf(o)));
    expectNone('not as it is in the files', wrong);
    for (const o of before.filter((b) => !after.some((a) => pathOf(a) === pathOf(b))))
      expectEqual(pathOf(o), (await server.get(pathOf(o)))?.metadata.name, undefined);
    await allAvailable(lab, namespace);
    expectCode(await lab.plan('plan', after), 0);
  });
  await report.check('T3 what the plan predicts of each object is what is live afterwards, field by field', async () => {
    const grown = [...after, ...app(namespace, [{ name: 'more', callers: ['web'] }]).slice(1)].map((o) =>
      o.kind === 'VirtualService' ? { ...o, metadata: { ...o.metadata, annotations: { note: 'predicted' } } } : o,
    );
    const predicted = await lab.predict('plan', grown);
    expectThat(`there are ${predicted.length} predictions`, predicted.length >= 7);
    expectCode(await lab.apply('plan', grown), 0);
    const wrong: string[] = [];
    for (const p of predicted) {
      const live = await server.get(pathOf(p));
      const [a, b] = [p, live].map((o) => canonical(saidOf(o)));
      if (a !== b) wrong.push(`${pathOf(p)}:\n${a}\n${b}`);
    }
    expectNone('not as the plan predicts', wrong);
    expectCode(await lab.apply('plan', after), 0);
  });
  await report.check('T3 who may only read gets a plan, and is told what is missing for apply', async () => {
    await server.put([
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: 'lab-viewer' },
        rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] }],
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'lab-viewer' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'lab-viewer' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'viewer' }],
      },
    ] as KubeObject[]);
    const planned = await lab.plan('plan', before, [], { user: 'viewer' });
    expectThat('it says what would be done', planned.json?.phases?.length > 0);
    expectCode(planned, 1);
    expectThat(
      'it says what is missing',
      planned.json?.rights?.some((r: string) => r.endsWith(`in namespace "${namespace}"`)),
    );
  });
}

/** An object without what is another each time that it is made, and what its controller says. */
function saidOf({ status: _, metadata, spec, ...rest }: any): object {
  const { uid, resourceVersion, creationTimestamp, managedFields, generation, ...meta } = metadata;
  const fields = (managedFields ?? []).filter((m: any) => !m.subresource).map(({ time: _t, ...m }: any) => m);
  const { clusterIP, clusterIPs, ...kept } = spec ?? {};
  return { ...rest, metadata: { ...meta, fields }, spec: kept };
}

async function makeBeforeBreak(lab: Lab, report: Report): Promise<void> {
  const all = scenarios((purpose) => lab.namespace(purpose));
  const spaces = [...new Set(all.flatMap((s) => s.before.flatMap((o) => o.metadata.namespace ?? o.metadata.name)))];
  const state = (of: 'before' | 'after') => all.flatMap((s) => s[of]);
  await report.check(`T4 the meshes before ${all.length} releases come to be without a gap`, async () => {
    const { log, result } = await lab.record(() => lab.apply('release', state('before')));
    expectCode(result, 0);
    expectNone('gaps', gaps(log));
  });
  await Promise.all(spaces.map((n) => allAvailable(lab, n)));
  const witnesses = all.flatMap((s) => s.witnesses);
  const { log, result } = await lab.record(() => lab.apply('release', state('after'), ['--max-deletes', '100']));
  await report.check(`T4 ${all.length} releases at once, and at no moment something refers to what is not there`, () => {
    expectCode(result, 0);
    expectNone('gaps', gaps(log));
  });
  await report.check(`T4 none of ${witnesses.length} requests that are let in before and after is refused in between`, () => {
    expectEqual('after it', new Set(endingsAfter(log, witnesses)), new Set(['200']));
    expectNone('shut out', shutOut(log, witnesses));
  });
  if (result.code !== 0) return;
  await report.check('T4 who is let in neither before nor after is not let in in between', () => {
    const strangers = all.flatMap((s) => s.strangers ?? []);
    expectThat('there are strangers', strangers.length > 0);
    expectNone('let in', letIn(log, strangers));
  });
  await report.check('T5 what is referred to is there for the time of the barrier before, and after', () => {
    expectNone('gaps', gapsOfLateProxies(log, BARRIER - 100));
  });
  await report.check('T4 the same by kubectl apply is full of gaps', async () => {
    const again = scenarios((purpose) => lab.namespace(purpose));
    await lab.server.put(again.flatMap((s) => s.before));
    const replay = await lab.record(async () => {
      await lab.server.mustKubectl(['apply', '--server-side', '--force-conflicts'], { objects: again.flatMap((s) => s.after) });
    });
    const broken = again.filter((s) => {
      const namespace = s.before.find((o) => o.kind === 'Namespace')!.metadata.name;
      return gaps(replay.log).some((g) => g.includes(`${namespace}/`));
    });
    expectThat(`of ${again.length} releases ${broken.length} are broken by it`, broken.length >= 3);
  });
}

async function barriers(lab: Lab, report: Report): Promise<void> {
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
