import { discover, forgetKinds } from '../../src/cluster/discovery';
import type { Call } from '../../src/cluster/request';
import type { Cluster } from '../../src/cluster/transport';

/** A cluster that has a kind more each time that it is asked, and what it was asked for. */
function growing() {
  const asked: string[] = [];
  let fails = false;
  const send = async ({ path }: Call) => {
    asked.push(path);
    await new Promise((r) => setTimeout(r, 5));
    if (fails) throw new Error('no');
    const resources = path === '/apis' ? asked.filter((p) => p === '/apis').map((_, i) => resource(`Kind${i + 1}`)) : [];
    return { status: 200, body: list(resources) };
  };
  const fail = (on: boolean) => {
    fails = on;
  };
  return { cluster: { send } as unknown as Cluster, asked, fail };
}
const resource = (kind: string) => ({
  resource: `${kind.toLowerCase()}s`,
  responseKind: { kind },
  scope: 'Namespaced',
  verbs: [],
});
const list = (resources: object[]) => ({
  kind: 'APIGroupDiscoveryList',
  items: [{ metadata: { name: 'g' }, versions: [{ version: 'v1', resources }] }],
});

test('whoever asks meanwhile, and later, gets the same; another cluster is asked for itself', async () => {
  const [one, two] = [growing(), growing()];
  const [a, b] = await Promise.all([discover(one.cluster), discover(one.cluster)]);
  expect(b).toBe(a);
  expect(await discover(one.cluster)).toBe(a);
  expect(await discover(two.cluster)).not.toBe(a);
  expect([one.asked, two.asked]).toEqual([
    ['/api', '/apis'],
    ['/api', '/apis'],
  ]);
});

test('what is forgotten is asked for again, once by all that found the same kind missing', async () => {
  const { cluster, asked } = growing();
  const old = await discover(cluster);
  forgetKinds(cluster, old);
  const fresh = discover(cluster);
  forgetKinds(cluster, old); // who is late forgets nothing that is asked for meanwhile
  expect(discover(cluster)).toBe(fresh);
  const kinds = await fresh;
  forgetKinds(cluster, old);
  expect(await discover(cluster)).toBe(kinds);
  expect(kinds.find('g/v1', 'Kind2')).toBeDefined();
  forgetKinds(cluster);
  expect((await discover(cluster)).find('g/v1', 'Kind3')).toBeDefined();
  expect(asked).toHaveLength(6);
});

test('after ten minutes they are asked for again', async () => {
  const { cluster, asked } = growing();
  await discover(cluster);
  const now = Date.now();
  const clock = jest.spyOn(Date, 'now').mockReturnValue(now + 590_000);
  await discover(cluster);
  expect(asked).toHaveLength(2);
  clock.mockReturnValue(now + 600_000);
  await discover(cluster);
  expect(asked).toHaveLength(4);
  clock.mockRestore();
});

test('what failed is not kept', async () => {
  const { cluster, fail } = growing();
  fail(true);
  await expect(discover(cluster)).rejects.toThrow('no');
  fail(false);
  expect((await discover(cluster)).find('g/v1', 'Kind2')).toBeDefined();
});
