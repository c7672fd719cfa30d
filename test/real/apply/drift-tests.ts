import type { KubeObject } from '../manifests';
import type { Report } from '../report';
import { pathOf } from './app';
import { expectCode, expectEqual, expectThat } from './expect';
import { allAvailable } from './harness-tests';
import type { Lab } from './lab';
import { split, withSplit } from './split';

/** What `mesh status` tells of fields and objects that are not as in the files. */
export async function driftTests(lab: Lab, report: Report): Promise<void> {
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
