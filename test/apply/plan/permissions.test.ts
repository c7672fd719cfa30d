import { forbidden, needsOf } from '../../../src/apply/plan/permissions';
import type { Resource } from '../../../src/cluster/discovery';
import type { Call } from '../../../src/cluster/request';
import type { Cluster } from '../../../src/cluster/transport';

const kind = (plural: string, namespaced = true): Resource => ({
  group: '',
  version: 'v1',
  kind: plural,
  plural,
  namespaced,
  verbs: [],
});
const [secrets, namespaces] = [kind('secrets'), kind('namespaces', false)];

/** What was asked: `patch secrets shop/web`. */
let asked: string[];
let most: number;

/** A server with rules, each `patch secrets shop/web`; without a name, for all there; without a namespace, for all. */
function clusterOf(...rules: readonly string[]): Cluster {
  let now = 0;
  return {
    async send(call: Call) {
      const { verb, resource, namespace = '', name = '' } = (call.body as any).spec.resourceAttributes;
      asked.push(`${verb} ${resource} ${namespace}/${name}`);
      most = Math.max(most, ++now);
      await new Promise(setImmediate);
      now--;
      const given = ['/', `${namespace}/`, `${namespace}/${name}`].map((place) => `${verb} ${resource} ${place}`);
      return { status: 201, body: { status: { allowed: rules.some((r) => given.includes(r)) } } };
    },
  } as unknown as Cluster;
}
const web = { namespace: 'shop', name: 'web' };

beforeEach(() => {
  [asked, most] = [[], 0];
});

test('a right for all is asked for once, and objects are not asked about', async () => {
  const needs = ['web', 'api'].flatMap((name) => needsOf(secrets, ['patch'], { ...web, name }));
  expect(await forbidden(clusterOf('patch secrets /'), needs)).toEqual([]);
  expect(asked).toEqual(['patch secrets /']);
});

test('a right for named objects is one, for these', async () => {
  const cluster = clusterOf('get secrets shop/web', 'patch secrets shop/web', 'create secrets shop/');
  expect(await forbidden(cluster, needsOf(secrets, ['get', 'patch', 'create'], web))).toEqual([]);
  const other = needsOf(secrets, ['get', 'patch'], { ...web, name: 'api' });
  expect(await forbidden(cluster, [...needsOf(secrets, ['get'], web), ...other])).toEqual([
    'get secrets in namespace "shop"',
    'patch secrets in namespace "shop"',
  ]);
});

test('what a request does not name is not made by name, and nothing is listed by it; what is applied is made by name', async () => {
  const cluster = clusterOf('create secrets shop/web', 'list secrets shop/web');
  const nameless = needsOf(secrets, ['create'], { ...web, name: '' });
  expect(await forbidden(cluster, [...nameless, ...needsOf(secrets, ['list'], web)])).toEqual([
    'create secrets in namespace "shop"',
    'list secrets in namespace "shop"',
  ]);
  expect(asked.some((a) => a.endsWith('/web'))).toBe(false);
  expect(await forbidden(cluster, needsOf(secrets, ['create'], web))).toEqual([]);
});

test('who may change a namespace by a Role in it may', async () => {
  const needs = needsOf(namespaces, ['patch'], { namespace: '', name: 'shop' });
  expect(await forbidden(clusterOf('patch namespaces shop/'), needs)).toEqual([]);
  expect(await forbidden(clusterOf('patch namespaces other/'), needs)).toEqual(['patch namespaces']);
});

test('of many objects few are asked about at once, and none after one that is refused', async () => {
  const names = Array.from({ length: 40 }, (_, i) => `s-${i}`);
  const needs = names.flatMap((name) => needsOf(secrets, ['patch'], { ...web, name }));
  const rules = names.map((name) => `patch secrets shop/${name}`);
  expect(await forbidden(clusterOf(...rules), needs)).toEqual([]);
  expect([asked.length, most]).toEqual([42, 10]);
  asked = [];
  expect(await forbidden(clusterOf(...rules.slice(1)), needs)).toEqual(['patch secrets in namespace "shop"']);
  expect(asked).toHaveLength(12);
});
