import { expectCode, expectEqual, expectThat } from './apply/expect';
import { Lab } from './apply/lab';
import type { Failure } from './apply-traffic/requests';
import { type Released, type Tool, underTraffic } from './apply-traffic/run';
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
    const ours: Tool = async (namespace, objects) => expectCode(await lab.apply(namespace, objects), 0);
    const kubectl: Tool = async (namespace, objects) => {
      const prune = ['--prune', `--applyset=${namespace}`, '--namespace', namespace];
      await lab.server.mustKubectl(['apply', '--server-side', ...prune], { objects, env: { KUBECTL_APPLYSET: 'true' } });
    };
    let [failed, answered] = [0, 0];
    const through = async (tool: Tool, namespace: string) => {
      const released = await underTraffic(context, lab, namespace, tool, (text) => report.progress(`${namespace}: ${text}`));
      failed = sum(released.map(({ failures }) => failures.length));
      answered = sum(released.map((r) => r.answered));
      return released;
    };
    await report.check('every answer is a 200 while mesh apply applies ten releases', async () => {
      const released = await through(ours, 'ours');
      expectNone('answers that are no 200', released.flatMap(wrongOf));
      expectEqual('releases', released.length, 10);
      expectThat('there are requests all the time', answered > 1000);
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

const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);

function wrongOf({ name: release, failures, wrong }: Released): string[] {
  const kinds = new Map<string, number>();
  const kind = ({ sidecar, host, said }: Failure) => `${release}: through the ${sidecar} Envoy ${host} answers ${said}`;
  for (const each of failures) kinds.set(kind(each), (kinds.get(kind(each)) ?? 0) + 1);
  return [...[...kinds].map(([text, count]) => `${text} (${count} ×)`), ...wrong.map((text) => `${release}: ${text}`)];
}
