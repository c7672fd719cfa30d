import { outcomesOf } from '../../src/trace/batch';
import type { RealContext } from './lane';
import { expectNone, type Report } from './report';
import { DEAD, timedCase } from './timing/cases';
import { COUNTER, limitedCases } from './timing/limits';
import { predicted, type Seen } from './timing/predict';
import { startRatelimitService } from './timing/ratelimit-service';
import { sharedCase, sharesSeen } from './timing/shares';
import { asked } from './trace/compare';

export const name = 'timing';

/** Few, as they are waited for. */
const REQUESTS = 120;

/** Envoy's clock and ours are not the same. */
const EARLY_MS = 20;

/** Timeouts, retries, delays and copies are seen to happen as the trace says. */
export async function run(context: RealContext, report: Report): Promise<void> {
  const { oracle, seed } = context;
  const c = timedCase(seed, REQUESTS);
  const timed = { ...asked(c), unreachable: [DEAD] };
  const [answer] = await oracle.ask([timed]);
  const { outcomes } = outcomesOf(timed);
  const kinds = new Map<string, number>();
  await report.check(`${REQUESTS} requests are tried, waited for and copied as the trace says`, () => {
    if (!answer?.expected || answer.invalid) throw new Error(`no answer: ${answer?.error ?? answer?.invalid}`);
    const wrong = answer.expected.flatMap((real, i) => {
      const outcome = outcomes[i]!;
      const { upstream } = c.requests[i]!;
      const isUnreachable = outcome.destinations?.[0]?.cluster.endsWith(DEAD) === true;
      const said = predicted(outcome, upstream!, isUnreachable);
      const kind = `${said.status}, ${said.attempts > 1 ? 'again' : 'once'}`;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      const differing = differences(said, real);
      if (differing.length === 0) return [];
      const { timeoutMs, retry, fault } = outcome;
      return [`${JSON.stringify({ upstream, isUnreachable, timeoutMs, retry, fault })}\n  ${differing.join(', ')}`];
    });
    expectNone(`${wrong.length} are not`, wrong);
  });
  report.progress(
    [...kinds]
      .map(([kind, n]) => `${n} ${kind}`)
      .sort()
      .join('; '),
  );
  await shares(context, report);
  await limits(context, report);
}

/** Faults, delays and copies of a share of the requests alone are counted. */
async function shares({ oracle }: RealContext, report: Report): Promise<void> {
  const c = sharedCase();
  const [answer] = await oracle.ask([asked(c)]);
  const { outcomes } = outcomesOf(asked(c));
  await report.check('shares of requests are aborted, delayed and copied as the trace says', () => {
    if (!answer?.expected || answer.invalid) throw new Error(`no answer: ${answer?.error ?? answer?.invalid}`);
    const { wrong, seen } = sharesSeen(c, outcomes, answer.expected);
    report.progress(seen.join('; '));
    expectNone('other shares are', wrong);
  });
}

/** Envoy, with istiod's config, answers 429 to what is beyond the limits of constructs, and to nothing else. */
async function limits({ oracle, components }: RealContext, report: Report): Promise<void> {
  for (const c of limitedCases())
    await report.check(`rate limits: ${c.id}`, async () => {
      const counter = c.counts && (await startRatelimitService(components, c.counts));
      try {
        const [answer] = await oracle.ask([{ ...c, ...(counter ? { served: { [COUNTER]: counter.port } } : {}) }]);
        if (!answer?.expected || answer.invalid) throw new Error(`no answer: ${answer?.error ?? answer?.invalid}`);
        const left = answer.expected.map((e) => e.status);
        const wrong = c.groups.flatMap(({ what, times, through }) => {
          const got = left.splice(0, times).sort();
          const said = got.map((_, i) => (i < through ? 200 : 429));
          return got.join() === said.join() ? [] : [`${what}: ${got.join(' ')}, and ${said.join(' ')} is said`];
        });
        expectNone('otherwise', wrong);
      } finally {
        await counter?.close();
      }
    });
}

/** Where a prediction did not come true. */
function differences(
  said: Seen,
  real: { status?: unknown; flags?: string; timing?: { attempts: number; came: number; ms: number } },
): string[] {
  const { attempts = 0, came = 0, ms = 0 } = real.timing ?? {};
  const flags = (real.flags ?? '').split(',').filter((flag) => ['UT', 'DI'].includes(flag));
  return [
    ...(real.status === said.status ? [] : [`status ${real.status}, and ${said.status} is said`]),
    ...(attempts === said.attempts ? [] : [`${attempts} attempts, and ${said.attempts} are said`]),
    ...(came === said.came ? [] : [`it came ${came} times, and ${said.came} are said`]),
    ...(ms >= said.afterMs - EARLY_MS && ms < said.beforeMs
      ? []
      : [`it took ${ms} ms, and ${said.afterMs} to ${said.beforeMs} are said`]),
    ...(flags.sort().join() === [...said.flags].sort().join() ? [] : [`flags ${real.flags}, and ${said.flags.join()} are said`]),
  ];
}
