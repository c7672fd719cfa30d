import type { KubeObject } from '../manifests';
import { pool } from '../pool';
import { expectNone, type Report } from '../report';
import { Dice } from '../trace/dice';
import { app, hostOf, pathOf } from './app';
import { gaps } from './checker';
import { expectCode, expectEqual, expectSaid, expectThat, said } from './expect';
import type { Seen } from './faults';
import { allAvailable } from './harness-tests';
import { appliedOf, type Lab } from './lab';
import { FaultProxy } from './proxy';
import { isRun } from './refused';
import { logOf } from './watch-log';
import { endingsAfter, shutOut } from './witnesses';

/** How many runs are killed where nobody says, and how many at the same time. */
const KILLS = 50;
const WIDTH = 10;

/** Runs that are killed, two runs at once, and Ctrl-C. */
export async function killTests(lab: Lab, report: Report, count = KILLS): Promise<void> {
  await killedRuns(lab, report, count);
  await twoAtOnce(lab, report);
  await interrupted(lab, report);
}

/** Versions are swapped, a service goes and another comes: every kind of write is among it. */
const states = (namespace: string): readonly [before: KubeObject[], after: KubeObject[]] => [
  app(namespace, [{ name: 'page' }, { name: 'web', versions: ['v1', 'v2'] }, { name: 'old', callers: ['page'] }]),
  app(namespace, [{ name: 'page' }, { name: 'web', versions: ['v2', 'v3'] }, { name: 'new', callers: ['page'] }]),
];

const path = (namespace: string, plural: string) => `/apis/networking.istio.io/v1/namespaces/${namespace}/${plural}`;

async function killedRuns(lab: Lab, report: Report, count: number): Promise<void> {
  const { server, proxy } = lab;
  const whole = lab.namespace('whole');
  let writes = 0;
  await report.check('T6 a run that nobody kills, as the measure of the others', async () => {
    const [before, after] = states(whole);
    await lab.install('whole', before);
    await allAvailable(lab, whole);
    proxy.forget();
    expectCode(await lab.apply('whole', after), 0);
    writes = proxy.seen.filter((s) => isRun(s) && s.method !== 'PUT').length;
    expectThat(`it has ${writes} writes`, writes > 10);
  });
  const dice = new Dice(lab.seed);
  // the first write takes the lease; the last gives it back
  const runs = Array.from({ length: count }, (_, i) => ({
    set: `killed-${i}`,
    namespace: lab.namespace('killed'),
    at: dice.int(1, writes - 1),
    isDone: i % 2 === 1,
  }));
  const sets = runs.map(({ set, namespace }) => ({ set, before: states(namespace)[0] }));
  await pool(WIDTH, sets, ({ set, before }) => lab.install(set, before));
  for (const { namespace } of runs) await allAvailable(lab, namespace);

  const { log, result } = await lab.record(() =>
    pool(WIDTH, runs, async (run) => {
      const wrong: string[] = [];
      const say = (what: string) => wrong.push(`${run.set}, killed ${run.isDone ? 'after' : 'before'} write ${run.at}: ${what}`);
      const killed = await killedAt(lab, run);
      if (killed.signal !== 'SIGKILL')
        say(`it ended with ${killed.code} by itself\n${killed.stdout.slice(-2000)}${killed.stderr}`);
      const { drift, interrupted } = await lab.inspect(run.set, states(run.namespace)[1]);
      const isOver = overAt(run, writes);
      if (drift.length === 0 && !isOver && !interrupted) say('status says that nothing is left to do');
      const isBegun = run.at > 1 || run.isDone;
      if (isBegun && !isOver && !interrupted) say('status does not say that a run was broken off');
      const again = await lab.apply(run.set, states(run.namespace)[1]);
      if (again.code !== 0) say(`the next run ended with ${again.code}: ${again.stdout}${again.stderr}`);
      return wrong;
    }),
  );
  await report.check(`T6 ${count} runs are killed at any write, and the next one goes on with nothing unlocked`, () =>
    expectNone('wrong', result.flat()),
  );
  await report.check('T6 at no moment something refers to what is not there', () => expectNone('gaps', gaps(log)));
  await report.check('T6 no caller is shut out', () => {
    const seen = runs.map(({ namespace }) => {
      const [own, witnesses] = [logOf(log, namespace), [{ from: `${namespace}/page`, host: hostOf(namespace, 'web') }]];
      return { ends: endingsAfter(own, witnesses), shut: shutOut(own, witnesses) };
    });
    expectEqual('what witnesses get in the end', [...new Set(seen.flatMap((s) => s.ends))], ['200']);
    expectNone(
      'shut out',
      seen.flatMap((s) => s.shut),
    );
  });
  await report.check('T6 all is as it is to be, and nothing is left over', async () => {
    const wrong: string[] = [];
    for (const run of runs) {
      const { set, namespace } = run;
      const [before, after] = states(namespace);
      for (const o of after) if (!(await server.get(pathOf(o)))) wrong.push(`${pathOf(o)} is missing`);
      for (const o of before)
        if (!after.some((a) => pathOf(a) === pathOf(o)) && (await server.get(pathOf(o)))) wrong.push(`${pathOf(o)} is left`);
      const { drift, interrupted } = await lab.inspect(set, after);
      if (drift.length > 0 || interrupted) wrong.push(`status of ${set}: ${JSON.stringify({ drift, interrupted })}`);
      const lease = await server.get(`/apis/coordination.k8s.io/v1/namespaces/default/leases/${set}`);
      if (lease?.spec.holderIdentity && !overAt(run, writes))
        wrong.push(`the lease of ${set} is held by ${lease.spec.holderIdentity}`);
    }
    expectNone('wrong', wrong);
  });
}

interface Kill {
  readonly set: string;
  readonly namespace: string;
  /** The write at which it is killed, from 0. */
  readonly at: number;
  /** Whether the write is done by then. */
  readonly isDone: boolean;
}

/** Whether all was done by then: the last write but one says so, the last gives the lease back. */
const overAt = ({ at, isDone }: Kill, writes: number): boolean => at === writes - 1 || (at === writes - 2 && isDone);

async function killedAt(lab: Lab, { set, namespace, at, isDone }: Kill) {
  const proxy = await FaultProxy.start(lab.server);
  try {
    let count = 0;
    let victim: Seen | undefined;
    const run = lab.startApply(set, states(namespace)[1], [], { proxy });
    const kill = () => run.kill('SIGKILL');
    proxy.fault = (seen) => {
      if (!isRun(seen) || seen.method === 'PUT' || count++ !== at) return undefined;
      victim = seen;
      if (isDone) return undefined;
      kill();
      return { stall: true };
    };
    proxy.onAnswer = (seen) => {
      if (isDone && seen === victim) kill();
    };
    return await run.ended;
  } finally {
    await proxy.stop();
  }
}

async function twoAtOnce(lab: Lab, report: Report): Promise<void> {
  await report.check('T20 of two runs of one set one goes on, and the other says who is at it', async () => {
    const namespace = lab.namespace('two');
    const [before, after] = states(namespace);
    await lab.install('two', before);
    await allAvailable(lab, namespace);
    let isUnderWay: () => void = () => {};
    const underWay = new Promise<void>((resolve) => {
      isUnderWay = resolve;
    });
    const first = lab.startApply('two', after, ['--barrier', '60s'], {
      onLine: (line) => {
        if (line.includes('"written"')) isUnderWay();
      },
    });
    await underWay;
    const second = await lab.apply('two', after);
    expectCode(second, 3);
    expectSaid(said(second), 'is applying default/two since', `process ${first.child.pid}`);
    first.kill('SIGINT');
    expectCode(await first.ended, 130);
    expectCode(await lab.apply('two', after), 0);
  });
  await report.check('T20 an object of another set is refused before anything is written, and its set is named', async () => {
    const namespace = lab.namespace('teams');
    const objects = app(namespace, [{ name: 'web' }]);
    await lab.install('team-a', objects);
    lab.proxy.forget();
    const other = await lab.apply('team-b', objects.slice(1));
    expectCode(other, 3);
    expectSaid(said(other), 'belongs to another set', 'default/team-a', `VirtualService/${namespace}/web`);
    expectEqual(
      'writes',
      lab.proxy.seen.filter(isRun).map((s) => s.path),
      [],
    );
  });
}

async function interrupted(lab: Lab, report: Report): Promise<void> {
  await report.check('T22 Ctrl-C ends it with 130 and says how to go on; it does go on, at once', async () => {
    const namespace = lab.namespace('ctrl-c');
    const [before, after] = states(namespace);
    await lab.install('ctrl-c', before);
    await allAvailable(lab, namespace);
    const run = lab.startApply('ctrl-c', after, ['--barrier', '60s'], {
      onLine: (line) => {
        if (line.includes('"proxies"')) run.kill('SIGINT');
      },
    });
    const ended = await run.ended;
    expectCode(ended, 130);
    expectEqual('said last', JSON.parse(ended.stdout.trim().split('\n').at(-1)!), { type: 'interrupted', context: 'test' });
    expectThat(`it says what it has written: ${said(ended)}`, appliedOf(ended).result?.written.length > 0);
    expectThat(`it ends soon, after ${ended.took} ms`, ended.took < 30_000);
    const subsets = (await lab.server.get(`${path(namespace, 'destinationrules')}/web`)).spec.subsets.map((s: any) => s.name);
    expectEqual('subsets meanwhile', subsets.sort(), ['v1', 'v2', 'v3']);
    expectEqual('the lease', await lab.server.get('/apis/coordination.k8s.io/v1/namespaces/default/leases/ctrl-c'), undefined);
    expectCode(await lab.apply('ctrl-c', after), 0);
  });
}
