import { expectNone, type Report } from '../report';
import { gaps, gapsOfLateProxies } from './checker';
import { expectCode, expectEqual, expectThat } from './expect';
import { allAvailable } from './harness-tests';
import { BARRIER, type Lab } from './lab';
import { scenarios } from './scenarios';
import { endingsAfter, letIn, shutOut } from './witnesses';

/** Releases that change what others refer to. */
export async function releaseTests(lab: Lab, report: Report): Promise<void> {
  const all = scenarios((purpose) => lab.namespace(purpose));
  const spaces = [...new Set(all.flatMap((s) => s.before.flatMap((o) => o.metadata.namespace ?? o.metadata.name)))];
  const state = (of: 'before' | 'after') => all.flatMap((s) => s[of]);
  await report.check(`T4 the meshes before ${all.length} releases come to be without a gap`, async () => {
    const { log, result } = await lab.record(() => lab.apply('release', state('before')));
    expectCode(result, 0);
    expectNone('gaps', gaps(log));
  });
  await Promise.all(spaces.map((n) => allAvailable(lab, n)));
  const witnesses = all.flatMap((s) => s.witnesses);
  const { log, result } = await lab.record(() => lab.apply('release', state('after'), ['--max-deletes', '100']));
  await report.check(`T4 ${all.length} releases at once, and at no moment something refers to what is not there`, () => {
    expectCode(result, 0);
    expectNone('gaps', gaps(log));
  });
  await report.check(`T4 none of ${witnesses.length} requests that are let in before and after is refused in between`, () => {
    expectEqual('after it', new Set(endingsAfter(log, witnesses)), new Set(['200']));
    expectNone('shut out', shutOut(log, witnesses));
  });
  if (result.code !== 0) return;
  await report.check('T4 who is let in neither before nor after is not let in in between', () => {
    const strangers = all.flatMap((s) => s.strangers ?? []);
    expectThat('there are strangers', strangers.length > 0);
    expectNone('let in', letIn(log, strangers));
  });
  await report.check('T5 what is referred to is there for the time of the barrier before, and after', () => {
    expectNone('gaps', gapsOfLateProxies(log, BARRIER - 100));
  });
  await report.check('T4 the same by kubectl apply is full of gaps', async () => {
    const again = scenarios((purpose) => lab.namespace(purpose));
    await lab.server.put(again.flatMap((s) => s.before));
    const replay = await lab.record(async () => {
      await lab.server.mustKubectl(['apply', '--server-side', '--force-conflicts'], { objects: again.flatMap((s) => s.after) });
    });
    const broken = again.filter((s) => {
      const namespace = s.before.find((o) => o.kind === 'Namespace')!.metadata.name;
      return gaps(replay.log).some((g) => g.includes(`${namespace}/`));
    });
    expectThat(`of ${again.length} releases ${broken.length} are broken by it`, broken.length >= 3);
  });
}
