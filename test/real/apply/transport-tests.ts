import { Discovery, discover, pathOf } from '../../../src/cluster/discovery';
import { Cluster } from '../../../src/cluster/transport';
import type { Report } from '../report';
import { namespaceOf } from './app';
import { expectEqual, expectThat } from './expect';
import { during, isWrite, type Seen, share } from './faults';
import type { Lab } from './lab';

const COUNT = 200;

/** The transport alone, with every fault that a network and a busy server have. */
export async function transportTests(lab: Lab, report: Report): Promise<void> {
  const { proxy, server } = lab;
  const namespace = lab.namespace('transport');
  await server.put([namespaceOf(namespace)]);

  const path = (name: string) => `/api/v1/namespaces/${namespace}/configmaps/${name}`;
  const patch = (cluster: Cluster, name: string) =>
    cluster.send({
      method: 'PATCH',
      path: path(name),
      query: { fieldManager: 'transport', force: true },
      contentType: 'application/apply-patch+yaml',
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { a: name } },
      what: `ConfigMap ${namespace}/${name}`,
    });
  /** Many writes at once under a fault; how many came to nothing, and how long it took. */
  const storm = async (purpose: string, fault: (seen: Seen) => ReturnType<typeof proxy.fault>, then?: () => Promise<void>) => {
    proxy.forget();
    proxy.fault = (seen) => (isWrite(seen) ? fault(seen) : undefined);
    const cluster = await Cluster.of({ kubeconfig: proxy.kubeconfig() });
    try {
      const since = Date.now();
      const all = Array.from({ length: COUNT }, (_, i) => patch(cluster, `${purpose}-${i}`));
      const [results] = await Promise.all([Promise.allSettled(all), then?.()]);
      const failed = results.flatMap((r) => (r.status === 'rejected' ? [String(r.reason)] : []));
      return { failed, took: Date.now() - since, writes: [...proxy.writes], connections: proxy.connections };
    } finally {
      proxy.forget();
      await cluster.close();
    }
  };
  const tries = (writes: readonly Seen[], name: string) => writes.filter((w) => w.path === path(name));

  await report.check('transport: many requests share few connections, each is sent once', async () => {
    const { failed, writes, connections } = await storm('plain', () => undefined);
    expectEqual('failed', failed, []);
    expectEqual('writes', writes.length, COUNT);
    expectThat(`${connections} connections are at most 32`, connections <= 32);
  });
  await report.check('transport: the kinds of the server are asked for in two requests', async () => {
    proxy.forget();
    const cluster = await Cluster.of({ kubeconfig: proxy.kubeconfig() });
    const found = await discover(cluster);
    await cluster.close();
    expectEqual('requests', proxy.seen.length, 2);
    expectThat('there is a Discovery', found instanceof Discovery);
    const resource = found.find('networking.istio.io/v1', 'VirtualService')!;
    expectEqual('the path', pathOf(resource, 'a', 'b'), '/apis/networking.istio.io/v1/namespaces/a/virtualservices/b');
    expectEqual('a kind that is not there', found.find('networking.istio.io/v1', 'Nothing'), undefined);
  });
  await report.check('T9 transport: of a storm of 429 nothing is lost, and Retry-After is kept', async () => {
    const { failed, writes } = await storm('busy', share(0.3, { status: 429, retryAfter: 1 }));
    expectEqual('failed', failed, []);
    for (let i = 0; i < COUNT; i++) {
      const of = tries(writes, `busy-${i}`);
      of.slice(1).forEach((again, n) => {
        const after = again.at - of[n]!.at;
        if (of[n]!.status === 429) expectThat(`${after} ms are a second`, after >= 990);
      });
    }
    expectThat(`${writes.length} tries are few`, writes.length < COUNT * 2);
  });
  await report.check('T9 transport: it waits while the server takes nothing at all, for ten seconds', async () => {
    const { failed, writes, took } = await storm('closed', during(10_000, { status: 429, retryAfter: 1 }));
    expectEqual('failed', failed, []);
    expectThat(`it takes its time, ${took} ms`, took >= 10_000);
    // who is refused comes again after a second at the earliest, so ten times at most, and then once
    for (let i = 0; i < COUNT; i++) {
      const n = tries(writes, `closed-${i}`).length;
      expectThat(`${n} tries of one are at most 11`, n <= 11);
    }
    const after = writes.filter((w) => w.status < 300).map((w) => w.at);
    expectThat('then all come through, in no more than ten seconds', Math.max(...after) - Math.min(...after) < 10_000);
  });
  await report.check('T9 transport: connections over which nothing comes any more are given up', async () => {
    const { failed, writes, took } = await storm('half-open', share(0.05, { stall: true }));
    expectEqual('failed', failed, []);
    expectThat(`nobody is given up before 30 s (${took} ms)`, took >= 30_000);
    expectThat(`${writes.length} tries are few`, writes.length < COUNT * 1.2);
  });
  for (const fault of [{ status: 503 }, { status: 504 }, { reset: 'before' }, { reset: 'after' }] as const) {
    const title = 'status' in fault ? `answers of ${fault.status}` : `connections that are cut ${fault.reset} the server knows`;
    await report.check(`T9 transport: nothing is lost by ${title}`, async () => {
      const { failed, writes } = await storm(Object.values(fault).join(''), share(0.2, fault));
      expectEqual('failed', failed, []);
      expectThat(`${writes.length} tries are few`, writes.length < COUNT * 2);
    });
  }
  await report.check('T9 transport: an answer of 500 is taken at its word', async () => {
    const { failed, writes } = await storm('wrong', share(0.125, { status: 500 }));
    expectEqual('failed', failed.length, COUNT / 8);
    expectEqual('writes', writes.length, COUNT);
  });
  await report.check('T7 transport: the API server is killed, and comes back', async () => {
    const { failed } = await storm(
      'killed',
      () => undefined,
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 150));
        await server.restart();
      },
    );
    expectEqual('failed', failed, []);
    const { items } = await server.must('GET', `/api/v1/namespaces/${namespace}/configmaps`);
    expectEqual('objects', items.filter((o: any) => o.metadata.name.startsWith('killed-')).length, COUNT);
  });
}
