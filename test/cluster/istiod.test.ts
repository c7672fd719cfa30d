import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ProxyState, proxiesOf } from '../../src/cluster/istiod';
import type { Cluster } from '../../src/cluster/transport';

const recorded = (name: string) => readFileSync(join(__dirname, 'recorded', `${name}.json`), 'utf8');

/** What is read of an answer, and at which ports istiod's pods were asked. */
async function read(answer: string, pods: object[] = [{ metadata: { name: 'istiod-1' } }]) {
  const asked: unknown[] = [];
  const cluster = {
    send: async () => ({ status: 200, body: { items: pods } }),
    askPod: async (...what: unknown[]) => {
      asked.push(what);
      return answer;
    },
  } as unknown as Cluster;
  return { proxies: await proxiesOf(cluster, 'istio-system', new AbortController().signal), asked };
}
const states = async (answer: string) => (await read(answer)).proxies as readonly ProxyState[];

// as istiod 1.31 answers about an Envoy that speaks incremental xDS with it
test('a proxy that has taken all is told from one that has not, and what it was sent is another thing then', async () => {
  const [synced] = await states(recorded('syncz-synced'));
  const [held] = await states(recorded('syncz-held'));
  expect([synced!.name, synced!.isBehind]).toEqual(['late.shop', false]);
  expect([held!.name, held!.isBehind]).toEqual(['late.shop', true]);
  expect(held!.sent).not.toBe(synced!.sent);
});

test('endpoints alone have it wait, and are no change of what was sent: they come and go with pods', async () => {
  const [answer] = JSON.parse(recorded('syncz-synced'));
  const [before] = await states(JSON.stringify([answer]));
  const [after] = await states(JSON.stringify([{ ...answer, endpoint_sent: 'another' }]));
  expect(after).toEqual({ ...before, isBehind: true });
});

test('why a proxy refuses what it was sent is told', async () => {
  const [answer] = JSON.parse(recorded('syncz-held'));
  const lastError = 'Error adding/updating listener(s) 0.0.0.0_80: unable to parse';
  const [type] = Object.keys(answer.resources);
  const resources = { ...answer.resources, [type!]: { ...answer.resources[type!], lastError } };
  expect((await states(JSON.stringify([{ ...answer, resources }])))[0]).toMatchObject({ isBehind: true, refuses: lastError });
});

test('the port is 15014, or what the pod says', async () => {
  const annotations = { 'prometheus.io/port': '15099' };
  const { asked } = await read('[]', [{ metadata: { name: 'a' } }, { metadata: { name: 'b', annotations } }]);
  expect(asked).toEqual([
    [{ namespace: 'istio-system', name: 'a' }, 15014, '/debug/syncz'],
    [{ namespace: 'istio-system', name: 'b' }, 15099, '/debug/syncz'],
  ]);
});

test('another form of answer is none', async () => {
  const why = 'Pod istio-system/istiod-1, port 15014: what it says at /debug/syncz is no list of proxies';
  for (const answer of ['<html>', '{}', 'null']) expect((await read(answer)).proxies).toEqual({ why });
});
