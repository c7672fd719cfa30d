import { setTimeout as pause } from 'node:timers/promises';
import { Client } from '../apiserver/client';
import { expectNone, type Report } from '../report';
import { allow, app, deployment, destinationRule, hostOf, namespaceOf, pathOf, virtualService } from './app';
import { gaps, gapsOfLateProxies } from './checker';
import { expectEqual, expectFound, expectThat } from './expect';
import { during, share } from './faults';
import type { Lab } from './lab';
import { endingsAfter, shutOut } from './witnesses';

/** What the tests stand on: that the players play, the proxy breaks what it is told to, and the checker sees what is wrong. */
export async function harnessTests(lab: Lab, report: Report): Promise<void> {
  await players(lab, report);
  await faults(lab, report);
  await theChecker(lab, report);
  await theLog(lab, report);
}

/** Waits until something holds; throws where it does not. */
export async function until(what: string, holds: () => Promise<unknown>, ms = 10_000): Promise<void> {
  for (const deadline = Date.now() + ms; !(await holds()); await pause(20))
    if (Date.now() > deadline) throw new Error(`after ${ms / 1000} s it does not hold that ${what}`);
}

async function players({ server, controllers }: Lab, report: Report): Promise<void> {
  await report.check('harness: kubectl is of the version of the server', async () => {
    const { clientVersion, serverVersion } = JSON.parse(await server.mustKubectl(['version', '--output', 'json']));
    expectEqual('kubectl', clientVersion.gitVersion, serverVersion.gitVersion);
  });
  await report.check('harness: Deployments become available, later or never', async () => {
    controllers.readiness = ({ metadata: { name } }) => (name === 'a-v1' ? 0 : name === 'b-v1' ? 300 : 'never');
    await server.put([namespaceOf('players'), ...['a', 'b', 'c'].map((name) => deployment('players', name, 'v1'))]);
    const available = async (name: string) =>
      (await server.get(`/apis/apps/v1/namespaces/players/deployments/${name}-v1`)).status?.availableReplicas ?? 0;
    await until('a is available', async () => (await available('a')) === 1);
    await until('b is available', async () => (await available('b')) === 1);
    expectEqual('available pods of c', await available('c'), 0);
    controllers.readiness = () => 0;
    await controllers.again();
    await until('c is available', async () => (await available('c')) === 1);
  });
  await report.check('harness: a namespace that is deleted goes, with what is in it', async () => {
    await server.must('DELETE', '/api/v1/namespaces/players');
    await until('it is gone', async () => (await server.get('/api/v1/namespaces/players')) === undefined);
    expectEqual('its Deployments', (await server.must('GET', '/apis/apps/v1/namespaces/players/deployments')).items, []);
  });
  await report.check('harness: a user without rights has none', async () => {
    const client = server.clientOf('dev');
    try {
      expectEqual('the status', (await client.send('GET', '/api/v1/services')).status, 403);
    } finally {
      client.close();
    }
  });
}

const WHAT = '/api/v1/namespaces/default';

async function faults({ server, proxy }: Lab, report: Report): Promise<void> {
  /** One request through the proxy, on a connection of its own. */
  const ask = async (fault: typeof proxy.fault, path = WHAT) => {
    proxy.forget();
    proxy.fault = fault;
    const client = new Client(proxy.access(), 1);
    const since = Date.now();
    try {
      const { status, retryAfter } = await client.send('GET', path);
      return { status, retryAfter, seen: proxy.seen[0]!, took: Date.now() - since };
    } catch (error) {
      return { status: (error as { code?: string }).code, seen: proxy.seen[0]!, took: Date.now() - since };
    } finally {
      client.close();
    }
  };
  await report.check('harness: the proxy passes on and counts', async () => {
    const { status, seen } = await ask(() => undefined);
    expectEqual('the answer', status, 200);
    expectEqual('what was seen', [seen.method, seen.path, seen.status, seen.reached], ['GET', WHAT, 200, true]);
    expectEqual('connections', proxy.connections, 1);
  });
  await report.check('harness: the proxy refuses, cuts, stalls and delays', async () => {
    const busy = await ask(() => ({ status: 429, retryAfter: 7 }));
    expectEqual('a refusal', [busy.status, busy.retryAfter, busy.seen.reached], [429, '7', false]);
    const before = await ask(during(60_000, { reset: 'before' }));
    expectEqual('cut before', [before.status, before.seen.reached], ['ECONNRESET', false]);
    const after = await ask(() => ({ reset: 'after' }));
    expectEqual('cut after', [after.status, after.seen.reached], ['ECONNRESET', true]);
    const late = await ask(() => ({ delay: 300 }));
    expectThat('a late one comes', late.status === 200 && late.took >= 300);
    const stalled = ask(() => ({ stall: true }));
    const first = await Promise.race([stalled.then(() => 'answer'), pause(500).then(() => 'silence')]);
    expectEqual('what comes of a stalled one', first, 'silence');
    const faults = Array.from({ length: 4 }, share(0.5, { status: 503 }, () => true) as () => unknown);
    expectEqual(
      'every other one',
      faults.map((f) => f !== undefined),
      [false, true, false, true],
    );
    proxy.forget();
  });
  await report.check('harness: kubectl gets through, too', async () => {
    const { code, stderr } = await kubectlThrough();
    expectEqual(`the exit code (${stderr})`, code, 0);
    expectThat(
      'it was seen',
      proxy.seen.some((s) => s.path === WHAT),
    );
  });

  function kubectlThrough() {
    return server.kubectlWith(proxy.kubeconfig(), ['get', 'namespace', 'default']);
  }
}

async function theChecker(lab: Lab, report: Report): Promise<void> {
  const { server } = lab;
  const release = async (name: string, live: Parameters<typeof app>[1], desired: Parameters<typeof app>[1]) => {
    const namespace = lab.namespace(name);
    await server.put(app(namespace, live));
    await allAvailable(lab, namespace);
    const run = await lab.record(() =>
      server.mustKubectl(['apply', '--server-side', '--force-conflicts'], { objects: app(namespace, desired) }),
    );
    return { ...run, namespace };
  };
  await report.check('harness: the checker sees what kubectl apply does to a release that drops a subset', async () => {
    const { log, namespace } = await release('swap', [{ name: 'web', versions: ['v1'] }], [{ name: 'web', versions: ['v2'] }]);
    const host = hostOf(namespace, 'web');
    const found = gaps(log);
    expectFound(found, `networking.istio.io/VirtualService ${namespace}/web (before) needs subset v1 of ${host}`);
    expectFound(found, `by referencesOf: networking.istio.io/VirtualService ${namespace}/web (before) needs subset ${host} v1`);
  });
  await report.check('harness: it is silent where the order is right, and not for proxies that are late', async () => {
    const { log, namespace } = await release(
      'wide',
      [{ name: 'web', versions: ['v1'] }],
      [{ name: 'web', versions: ['v1', 'v2'], routed: ['v1', 'v2'] }],
    );
    expectNone('gaps', gaps(log));
    expectFound(gapsOfLateProxies(log, 5_000), `needs subset v2 of ${hostOf(namespace, 'web')}`);
  });
  await report.check('harness: a request that is refused for a moment is seen, and one that never is is not', async () => {
    const services = [
      { name: 'page', callers: [] },
      { name: 'web', callers: ['page'] },
    ];
    const namespace = lab.namespace('access');
    const objects = app(namespace, services);
    const witness = { from: `${namespace}/page`, host: hostOf(namespace, 'web') };
    await server.put(objects);
    await allAvailable(lab, namespace);
    const policy = pathOf(allow(namespace, 'web', ['page']));
    const quiet = await lab.record(() => server.put([allow(namespace, 'web', ['page', 'other'])]));
    expectEqual('how it ends', endingsAfter(quiet.log, [witness]), ['200']);
    expectNone('shut out', shutOut(quiet.log, [witness]));
    const { log } = await lab.record(async () => {
      await server.apply(policy, allow(namespace, 'web', ['other']), 'cdk8s-mesh-test');
      await server.apply(policy, allow(namespace, 'web', ['page']), 'cdk8s-mesh-test');
    });
    expectFound(shutOut(log, [witness]), `${namespace}/page -> ${witness.host}: 403`);
  });
  await report.check('harness: a request to a version whose pods are not ready is seen', async () => {
    const namespace = lab.namespace('ready');
    await server.put(app(namespace, [{ name: 'page' }, { name: 'web' }]));
    await allAvailable(lab, namespace);
    lab.controllers.readiness = () => 400;
    const host = hostOf(namespace, 'web');
    const { log } = await lab.record(async () => {
      await server.put([
        destinationRule(namespace, 'web', ['v1', 'v2']),
        deployment(namespace, 'web', 'v2'),
        virtualService(namespace, 'web', [{ host, subset: 'v2' }]),
      ]);
      await allAvailable(lab, namespace);
    });
    lab.controllers.readiness = () => 0;
    expectFound(shutOut(log, [{ from: `${namespace}/page`, host }]), /503 (UH|no)/);
  });
}

async function theLog(lab: Lab, report: Report): Promise<void> {
  await report.check('harness: the log is whole when the API server and etcd are killed meanwhile', async () => {
    const namespace = lab.namespace('killed');
    const { log } = await lab.record(async () => {
      await lab.server.put(app(namespace, [{ name: 'a' }]));
      await lab.server.restart();
      await lab.server.put(app(namespace, [{ name: 'b' }]));
      await lab.server.restartEtcd();
      await until('etcd is back', async () => (await lab.server.send('GET', '/readyz')).status === 200);
      await lab.server.put(app(namespace, [{ name: 'c' }]));
      await allAvailable(lab, namespace);
    });
    const made = log.events
      .filter((e) => e.type === 'ADDED' && e.object.kind === 'VirtualService')
      .map((e) => e.object.metadata.name);
    expectEqual('VirtualServices', made, ['a', 'b', 'c']);
  });
}

/** Waits until all Deployments of a namespace have their pods. */
export async function allAvailable({ server }: Lab, namespace: string): Promise<void> {
  await until(`the Deployments of ${namespace} are available`, async () => {
    const { items } = await server.must('GET', `/apis/apps/v1/namespaces/${namespace}/deployments`);
    return items.every((d: any) => (d.status?.availableReplicas ?? 0) >= (d.spec.replicas ?? 1));
  });
}
