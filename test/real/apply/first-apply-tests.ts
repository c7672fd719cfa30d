import { expectNone, type Report } from '../report';
import { app, namespaceOf, pathOf } from './app';
import { customResource, specWith } from './custom-resource';
import { expectCode, expectEqual, expectThat } from './expect';
import { allAvailable } from './harness-tests';
import type { Lab } from './lab';
import { isRun } from './refused';

const CRD = customResource('Widget', { schema: specWith({ size: { type: 'integer' } }) });

/** First applies, with a kind of their own, and that nothing is written again. */
export async function firstApplyTests(lab: Lab, report: Report): Promise<void> {
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
    const writes = proxy.seen.filter(isRun);
    const wrong = objects.filter((o) => writes.filter((w) => w.path === pathOf(o)).length !== 1);
    expectNone('not written once', wrong.map(pathOf));
    const asked = proxy.seen.filter((s) => s.path === '/api' || s.path === '/apis').length;
    expectThat(`it asks for kinds at first, and when one has come: ${asked} requests`, asked <= 4);
    expectThat(`${proxy.connections} connections are at most 64`, proxy.connections <= 64);
    const order = (text: string) => applied.events.findIndex((e) => e.type === 'written' && e.object.startsWith(text));
    expectThat('the kind comes before its objects', order('CustomResourceDefinition/') < order('Widget/'));
    const waited = applied.events.some((e) => e.type === 'waiting' && e.for === 'kinds');
    expectThat('it says that it waits until the server serves the kind', waited);
    expectThat('namespaces come before what is in them', order('Namespace/') < order('Service/'));
  });
  await report.check('T2 again: nothing is written, no resourceVersion moves, a list for each kind', async () => {
    await Promise.all(namespaces.map((n) => allAvailable(lab, n)));
    const before = await versions();
    proxy.forget();
    expectCode(await lab.apply('first', objects), 0);
    expectEqual(
      'writes',
      proxy.seen.filter(isRun).map((s) => `${s.method} ${s.path}`),
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
      proxy.seen.filter(isRun).map((s) => `${s.method} ${s.path}`),
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
