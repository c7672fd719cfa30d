import { type Discovery, discover, pathOf, type Resource } from '../../src/cluster/discovery';
import { Cluster } from '../../src/cluster/transport';

/** Requests at once: more have been tried, and the server does not get quicker. */
const AT_ONCE = 32;

/** The limit of a write: each object is sent once, over kept connections, namespaces first; nothing is read, compared or waited for. */
export const rawApply = (kubeconfig: string, objects: readonly any[]): Promise<number> =>
  timed(kubeconfig, async (cluster, kinds) => {
    const send = async (o: any) => {
      const resource = kinds.find(o.apiVersion, o.kind)!;
      await cluster.send({
        method: 'PATCH',
        path: pathOf(resource, o.metadata.namespace, o.metadata.name),
        query: { fieldManager: 'raw', force: true },
        contentType: 'application/apply-patch+yaml',
        body: o,
        what: `${o.kind} ${o.metadata.name}`,
      });
    };
    const all = async (some: readonly any[]) => {
      let next = 0;
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          while (next < some.length) await send(some[next++]);
        }),
      );
    };
    await all(objects.filter((o) => o.kind === 'Namespace'));
    await all(objects.filter((o) => o.kind !== 'Namespace'));
  });

/** The limit of a look: the lists of the objects' kinds, read and parsed; nothing is compared. Who keeps no state of its own has to read them. */
export const rawLists = (kubeconfig: string, objects: readonly any[]): Promise<number> =>
  timed(kubeconfig, async (cluster, kinds) => {
    const resources = [...new Set(objects.map((o) => kinds.find(o.apiVersion, o.kind)!))];
    const list = (r: Resource) => cluster.send({ method: 'GET', path: pathOf(r), what: `the list of ${r.plural}` });
    await Promise.all(resources.map(list));
  });

/** How many seconds something takes, once the server has been asked for its kinds. */
async function timed(kubeconfig: string, act: (cluster: Cluster, kinds: Discovery) => Promise<void>): Promise<number> {
  const cluster = await Cluster.of({ kubeconfig });
  try {
    const kinds = await discover(cluster);
    const start = performance.now();
    await act(cluster, kinds);
    return (performance.now() - start) / 1000;
  } finally {
    await cluster.close();
  }
}
