import { Cluster } from '../../../src/apply';
import type { Report } from '../report';
import { namespaceOf, pathOf } from './app';
import { expectCode, expectEqual, expectSaid, expectThat } from './expect';
import { until } from './harness-tests';
import type { Lab } from './lab';
import { map, refused } from './refused';
import { Webhook } from './webhook';

/** Webhooks that refuse, do not answer, and write something else. */
export async function webhookTests(lab: Lab, report: Report): Promise<void> {
  const { server } = lab;
  const namespace = lab.namespace('webhook');
  await server.put([namespaceOf(namespace)]);
  const webhook = await Webhook.start(server, namespace);
  webhook.refuses = (o) => (o.metadata.name === 'bad' ? 'bad is not wanted here' : undefined);
  const objects = [map(namespace, 'good'), map(namespace, 'bad')];
  // a new webhook is asked as soon as the API server knows of it
  await until('the webhook is asked', async () => (await server.send('POST', creation(namespace), dry('bad'))).status >= 400);
  await report.check('T10 what a webhook refuses: which webhook, and in its words, before anything is written', async () => {
    const text = await refused(lab, 'webhook', objects, ['--verify']);
    expectSaid(text, `ConfigMap/${namespace}/bad`, 'check.lab.example.com', 'bad is not wanted here');
  });
  await report.check('T10 without --verify the write fails, and says the same', async () => {
    const applied = await lab.apply('webhook', objects);
    expectCode(applied, 3);
    expectSaid(JSON.stringify(applied.result.failed), `ConfigMap/${namespace}/bad`, 'bad is not wanted here');
    expectEqual('written', applied.result.written, [`ConfigMap/${namespace}/good`]);
  });
  await report.check('T10 a webhook that does not answer is tried again, and then said', async () => {
    await webhook.end();
    const cluster = await Cluster.of({ kubeconfig: server.kubeconfig() }, { patience: 1_500 });
    const since = Date.now();
    const sent = cluster.send({
      method: 'PATCH',
      path: pathOf(map(namespace, 'other')),
      query: { fieldManager: 'lab' },
      contentType: 'application/apply-patch+yaml',
      body: map(namespace, 'other'),
      what: 'ConfigMap other',
    });
    const message = await sent.then(
      () => 'it was taken',
      (error: Error) => error.message,
    );
    await cluster.close();
    expectSaid(message, 'check.lab.example.com', 'failed calling webhook');
    expectThat('it was tried again', Date.now() - since > 700);
  });
  await webhook.remove();
  await mutating(lab, report);
}

/** A webhook that writes something else than what it is given, as those that inject and default do. */
async function mutating(lab: Lab, report: Report): Promise<void> {
  const { server } = lab;
  const namespace = lab.namespace('mutating');
  await server.put([namespaceOf(namespace)]);
  const webhook = await Webhook.start(server, namespace, 'Mutating');
  const at = map(namespace, 'a');
  const put = (path: string, value: unknown) => ({ op: 'add', path, value });
  webhook.patches = () => [put('/data', { said: 'by the webhook' })];
  await until('the webhook is asked', async () => {
    const { body }: { body: any } = await server.send('POST', creation(namespace), dry('a'));
    return body.data?.said === 'by the webhook';
  });
  await report.check('T10 what a mutating webhook adds is its own: nothing to do, and nothing in the way', async () => {
    webhook.patches = ({ data }) => [put('/data', { ...data, said: 'by the webhook' })];
    const objects = [map(namespace, 'a', { data: { own: '1' } })];
    expectCode(await lab.apply(namespace, objects), 0);
    expectEqual('data', (await server.get(pathOf(at))).data, { own: '1', said: 'by the webhook' });
    expectCode(await lab.plan(namespace, objects), 0);
    expectCode(await lab.plan(namespace, objects, ['--verify']), 0);
    expectCode(await lab.apply(namespace, [map(namespace, 'a', { data: { own: '2' } })]), 0);
    expectEqual('data', (await server.get(pathOf(at))).data, { own: '2', said: 'by the webhook' });
  });
  await report.check(
    'T10 a field that a mutating webhook writes otherwise is told, and is not written again and again',
    async () => {
      webhook.patches = ({ data }) => [put('/data', { ...data, own: 'not yours' })];
      const objects = [map(namespace, 'a', { data: { own: '3' } })];
      await lab.apply(namespace, objects);
      expectEqual('data', (await server.get(pathOf(at))).data.own, 'not yours');
      const { resourceVersion } = (await server.get(pathOf(at))).metadata;
      const planned = await lab.plan(namespace, objects);
      lab.proxy.forget();
      const again = await lab.apply(namespace, objects);
      expectCode(planned, 0);
      const told = 'the server, or a webhook that it asks, has the last word: .data.own is "not yours", and not "3"';
      expectSaid(JSON.stringify(planned.json.notes).replaceAll('\\"', '"'), told);
      expectCode(again, 0);
      expectEqual('written', again.result.written, []);
      expectEqual('version', (await server.get(pathOf(at))).metadata.resourceVersion, resourceVersion);
    },
  );
  await webhook.end();
  await webhook.remove();
}

const creation = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps?dryRun=All`;
const dry = (name: string) => ({
  type: 'application/json' as const,
  value: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } },
});
