import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Obj, service } from '../diff/support';
import { apply, folder, inItsProcess, mesh, namespace, release, server, write } from './apply-support';

describe('wrong usage', () => {
  test.each<[string, readonly string[], NodeJS.ProcessEnv, string]>([
    [
      'no such context',
      ['plan', 'v1.yaml', '--context', 'pord'],
      {},
      'there is no context "pord" in the kubeconfig (did you mean "prod"?)',
    ],
    ['no kubeconfig', ['plan', 'v1.yaml'], { KUBECONFIG: '/nowhere/at/all' }, 'the kubeconfig cannot be read'],
    ['a name that is none', ['plan', 'v1.yaml', '--set', 'A B'], {}, '"A B" cannot name a set of objects'],
    ['a name of three parts', ['plan', 'v1.yaml', '--set', 'a/b/c'], {}, '"a/b/c" cannot name a set of objects'],
    [
      'deletions that are no number',
      ['plan', 'v1.yaml', '--max-deletes', 'x'],
      {},
      '--max-deletes has to be a whole number of at least 0',
    ],
    [
      'fewer deletions than none',
      ['plan', 'v1.yaml', '--max-deletes=-1'],
      {},
      '--max-deletes has to be a whole number of at least 0',
    ],
    ['an object that is none', ['plan', 'v1.yaml', '--take', 'web'], {}, '"web" names no object'],
    [
      'a plan of two clusters',
      ['plan', 'v1.yaml', '--out', 'p', '--context', 'test', '--context', 'prod'],
      {},
      'is of one cluster',
    ],
    ['a plan in no folder', ['plan', 'v1.yaml', '--out', 'no/such/p'], {}, 'there is no folder'],
    ['a plan that is a folder', ['plan', 'v1.yaml', '--out', '.'], {}, 'which is a folder: name a file'],
    ['a rule that is none', ['plan', 'v1.yaml', '--rules', 'nope'], {}, 'there is no rule "nope"'],
    ['no such MeshConfig', ['plan', 'v1.yaml', '--mesh-config', 'nowhere-at-all.yaml'], {}, 'there is no file'],
    ['a time that is none', ['apply', 'v1.yaml', '--barrier', 'soon'], {}, 'it has to be a time, such as 500ms, 5s or 2m'],
  ])('%s', async (_, args, env, said) => {
    const { status, stderr } = await mesh(args, env);
    expect(stderr).toContain(said);
    expect(status).toBe(2);
  });

  test('nobody to ask', async () => {
    const { status, stderr } = await inItsProcess(['apply', 'v1.yaml']);
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining('there is nobody to ask: say --yes, or --dry-run to look only'),
    ]);
  });

  test('half a file: nothing is applied', async () => {
    writeFileSync(join(folder, 'half.yaml'), `${JSON.stringify(service('web'))}\n---\nkind: [`);
    const { status, stderr } = await apply('half');
    expect([status, server.writes]).toEqual([3, []]);
    expect(stderr).toMatch(/half\.yaml:\d+:\d+/);
  });

  test.each([
    [
      'a kind that nobody knows',
      { apiVersion: 'networking.istio.io/v1', kind: 'Gateway', metadata: { name: 'g' } },
      'install Istio first',
    ],
    [
      'a kind by another name',
      { apiVersion: 'networking.istio.io/v1', kind: 'VirtualServices', metadata: { name: 'g' } },
      'which the cluster does not know (did you mean "VirtualService"?)',
    ],
    ['another version', { ...service('web'), apiVersion: 'v2' }, 'the cluster has Service in v1 alone'],
    ['a name that changes', { ...service('web'), metadata: { generateName: 'web-' } }, 'give it a name'],
    ['a namespace that is not there', service('web', undefined, 'shpo'), 'is of namespace "shpo", which is not there'],
  ])('%s', async (name, object, said) => {
    const file = name.replace(/ /g, '-');
    write(file, [namespace, object as Obj]);
    const { status, stdout } = await apply(file);
    expect(stdout).toContain(said);
    expect([status, server.writes]).toEqual([3, []]);
    const told = await mesh(['status', `${file}.yaml`, '--set', 'shop']);
    expect([told.status, told.stdout]).toEqual([1, expect.stringMatching(/ as in the files, [12] not/)]);
  });
});

test('a pull request is planned without a cluster', async () => {
  for (const [dir, objects] of [
    ['base', release(['v1', 100])],
    ['both', release(['v1', 50], ['v2', 50])],
    ['last', release(['v2', 100])],
  ] as const) {
    mkdirSync(join(folder, dir), { recursive: true });
    writeFileSync(join(folder, dir, 'web.yaml'), objects.map((o) => JSON.stringify(o)).join('\n---\n'));
  }
  const env = { KUBECONFIG: '/nowhere/at/all' };
  expect((await mesh(['plan', 'base', '--base', 'base'], env)).status).toBe(0);
  expect((await mesh(['plan', 'both', '--base', 'base'], env)).status).toBe(1);
  const refused = await mesh(['plan', 'last', '--base', 'base'], env);
  expect([refused.status, refused.stdout]).toEqual([3, expect.stringContaining('one commit cannot do this without a gap')]);
  expect(server.writes).toEqual([]);
});
