import type { KubeObject } from '../manifests';
import type { Report } from '../report';
import { namespaceOf, pathOf } from './app';
import { expectCode, expectEqual, expectSaid, expectThat, said } from './expect';
import type { Lab } from './lab';
import { WatchLog } from './watch-log';

const PARENT = '/api/v1/namespaces/default/secrets';

/** The set as an ApplySet, as kubectl reads and writes it. */
export async function applySetTests(lab: Lab, report: Report): Promise<void> {
  const { server } = lab;
  const namespace = lab.namespace('sets');
  const web: KubeObject = {
    apiVersion: 'security.istio.io/v1',
    kind: 'PeerAuthentication',
    metadata: { name: 'kset-web', namespace: 'default' },
    spec: { selector: { matchLabels: { app: 'kset-web' } }, mtls: { mode: 'PERMISSIVE' } },
  };
  const map: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kset-map', namespace: 'default' } };
  const kubectl = (objects: readonly KubeObject[]) =>
    server.kubectl(['apply', '--server-side', '--prune', '--applyset=kset', '-n', 'default'], {
      objects,
      env: { KUBECTL_APPLYSET: 'true' },
    });
  const parent = async () => {
    const { labels, annotations } = (await server.get(`${PARENT}/kset`)).metadata;
    return { labels, annotations: { ...annotations, 'applyset.kubernetes.io/tooling': 'a tool' } };
  };
  await server.put([namespaceOf(namespace)]);
  await report.check('T15 the set says what kubectl would say of it, and each of them refuses the other’s', async () => {
    const { code, stderr } = await kubectl([web, map]);
    expectEqual(`kubectl's exit code (${stderr})`, code, 0);
    const theirs = await parent();
    const ours = await lab.apply('kset', [web, map]);
    expectCode(ours, 3);
    expectSaid(said(ours), 'belongs to "kubectl/', '--set');
    await server.mustKubectl(['delete', 'secret/kset', 'peerauthentication/kset-web', 'configmap/kset-map', '-n', 'default']);
    expectCode(await lab.apply('kset', [web, map]), 0);
    expectEqual('the parent', await parent(), theirs);
    const refused = await kubectl([web]);
    expectThat('kubectl refuses it', refused.code !== 0 && /tooling|managed by/i.test(refused.stderr));
  });
  await report.check('T15 a parent whose id is not its own is refused', async () => {
    const labels = (id: string) =>
      server.mustKubectl(['label', 'secret/kset', '-n', 'default', '--overwrite', `applyset.kubernetes.io/id=${id}`]);
    const { labels: own } = (await server.get(`${PARENT}/kset`)).metadata;
    await labels('applyset-of-somebody-else-v1');
    const refused = await lab.apply('kset', [web, map]);
    expectCode(refused, 3);
    expectSaid(said(refused), 'applyset-of-somebody-else-v1', own['applyset.kubernetes.io/id']);
    await labels(own['applyset.kubernetes.io/id']);
    expectCode(await lab.apply('kset', [web, map]), 0);
  });
  await report.check(
    'T15 what the set will hold is recorded before the first write, and what it holds after the last',
    async () => {
      const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'kset-secret', namespace } };
      const watching = await WatchLog.start(server);
      expectCode(await lab.apply('kset', [map, secret]), 0);
      const { events } = await watching.stop();
      const kinds = (o: KubeObject) =>
        (o.metadata as any).annotations?.['applyset.kubernetes.io/contains-group-kinds'] as string | undefined;
      const parents = events.filter((e) => e.object.metadata.name === 'kset').map((e) => kinds(e.object));
      expectEqual('at first', parents[0], 'ConfigMap,PeerAuthentication.security.istio.io,Secret');
      expectEqual('at last', parents.at(-1), 'ConfigMap,Secret');
      const order = events.map((e) => e.object.metadata.name);
      expectThat(`it is recorded first: ${order}`, order.indexOf('kset') < order.indexOf('kset-secret'));
      expectEqual('what is in no file any more', await server.get(pathOf(web)), undefined);
      const spaces = (await server.get(`${PARENT}/kset`)).metadata.annotations['applyset.kubernetes.io/additional-namespaces'];
      expectEqual('namespaces', spaces, namespace);
    },
  );
}
