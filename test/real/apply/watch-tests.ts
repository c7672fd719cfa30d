import type { Report } from '../report';
import { app, deployment, pathOf } from './app';
import { expectCode, expectEqual, expectThat } from './expect';
import type { Seen } from './faults';
import { until } from './harness-tests';
import { appliedOf, type Lab } from './lab';

/** In place of the four minutes after which a watch ends: the server sends a bookmark two seconds before. */
const WATCHED = { query: { timeoutSeconds: '4' } };

/** How apply waits for pods: a list, and watches after it, gone on with where they ended. */
export async function watchTests(lab: Lab, report: Report): Promise<void> {
  const { server, proxy, controllers } = lab;
  const listOf = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments`;
  /** Applies an app whose pods do not come up, and does something to the wait; then they do. */
  const waited = async (
    purpose: string,
    fault: (watch: Seen) => ReturnType<typeof proxy.fault>,
    act: (list: string) => Promise<void>,
  ) => {
    const namespace = lab.namespace(purpose);
    const isWatch = (s: Seen) => s.path === listOf(namespace) && s.query.has('watch');
    controllers.readiness = ({ metadata }) => (metadata.namespace === namespace ? 'never' : 0);
    proxy.forget();
    proxy.fault = (seen) => (isWatch(seen) ? fault(seen) : undefined);
    try {
      const run = lab.startApply(namespace, app(namespace, [{ name: 'web' }]), ['--timeout', '40s']);
      await until('it watches', async () => proxy.seen.some((s) => isWatch(s) && s.status === 200), 20_000);
      await act(listOf(namespace));
      controllers.readiness = () => 0;
      await controllers.again();
      const applied = appliedOf(await run.ended);
      expectCode(applied, 0);
      // what was answered from the first watch on
      const since = proxy.seen.slice(proxy.seen.findIndex(isWatch));
      const asked = since.filter((s) => s.path === listOf(namespace) && s.status === 200);
      return asked.map((s) => (isWatch(s) ? Number(s.query.get('resourceVersion')) : 'list'));
    } finally {
      controllers.readiness = () => 0;
      proxy.forget();
    }
  };
  await report.check(
    'a watch that ends is gone on with after its bookmark, which tells of what others changed meanwhile',
    async () => {
      const other = lab.namespace('bookmarks');
      await server.put(app(other, [{ name: 'web' }]));
      let version = 0;
      const asked = await waited(
        'bookmark',
        () => WATCHED,
        async (list) => {
          const scaled = {
            ...deployment(other, 'web', 'v1'),
            metadata: { name: 'web-v1', namespace: other, labels: { a: 'b' } },
          };
          version = Number((await server.apply(pathOf(scaled), scaled, 'somebody', true)).metadata.resourceVersion);
          const watches = () => proxy.seen.filter((s) => s.path === list && s.query.has('watch')).length;
          await until('it watches again', async () => watches() >= 2, 20_000);
        },
      );
      expectThat(`nothing is read anew: ${asked}`, !asked.includes('list'));
      expectThat(`the second watch, from ${asked[1]}, begins after ${version}`, Number(asked[1]) >= version);
    },
  );
  await report.check(
    'a watch of which the server remembers no more where it ended (410 Gone) begins anew with a list',
    async () => {
      let isAway = false;
      let told: any;
      const asked = await waited(
        'gone',
        () => (isAway ? { reset: 'before' } : undefined),
        async (list) => {
          isAway = true;
          await server.running.apiserver.stop(0);
          // by way of the second server on the same store
          controllers.readiness = () => 0;
          await controllers.again();
          await server.restart();
          const from = proxy.seen.findLast((s) => s.path === list)!.query.get('resourceVersion');
          told = (await server.send('GET', `${list}?watch=1&timeoutSeconds=1&resourceVersion=${from}`)).body;
          isAway = false;
        },
      );
      expectEqual('what the server says', [told.type, told.object?.code], ['ERROR', 410]);
      expectThat(`once it is back, it watches in vain, and lists: ${asked}`, asked[1] !== 'list' && asked[2] === 'list');
    },
  );
}
