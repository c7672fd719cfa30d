import { expectCode, expectEqual, expectSaid, expectThat } from './apply/expect';
import { type Applied, Lab } from './apply/lab';
import type { SyncStatus } from './apply-traffic/istiod';
import { releases } from './apply-traffic/releases';
import type { Failure } from './apply-traffic/requests';
import { type Released, type Tool, underTraffic, type World } from './apply-traffic/run';
import { service } from './apply-traffic/shop';
import type { RealContext } from './lane';
import { expectNone, type Report } from './report';
import { must } from './setup/tools';

export const name = 'apply-traffic';

/**
 * Ten releases of an app under constant requests, through two Envoys that go by what istiod's code sends, one of them late: not one
 * request fails with `mesh apply`, and many do with `kubectl apply` of the same YAML.
 */
export async function run(context: RealContext, report: Report): Promise<void> {
  await must('the command', 'see what tsc says', 'npm', ['run', '--silent', 'build'], { cwd: context.repository });
  const lab = await Lab.start(context);
  try {
    const barriers: string[] = [];
    const ours: Tool = async (namespace, objects) => {
      const applied = await lab.apply(namespace, objects);
      expectCode(applied, 0);
      barriers.push(...settledBy(applied));
    };
    const kubectl: Tool = async (namespace, objects) => {
      const prune = ['--prune', `--applyset=${namespace}`, '--namespace', namespace];
      await lab.server.mustKubectl(['apply', '--server-side', ...prune], { objects, env: { KUBECTL_APPLYSET: 'true' } });
    };
    let [failed, answered] = [0, 0];
    let held: Held | undefined;
    const through = async (tool: Tool, namespace: string, then?: (world: World) => Promise<void>) => {
      const progress = (text: string) => report.progress(`${namespace}: ${text}`);
      const released = await underTraffic(context, lab, namespace, tool, progress, then);
      failed = sum(released.map(({ failures }) => failures.length));
      answered = sum(released.map((r) => r.answered));
      return released;
    };
    await report.check('every answer is a 200 while mesh apply applies ten releases', async () => {
      const released = await through(ours, 'ours', async (world) => {
        held = await holding(lab, 'ours', world);
      });
      expectNone('answers that are no 200', released.flatMap(wrongOf));
      expectEqual('releases', released.length, 10);
      expectThat('there are requests all the time', answered > 1000);
    });
    await report.check('istiod itself is the barrier: while one Envoy has not taken what it was sent, nothing goes', async () => {
      // the first apply is before there is an istiod
      const asked = barriers.filter((by) => by !== 'a fixed time');
      expectThat('there are barriers', asked.length >= 10);
      expectEqual('barriers', new Set(asked), new Set(['istiod says that all proxies have it']));
      expectThat('it was tried', held !== undefined);
      const { stuck, said, after, failures, went } = held!;
      expectCode(stuck, 3);
      expectSaid(JSON.stringify(stuck.result), '"proxy late.ours":"has not taken what istiod sent it last"');
      expectEqual('barriers', settledBy(stuck), ['istiod says that not all proxies have it yet']);
      expectEqual('who is behind, as istiod says', said, ['late.ours']);
      expectCode(after, 0);
      expectEqual('barriers afterwards', new Set(settledBy(after)), new Set(['istiod says that all proxies have it']));
      expectNone('answers that are no 200', failures);
      expectEqual('Deployments that are gone', went, ['before: no', 'after: yes']);
    });
    const mesh = `mesh apply: ${failed} of ${answered} answers are no 200`;
    await report.check('kubectl apply of the same YAML fails requests', async () => {
      const released = await through(kubectl, 'theirs');
      expectNone(
        'pods that should not answer',
        released.flatMap(({ wrong }) => wrong),
      );
      expectThat('requests fail', failed > 0);
    });
    report.progress(`${mesh}; kubectl apply --server-side --prune: ${failed} of ${answered}`);
  } finally {
    await lab.stop();
  }
}

const settledBy = (applied: Applied): string[] => applied.events.filter((e) => e.type === 'settled').map((e) => e.by);

/** What became of a release while one Envoy hears nothing of istiod, and afterwards. */
interface Held {
  readonly stuck: Applied;
  /** The proxies that are behind, as istiod says. */
  readonly said: readonly string[];
  readonly after: Applied;
  readonly failures: readonly string[];
  /** Whether what goes last was gone while the Envoy was held, and afterwards. */
  readonly went: readonly string[];
}

/** A version goes, while the agent of the late Envoy is frozen; then it goes on. */
async function holding(lab: Lab, namespace: string, { plane, requests, objects }: World): Promise<Held> {
  const last = releases().at(-1)!.after;
  const next = objects({ ...last, services: { ...last.services, catalog: service('v2') } });
  const late = plane.sidecars.at(-1)!;
  const before = requests.failures.length;
  const gone = async () =>
    (await lab.server.get(`/apis/apps/v1/namespaces/${namespace}/deployments/catalog-v1`)) ? 'no' : 'yes';
  late.hold();
  const stuck = await lab.apply(namespace, next, ['--timeout', '8s']);
  const told = (await Promise.all(plane.istiods.map((istiod) => istiod.syncz()))).flat();
  const said = told.filter(isBehind).map((s) => s.proxy);
  const went = [`before: ${await gone()}`];
  late.goOn();
  const after = await lab.apply(namespace, next);
  await plane.synced(1_000);
  went.push(`after: ${await gone()}`);
  return { stuck, said, after, went, failures: requests.failures.slice(before).map((f) => `${f.sidecar} ${f.host} ${f.said}`) };
}

const isBehind = ({ resources }: SyncStatus): boolean =>
  Object.values(resources as Record<string, { sent?: string; acked?: string }>).some((r) => r.sent !== r.acked);

const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);

function wrongOf({ name: release, failures, wrong }: Released): string[] {
  const kinds = new Map<string, number>();
  const kind = ({ sidecar, host, said }: Failure) => `${release}: through the ${sidecar} Envoy ${host} answers ${said}`;
  for (const each of failures) kinds.set(kind(each), (kinds.get(kind(each)) ?? 0) + 1);
  return [...[...kinds].map(([text, count]) => `${text} (${count} ×)`), ...wrong.map((text) => `${release}: ${text}`)];
}
