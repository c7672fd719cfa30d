import type { KubeObject } from '../manifests';
import type { Report } from '../report';
import { namespaceOf, pathOf } from './app';
import { customResource } from './custom-resource';
import { expectCode, expectEqual, expectSaid, expectThat, said } from './expect';
import type { Lab } from './lab';
import { map } from './refused';

/** Kinds with which more goes than the object: they leave the set, and stay, until somebody names them. */
export async function keptTests(lab: Lab, report: Report): Promise<void> {
  const { server } = lab;
  const namespace = lab.namespace('kept');
  const space = namespaceOf(lab.namespace('kept-space'));
  const rest = [namespaceOf(namespace), map(namespace, 'a')];
  const volume: KubeObject = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `${namespace}-disk` },
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/tmp' }, storageClassName: 'none' },
  };
  const claim: KubeObject = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'none' },
  };
  const kept: readonly (readonly [name: string, object: KubeObject])[] = [
    [`Namespace/${space.metadata.name}`, space],
    [`CustomResourceDefinition/${KIND.metadata.name}`, KIND],
    [`PersistentVolume/${volume.metadata.name}`, volume],
    [`PersistentVolumeClaim/${namespace}/data`, claim],
  ];
  const isThere = async (o: KubeObject) => {
    const live = await server.get(pathOf(o));
    return live !== undefined && live.metadata.deletionTimestamp === undefined;
  };
  await report.check(
    'T15 a Namespace, a CustomResourceDefinition, a volume and its claim leave the files, and stay',
    async () => {
      expectCode(await lab.apply(namespace, [...kept.map(([, o]) => o), ...rest, map(namespace, 'b')]), 0);
      const planned = await lab.plan(namespace, rest);
      expectCode(planned, 1);
      for (const [name] of kept) expectSaid(said(planned), `--delete ${name}`);
      await server.put([THEIRS]);
      const going = await lab.plan(namespace, rest, ['--delete', `CustomResourceDefinition/${KIND.metadata.name}`]);
      expectSaid(said(going), 'with what goes with it and is not of the set: 1 Kept (default/theirs)');
      const applied = await lab.apply(namespace, rest);
      expectCode(applied, 0);
      expectEqual('written', applied.result.written, [`ConfigMap/${namespace}/b`]);
      for (const [name, object] of kept) expectThat(`${name} stays`, await isThere(object));
    },
  );
  for (const [i, [name, object]] of kept.entries())
    await report.check(`T15 with --delete ${object.kind}/… it goes, and nothing else`, async () => {
      const applied = await lab.apply(namespace, rest, ['--delete', name]);
      expectCode(applied, 0);
      expectEqual('written', applied.result.written, [name]);
      expectThat('it goes', !(await isThere(object)));
      for (const [other, o] of kept.slice(i + 1)) expectThat(`${other} stays`, await isThere(o));
    });
  // nobody takes away what the server puts there to guard volumes that are in use
  for (const path of [pathOf(volume), pathOf(claim)])
    if (await server.get(path))
      await server.must('PATCH', path, { type: 'application/merge-patch+json', value: { metadata: { finalizers: null } } });
}

const KIND = customResource('Kept');
const THEIRS: KubeObject = { apiVersion: 'lab.example.com/v1', kind: 'Kept', metadata: { name: 'theirs', namespace: 'default' } };
