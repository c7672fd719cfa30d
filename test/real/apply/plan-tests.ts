import { canonical } from '../../../src/values/equal';
import type { KubeObject } from '../manifests';
import { expectNone, type Report } from '../report';
import { app, pathOf } from './app';
import { clusterRole } from './cluster-role';
import { expectCode, expectEqual, expectThat } from './expect';
import { allAvailable } from './harness-tests';
import type { Lab } from './lab';
import { isRun } from './refused';

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

/** Plans write nothing, and what they say is what apply does. */
export async function planTests(lab: Lab, report: Report): Promise<void> {
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
      proxy.seen.filter(isRun).map((s) => s.path),
      [],
    );
    expectEqual('the parent', await server.get('/api/v1/namespaces/default/secrets/plan'), undefined);
    expectEqual('created', planned.json.summary.create, before.length);
  });
  await report.check('a kind in several versions is read in those of the files, and a plan of it holds', async () => {
    const space = lab.namespace('versions');
    const names = Array.from({ length: 12 }, (_, i) => ({ name: `s${i}` }));
    const mixed = (objects: readonly KubeObject[]) => {
      let i = 0;
      const version = () => ['v1', 'v1beta1', 'v1alpha3'][i++ % 3];
      return objects.map((o) => (o.kind === 'VirtualService' ? { ...o, apiVersion: `networking.istio.io/${version()}` } : o));
    };
    const objects = mixed(app(space, names));
    await lab.install(space, objects);
    expectCode(await lab.plan(space, objects, ['--verify']), 0);
    const changed = objects.map((o) =>
      o.kind === 'VirtualService' ? { ...o, metadata: { ...o.metadata, labels: { a: 'b' } } } : o,
    );
    const all = await Promise.all(Array.from({ length: 5 }, () => lab.plan(space, changed)));
    expectEqual('it is always the same', [...new Set(all.map((p) => canonical(p.json)))].length, 1);
    expectEqual(
      'what changes',
      [all[0]!.json.summary.change, canonical(all[0]!.json).includes('apiVersion')],
      [names.length, false],
    );
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
    await server.put(
      clusterRole('lab-viewer', 'viewer', [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] }]),
    );
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
