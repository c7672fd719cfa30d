import type { Report } from '../report';
import { app, pathOf } from './app';
import { expectCode, expectSaid } from './expect';
import type { Lab } from './lab';
import { map, refused } from './refused';

/** Plans that are kept, approved and carried out. */
export async function approvedTests(lab: Lab, report: Report): Promise<void> {
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
