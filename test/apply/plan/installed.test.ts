import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Way, wayBetween } from '../../../src/apply/plan/offline';
import { type PlanOptions, plan } from '../../../src/apply/plan/plan';
import { Cluster } from '../../../src/cluster/transport';
import type { Manifest } from '../../../src/manifests/manifest';
import { account, ap, BASE, from } from '../../order/objects';
import { FakeServer, type Kind } from '../fake-server';

const CLOSED = ap('closed', undefined, {}, 'mesh-root');
const ALLOWED = ap('web', 'web', from(account()));
const MESH = { rootNamespace: 'mesh-root' };
const NAME = 'configmaps istio-system/istio';

/** The policies in the order of the phases that write them. */
const policiesIn = ({ phases }: Pick<Way, 'phases'>) =>
  phases.flatMap((p) => {
    const names = p.writes.flatMap((w) => (w.object.kind === 'AuthorizationPolicy' ? [w.object.name] : []));
    return names.length > 0 ? [names.sort()] : [];
  });
const [APART, OTHERWISE] = [
  [['web'], ['closed']],
  [['closed'], ['web']],
];

test('what closes the mesh from its root namespace, wherever that is, comes after what opens it, in a commit too', () => {
  const [before, after] = [BASE, [...BASE, CLOSED, ALLOWED]];
  expect(policiesIn(wayBetween(before, after))).toEqual(OTHERWISE);
  const way = wayBetween(before, after, { meshConfig: MESH });
  expect(policiesIn(way)).toEqual(APART);
  expect(way.commits.map(policiesIn)).toEqual([APART]);
});

describe('of a cluster', () => {
  const kind = (group: string, version: string, name: string, plural: string): Kind => ({
    group,
    version,
    kind: name,
    plural,
    namespaced: true,
  });
  let folder: string;
  let server: FakeServer;
  let cluster: Cluster;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mesh-installed-'));
    server = await FakeServer.start();
    server.kinds = [
      ...server.kinds,
      kind('', 'v1', 'ConfigMap', 'configmaps'),
      kind('apps', 'v1', 'Deployment', 'deployments'),
      kind('security.istio.io', 'v1', 'AuthorizationPolicy', 'authorizationpolicies'),
    ];
    const there = (m: Manifest) => {
      const { plural, namespaced } = server.kinds.find((k) => k.kind === m.kind)!;
      const metadata = { uid: m.name, resourceVersion: '1', ...m.object.metadata, labels: m.labels };
      server.objects.set(`${plural} ${namespaced ? m.namespace : ''}/${m.name}`, { ...m.object, metadata });
    };
    for (const m of BASE) there(m);
    server.objects.set('namespaces /mesh-root', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'mesh-root', uid: 'r' },
    });
    cluster = await Cluster.of({ kubeconfig: server.kubeconfig(join(folder, 'config')) });
  });
  afterEach(async () => {
    await cluster.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  });
  const settings = (mesh: string) =>
    server.objects.set(NAME, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'istio', namespace: 'istio-system', uid: 'c' },
      data: { mesh },
    });
  const planned = (o: Partial<PlanOptions> = {}) =>
    plan(cluster, [CLOSED, ALLOWED], { set: { namespace: 'default', name: 'shop' }, namespace: 'a', ...o });
  const UNREAD =
    'you may not get configmaps in namespace "istio-system": MeshConfig is not known, and taken for Istio\'s own; --mesh-config FILE says what it is';

  test('MeshConfig is that of the ConfigMap istio, which is no part of the set', async () => {
    expect(policiesIn(await planned())).toEqual(OTHERWISE);
    settings('rootNamespace: mesh-root\n');
    const made = await planned();
    expect(policiesIn(made)).toEqual(APART);
    expect(made.objects.map((p) => p.manifest.kind)).toEqual(['AuthorizationPolicy', 'AuthorizationPolicy']);
    expect(made.after.some((m) => m.kind === 'ConfigMap')).toBe(true);
  });

  describe('with revisions alone', () => {
    const revision = (name: string, mesh: string) =>
      server.objects.set(`configmaps istio-system/istio-${name}`, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `istio-${name}`, namespace: 'istio-system', uid: name, labels: { 'istio.io/rev': name } },
        data: { mesh },
      });
    const root = (name: string) => `rootNamespace: ${name}\n`;
    // of another sort, with the label
    beforeEach(() =>
      server.objects.set('configmaps istio-system/values-1-30', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'values-1-30', namespace: 'istio-system', uid: 'v', labels: { 'istio.io/rev': '1-30' } },
        data: { mesh: root('nowhere') },
      }),
    );

    test('MeshConfig is that of the revision', async () => {
      revision('1-30', root('mesh-root'));
      const made = await planned();
      expect([policiesIn(made), made.notes]).toEqual([APART, []]);
    });

    test('of several that say the same of requests it is that of either', async () => {
      for (const name of ['1-30', '1-31'])
        revision(name, `${root('mesh-root')}defaultConfig: {discoveryAddress: 'istiod-${name}.istio-system.svc:15012'}\n`);
      const made = await planned();
      expect([policiesIn(made), made.notes]).toEqual([APART, []]);
    });

    test('where several differ it is told, and none is taken', async () => {
      revision('1-30', root('mesh-root'));
      revision('1-31', root('istio-system'));
      const made = await planned();
      expect([policiesIn(made), made.notes]).toEqual([
        OTHERWISE,
        [
          "MeshConfig of the revisions (ConfigMaps istio-1-30, istio-1-31) differs, and is taken for Istio's own: --mesh-config FILE says which holds",
        ],
      ]);
    });

    test('who may not list them is told so', async () => {
      revision('1-30', root('mesh-root'));
      server.forbids = (verb, plural) => verb === 'list' && plural === 'configmaps';
      const made = await planned();
      expect([policiesIn(made), made.notes]).toEqual([
        OTHERWISE,
        [expect.stringMatching(/^you may not list configmaps in namespace "istio-system": /)],
      ]);
    });
  });

  test('what is said has the last word, and then nothing is read', async () => {
    settings('rootNamespace: elsewhere\n');
    server.forbids = (verb, plural) => verb === 'get' && plural === 'configmaps';
    const made = await planned({ meshConfig: MESH });
    expect(policiesIn(made)).toEqual(APART);
    expect(made.notes).toEqual([]);
  });

  test('who may not read it is told so', async () => {
    settings('rootNamespace: mesh-root\n');
    server.forbids = (verb, plural) => verb === 'get' && plural === 'configmaps';
    const made = await planned();
    expect(policiesIn(made)).toEqual(OTHERWISE);
    expect(made.notes).toEqual([UNREAD]);
  });
});
