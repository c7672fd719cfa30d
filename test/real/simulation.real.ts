import { outcomesOf } from '../../src/trace/batch';
import type { RealContext } from './lane';
import { expectNone, type Report } from './report';
import { type Call, leftOut, leftOutCall, question, type Simulated, simulated, unexpected } from './simulation/recorded';

export const name = 'simulation';

interface Asked {
  readonly mesh: Simulated;
  readonly calls: readonly Call[];
}

/** The trace, and Envoy, do with the calls of Istio's own tests of simulated traffic what those expect. */
export async function run({ oracle, components }: RealContext, report: Report): Promise<void> {
  const all = simulated(components.istioTests);
  const left = new Map<string, number>();
  const leave = (why: string, n: number) => left.set(why, (left.get(why) ?? 0) + n);
  const asked = all.flatMap((mesh): Asked[] => {
    const why = leftOut(mesh);
    const calls = why ? [] : mesh.calls!.filter((c) => !leftOutCall(c));
    if (why) leave(why, mesh.calls!.length);
    else for (const c of mesh.calls!) if (leftOutCall(c)) leave(leftOutCall(c)!, 1);
    return calls.length > 0 ? [{ mesh, calls }] : [];
  });
  const questions = asked.map(({ mesh, calls }, i) => question(mesh, calls, `${mesh.test} ${i}`));
  const answers = await oracle.ask(questions);
  const said = asked.map(({ calls }, i) => {
    const { outcomes, refused } = outcomesOf({ ...questions[i]!, mesh: questions[i]!.asServices });
    const answer = answers[i]!;
    const broken = [...refused, ...(answer.invalid ?? []), ...(answer.error ? [answer.error] : [])];
    return {
      trace: calls.flatMap((c, j) => wrong(i, c, outcomes[j])),
      envoy: calls.flatMap((c, j) => wrong(i, c, answer.expected?.[j])),
      broken,
    };
  });
  function wrong(i: number, c: Call, is: Parameters<typeof unexpected>[1] | undefined): string[] {
    const found = is ? unexpected(c, is) : ['no answer'];
    return found.length > 0
      ? [`${asked[i]!.mesh.test}, ${c.name} (${c.mode} ${c.protocol} ${c.tls} ${c.address}:${c.port}): ${found.join('; ')}`]
      : [];
  }
  const count = asked.reduce((n, { calls }) => n + calls.length, 0);
  report.progress(`left out: ${[...left].map(([why, n]) => `${n} calls because of ${why}`).join(', ')}`);
  await report.check('istiod takes the meshes', () =>
    expectNone(
      'it does not',
      said.flatMap(({ broken }) => broken),
    ),
  );
  await report.check(`Envoy does with ${count} calls in ${asked.length} meshes what Istio's tests expect`, () =>
    expectNone(
      'it does not',
      said.flatMap(({ envoy }) => envoy),
    ),
  );
  await report.check(`the trace says of ${count} calls in ${asked.length} meshes what Istio's tests expect`, () =>
    expectNone(
      'it does not',
      said.flatMap(({ trace }) => trace),
    ),
  );
}
