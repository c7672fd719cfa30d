import { manifestOf } from '../../../src/manifests/manifest';
import { syncWaveOf } from '../../../src/manifests/wave';
import type { KubeObject } from '../manifests';
import { expectNone, type Report } from '../report';
import { app, destinationRule, hostOf, pathOf } from './app';
import { gaps } from './checker';
import { Commits } from './commits';
import { expectCode, expectEqual, expectFound, expectSaid, expectThat, said } from './expect';
import { until } from './harness-tests';
import type { Lab } from './lab';
import type { Scenario } from './scenario';
import { scenarios } from './scenarios';
import { endingsAfter, letIn, shutOut } from './witnesses';

/** When what is in no file any more is deleted: nobody says it. */
type Deletes = 'first' | 'last';

/** More commits than releases of one kind take. */
const MOST = 4;

/** `mesh gitops --base` and `mesh plan --base`: the commits that they make, written to the server wave by wave, as Argo CD does it. */
export async function gitopsTests(lab: Lab, report: Report): Promise<void> {
  await severalCommits(lab, report);
  await oneCommit(lab, report);
  await noWay(lab, report);
}

/** Releases that change routes and what they lead to, and such that change who may call. */
const GROUPS: readonly (readonly string[])[] = [
  ['add', 'drop', 'swap', 'swap-both', 'rename', 'host', 'remove', 'edge', 'outside', 'delegate', 'scoped', 'unscoped'],
  ['callers', 'moved-allow', 'locked', 'unlocked', 'denied', 'widened', 'tokens'],
];

/**
 * A workload that goes, and what its pods have been given: a tool deletes them in any order, the one an instant before the other, and
 * nothing of the workload starts any more.
 */
const GOING =
  /^by referencesOf: apps\/Deployment \S+ .* needs (account|secret|configmap) .* to event \d+ \([^()]*DELETED apps\/Deployment/;

async function severalCommits(lab: Lab, report: Report): Promise<void> {
  for (const purposes of GROUPS) {
    const some = () =>
      scenarios((purpose) => (purposes.includes(purpose) ? lab.namespace(purpose) : '')).filter((s) => spaceOf(s.before[0]!));
    await released(lab, report, { first: some(), last: some() });
  }
}

async function released(lab: Lab, report: Report, halves: Readonly<Record<Deletes, Scenario[]>>): Promise<void> {
  const all = [...halves.first, ...halves.last];
  const after = all.flatMap((s) => s.after);
  const states: (readonly KubeObject[])[] = [all.flatMap((s) => s.before)];
  await report.check(`gitops: ${all.length} releases become a few commits, and plan says of each what gitops says`, async () => {
    const commits = await Commits.of(lab, states[0]!);
    for (;;) {
      commits.write(after);
      const planned = await commits.mesh(['plan', '--base', 'HEAD', '--json', 'dist']);
      const { safeInOneCommit } = JSON.parse(planned.stdout);
      const made = await commits.mesh(['gitops', '--base', 'HEAD', '--json', 'dist']);
      expectThat(`there is a way: ${said(made).slice(-3000)}`, made.code === 0 || made.code === 1);
      expectEqual('plan and gitops say', [planned.code, safeInOneCommit], made.code === 0 ? [1, true] : [3, false]);
      states.push(await commits.commit());
      if (made.code === 0) break;
      expectThat(`${states.length} commits are few`, states.length <= MOST);
    }
    expectThat('it takes several', states.length >= 3);
    expectEqual('the last is as the files are to be', states.at(-1)!.map(pathOf).sort(), after.map(pathOf).sort());
  });
  await lab.server.put(states[0]!);
  await healthy(lab);
  const { log } = await lab.record(async () => {
    for (const [i, state] of states.entries())
      for (const [deletes, some] of Object.entries(halves) as [Deletes, Scenario[]][])
        if (i > 0) await synchronize(lab, within(states[i - 1]!, some), within(state, some), deletes);
  });
  await report.check('gitops: commit after commit is written, and at no moment something refers to what is not there', () => {
    const found = gaps(log).filter((gap) => !GOING.test(gap));
    expectNone('gaps', found);
  });
  await report.check('gitops: nobody is shut out meanwhile, and no stranger is let in', () => {
    const witnesses = all.flatMap((s) => s.witnesses);
    expectEqual('after it', new Set(endingsAfter(log, witnesses)), new Set(['200']));
    expectNone('shut out', shutOut(log, witnesses));
    expectNone(
      'let in',
      letIn(
        log,
        all.flatMap((s) => s.strangers ?? []),
      ),
    );
  });
}

async function oneCommit(lab: Lab, report: Report): Promise<void> {
  const namespace = lab.namespace('at-once');
  const before = app(namespace, [{ name: 'web', versions: ['v1'] }]);
  const after = app(namespace, [{ name: 'web', versions: ['v2'] }]);
  await report.check('gitops: a commit that drops what the base refers to is refused, and it does leave a gap', async () => {
    const commits = await Commits.of(lab, before);
    commits.write(after);
    const planned = await commits.mesh(['plan', '--base', 'HEAD', 'dist']);
    expectCode(planned, 3);
    expectSaid(said(planned), 'one commit cannot do this without a gap', `DestinationRule/${namespace}/web`);
    await lab.server.put(before);
    const { log } = await lab.record(() => synchronize(lab, before, after, 'last'));
    expectFound(gaps(log), `needs subset v1 of ${hostOf(namespace, 'web')}`);
  });
}

async function noWay(lab: Lab, report: Report): Promise<void> {
  const namespace = lab.namespace('no-way');
  const before = app(namespace, [{ name: 'web' }, { name: 'page' }]).filter(
    ({ kind, metadata }) => kind !== 'DestinationRule' || metadata.name !== 'page',
  );
  // routes lead to `v1` of both hosts, before and after
  const moved = { ...destinationRule(namespace, 'page', ['v1']), metadata: { name: 'web', namespace } };
  await report.check('gitops: where no commit would do, it is refused with who needs what, and no file is touched', async () => {
    const commits = await Commits.of(lab, before);
    const files = commits.write(before.map((o) => (o.kind === 'DestinationRule' ? moved : o)));
    const refused = await commits.mesh(['gitops', '--base', 'HEAD', 'dist']);
    expectCode(refused, 3);
    expectSaid(said(refused), `DestinationRule/${namespace}/web`, 'nothing was written');
    expectEqual('the files', commits.read(), files);
  });
}

const spaceOf = ({ kind, metadata: { name, namespace } }: KubeObject): string => namespace ?? (kind === 'Namespace' ? name : '');

/** What of a state is in the namespaces of some releases. */
function within(state: readonly KubeObject[], some: readonly Scenario[]): KubeObject[] {
  const spaces = new Set(some.flatMap((s) => [...s.before, ...s.after].map(spaceOf)));
  return state.filter((o) => spaces.has(spaceOf(o)));
}

/** Wave by wave, as Argo CD writes a commit: the next one when all of a wave is healthy. */
async function synchronize(
  lab: Lab,
  before: readonly KubeObject[],
  after: readonly KubeObject[],
  deletes: Deletes,
): Promise<void> {
  const { server } = lab;
  const wave = (o: KubeObject) => syncWaveOf(manifestOf(o, () => ({ file: 'test', line: 0, column: 0 })));
  const kept = new Set(after.map(pathOf));
  const prune = async () => {
    for (const o of before) if (!kept.has(pathOf(o))) await server.must('DELETE', pathOf(o));
  };
  if (deletes === 'first') await prune();
  for (const n of [...new Set(after.map(wave))].sort((a, b) => a - b)) {
    await server.put(after.filter((o) => wave(o) === n));
    await healthy(lab);
  }
  if (deletes === 'last') await prune();
}

async function healthy({ server }: Lab): Promise<void> {
  await until('all Deployments have their pods', async () => {
    const { items } = await server.must('GET', '/apis/apps/v1/deployments');
    return items.every(
      (d: any) => d.status?.observedGeneration === d.metadata.generation && d.status.availableReplicas >= d.spec.replicas,
    );
  });
}
