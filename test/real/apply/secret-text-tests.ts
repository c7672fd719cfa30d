import type { KubeObject } from '../manifests';
import type { Report } from '../report';
import { namespaceOf, pathOf } from './app';
import { expectCode, expectEqual, expectSaid, said } from './expect';
import type { Lab } from './lab';

/** Text of a Secret, which the server keeps as data. */
export async function secretTextTests(lab: Lab, report: Report): Promise<void> {
  const { server } = lab;
  const namespace = lab.namespace('text');
  const secret = (name: string, stringData: object): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    stringData,
  });
  const both = { a: 'one', b: 'two' };
  const data = async (name: string) => (await server.get(pathOf(secret(name, {})))).data;
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  await server.put([namespaceOf(namespace)]);
  for (const [name, who, before] of [
    ['ours', 'we', async (o: KubeObject) => expectCode(await lab.apply('text', [o]), 0)],
    [
      'kubectl',
      'kubectl, by server-side apply,',
      (o: KubeObject) => server.mustKubectl(['apply', '--server-side'], { objects: [o] }),
    ],
    ['annotated', 'kubectl', (o: KubeObject) => server.mustKubectl(['apply'], { objects: [o] })],
  ] as const)
    await report.check(`T1 a key that leaves the text of a Secret which ${who} wrote goes from its data`, async () => {
      await before(secret(name, both));
      const file = server.yaml([secret(name, { a: 'one' })]);
      expectSaid(said(await lab.mesh(['plan', file, '--set', 'default/text'])), '.data.b: "(hidden)" -> nothing');
      expectCode(await lab.apply('text', [secret(name, { a: 'one' })]), 0);
      expectEqual('what is left', await data(name), { a: base64('one') });
      expectCode(await lab.plan('text', [secret(name, { a: 'one' })]), 0);
    });
  await report.check('T8 text of a Secret does not overwrite data that somebody else owns', async () => {
    const theirs = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'shared', namespace } };
    await server.apply(pathOf(theirs), { ...theirs, data: { a: base64('theirs') } }, 'somebody');
    const refused = await lab.apply('shared', [secret('shared', { a: 'ours' })]);
    expectCode(refused, 3);
    expectSaid(said(refused), '.data.a', 'somebody');
    expectEqual('their data', await data('shared'), { a: base64('theirs') });
    expectCode(await lab.apply('shared', [secret('shared', { a: 'ours' })], ['--take', `Secret/${namespace}/shared:.data.a`]), 0);
    expectEqual('our data', await data('shared'), { a: base64('ours') });
  });
}
