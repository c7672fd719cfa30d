import { writeFileSync } from 'node:fs';
import type { Report } from '../report';
import { namespaceOf, virtualService } from './app';
import { expectEqual, expectSaid, expectThat, said } from './expect';
import type { Lab } from './lab';
import { isRun, map, refused } from './refused';

/** Files and objects that no server takes: all at once, before anything is written, with the way out. */
export async function kindTests(lab: Lab, report: Report): Promise<void> {
  const namespace = lab.namespace('kinds');
  const space = namespaceOf(namespace);
  await report.check('T11 a kind that the cluster does not have: which, and how to get it', async () => {
    const rollout = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { name: 'web', namespace }, spec: {} };
    const old = { ...virtualService(namespace, 'web', [{ host: 'a.example.com' }]), apiVersion: 'networking.istio.io/v1alpha9' };
    const text = await refused(lab, 'kinds', [space, rollout, old]);
    expectSaid(text, `Rollout/${namespace}/web`, 'install Argo', `VirtualService/${namespace}/web`, 'v1beta1');
  });
  await report.check('T11 a field that no type knows, with its path', async () => {
    const web = virtualService(namespace, 'web', [{ host: 'a.example.com' }]);
    const text = await refused(lab, 'kinds', [space, { ...web, spec: { ...(web.spec as object), hostz: ['a'] } }]);
    expectSaid(text, `VirtualService/${namespace}/web`, 'hostz');
  });
  await report.check('T11 a namespace that nobody makes, and one that is misspelt', async () => {
    const text = await refused(lab, 'kinds', [space, map(`${namespace}x`, 'a')]);
    expectSaid(text, `namespace "${namespace}x"`, namespace);
  });
  await report.check('half a file of YAML: nothing of it is applied', async () => {
    const file = lab.server.file('half.yaml');
    writeFileSync(file, `${JSON.stringify(map('default', 'half'))}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: b\n`);
    lab.proxy.forget();
    const ended = await lab.mesh(['apply', file, '--set', 'default/half', '--yes']);
    expectThat(`it fails: ${ended.code}`, ended.code === 3);
    expectSaid(said(ended), file);
    expectEqual('requests', lab.proxy.seen.filter(isRun).length, 0);
  });
  await report.check('an object that is too large is said to be, with the limit, before anything is written', async () => {
    const large = map('default', 'large', { data: { a: 'x'.repeat(1_200_000) } });
    const text = await refused(lab, 'large', [large, map('default', 'small')]);
    expectSaid(text, 'ConfigMap/default/large', '1200000 bytes', 'no more than 1 MiB');
    const wide = virtualService('default', 'wide', [{ host: 'a.example.com' }]);
    const much = {
      ...wide,
      metadata: { ...wide.metadata, annotations: undefined },
      spec: { ...(wide.spec as object), hosts: [`${'a'.repeat(1_600_000)}.example.com`] },
    };
    expectSaid(await refused(lab, 'large', [much], ['--rules=-schema']), 'VirtualService/default/wide', 'no more than 1.5 MiB');
  });
}
