import type { KubeObject } from '../manifests';
import type { Report } from '../report';
import { app, deployment, destinationRule, pathOf, virtualService } from './app';
import { expectCode, expectEqual, expectSaid, expectThat } from './expect';
import { allAvailable } from './harness-tests';
import type { Lab } from './lab';
import { isRun, map, refused } from './refused';

/** Plans that are kept, approved and carried out. */
export async function approvedTests(lab: Lab, report: Report): Promise<void> {
  await held(lab, report);
  await brokenOff(lab, report);
}

async function held(lab: Lab, report: Report): Promise<void> {
  await report.check('T3 a plan that was approved is applied, and one that holds no more is not', async () => {
    const namespace = lab.namespace('approved');
    const out = lab.server.file('plan');
    const [first, second] = [app(namespace, [{ name: 'a' }]), app(namespace, [{ name: 'a' }, { name: 'b' }])];
    expectCode(await lab.plan('approved', first, ['--out', out]), 1);
    const text = await refused(lab, 'approved', second, ['--plan', out]);
    expectSaid(text, 'does not hold any more', `Service/${namespace}/b would be changed, too`);
    expectCode(await lab.apply('approved', first, ['--plan', out]), 0);
    await lab.server.apply(pathOf(map(namespace, 'x')), map(namespace, 'x'), 'somebody');
    expectCode(await lab.plan('approved', second, ['--out', out]), 1);
    // what it is about is another's by then
    const b = second.find((o) => o.kind === 'Service' && o.metadata.name === 'b')!;
    await lab.server.apply(pathOf(b), { ...b, metadata: { ...b.metadata, labels: { by: 'hand' } } }, 'somebody');
    expectSaid(
      await refused(lab, 'approved', second, ['--plan', out]),
      `Service/${namespace}/b has changed since, in the cluster`,
    );
    await lab.server.must('DELETE', pathOf(b));
    expectCode(await lab.apply('approved', second, ['--plan', out]), 0);
    expectCode(await lab.apply('approved', second, ['--plan', out]), 0);
  });
}

async function brokenOff(lab: Lab, report: Report): Promise<void> {
  const { server } = lab;
  /** A release whose run was killed when its pods and both subsets were there, and its routes led to the old ones still. */
  const killed = async (set: string) => {
    const namespace = lab.namespace(set);
    const out = server.file('plan');
    const after = app(namespace, [{ name: 'web', versions: ['v2'] }]);
    const routes = pathOf(virtualService(namespace, 'web', []));
    await lab.install(set, app(namespace, [{ name: 'web', versions: ['v1'] }]));
    await allAvailable(lab, namespace);
    expectCode(await lab.plan(set, after, ['--out', out]), 1);
    const run = lab.startApply(set, after, ['--plan', out]);
    lab.proxy.fault = (seen) => {
      if (!isRun(seen) || seen.path !== routes) return undefined;
      run.kill('SIGKILL');
      return { stall: true };
    };
    expectEqual('how it ended', (await run.ended).signal, 'SIGKILL');
    lab.proxy.forget();
    const rule = destinationRule(namespace, 'web', []);
    const subsets = async () => (await server.get(pathOf(rule))).spec.subsets.map((s: any) => s.name).sort();
    expectEqual('subsets by then', await subsets(), ['v1', 'v2']);
    return { namespace, out, after, rule, subsets };
  };
  await report.check('T3 a run of a plan that was killed is gone on with by the same plan', async () => {
    const { namespace, out, after, subsets } = await killed('resumed');
    expectCode(await lab.apply('resumed', after, ['--plan', out]), 0);
    expectEqual('subsets', await subsets(), ['v2']);
    expectCode(await lab.status('resumed', after), 0);
    expectEqual('the old pods', await server.get(pathOf(deployment(namespace, 'web', 'v1'))), undefined);
  });
  await report.check('T3 but not where somebody has edited what it wrote since: that is named, and nothing written', async () => {
    const { namespace, out, after, rule, subsets } = await killed('edited');
    await server.mustKubectl(['label', '-n', namespace, 'destinationrule/web', 'by=hand', '--field-manager=somebody']);
    const other = await refused(lab, 'edited', after, ['--plan', out]);
    expectSaid(other, 'does not hold any more', `DestinationRule/${namespace}/web has changed since`);
    for (const o of after)
      expectThat(`${pathOf(o)} is not named`, o.kind === 'DestinationRule' || !other.includes(`${nameOf(o)} has changed`));
    expectEqual('subsets', await subsets(), ['v1', 'v2']);
    expectEqual('the label', (await server.get(pathOf(rule))).metadata.labels.by, 'hand');
  });
}

const nameOf = ({ kind, metadata: { name, namespace } }: KubeObject) => `${kind}/${namespace ? `${namespace}/` : ''}${name}`;
