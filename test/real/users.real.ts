import { Yaml } from 'cdk8s';
import { check } from '../../src/check/check';
import { parseManifests } from '../../src/manifests/parse';
import { expectAccepted, expectValid } from './judge';
import type { RealContext } from './lane';
import { randomPolicies } from './random-policies';
import { expectNone, type Report } from './report';
import { asked, disagreements } from './trace/compare';
import { disagreementText } from './trace/words';
import type { RandomCase } from './trace/world';

export const name = 'users';

const APPS = 40;
const REQUESTS = 40;

/** What random policies about users mean is what Envoy does with real tokens and identities of mutual TLS, and what the trace says. */
export async function run({ oracle, apiserver, istio, seed, count = APPS }: RealContext, report: Report): Promise<void> {
  const apps = Array.from({ length: count }, (_, i) => randomPolicies(seed * 1000 + i, REQUESTS));
  const yaml = apps.map((a) => ({ id: a.id, yaml: Yaml.stringify(...a.objects) }));
  await report.check(`${count} random apps are accepted by the API server and valid to istiod`, async () => {
    for (const verdicts of await istio.validate(yaml)) expectValid(verdicts);
    for (const { objects } of apps) {
      expectAccepted(await apiserver.apply(objects as never));
      await apiserver.reset();
    }
  });
  await report.check(`${count} random apps have no errors of mesh check`, () =>
    expectNone(
      'found',
      yaml.flatMap((y) =>
        check(parseManifests(y.yaml, y.id), { severity: 'error' }).diagnostics.map((d) => `${y.id}: ${d.rule}: ${d.message}`),
      ),
    ),
  );
  const cases = apps.flatMap((a) =>
    a.at.map(
      ({ client, asked: questions }): RandomCase => ({
        id: `${a.id}-${client.kind}`,
        objects: a.objects,
        meshConfig: {},
        client,
        requests: questions.map((q) => q.request),
      }),
    ),
  );
  const meant = apps.flatMap((a) => a.at.map((where) => where.asked.map((q) => q.status)));
  const answers = await oracle.ask(cases.map(asked));
  for (const kind of ['sidecar', 'gateway']) {
    const mine = cases.flatMap((c, i) => (c.client.kind === kind ? [i] : []));
    const seen = new Map<number, number>();
    const wrong = mine.flatMap((i) => {
      const { expected, error } = answers[i]!;
      if (!expected) return [`${cases[i]!.id}: ${error ?? 'no answer'}`];
      return expected.flatMap(({ status }, n) => {
        seen.set(Number(status), (seen.get(Number(status)) ?? 0) + 1);
        const be = meant[i]![n]!;
        return status === be ? [] : [`${cases[i]!.id}: ${JSON.stringify(cases[i]!.requests[n])}: ${status}, and ${be} is meant`];
      });
    });
    const counts = [...seen].sort(([a], [b]) => a - b).map(([status, n]) => `${n} of ${status}`);
    await report.check(
      `a ${kind}'s Envoy does with ${mine.length * REQUESTS} requests what is meant (${counts.join(', ')})`,
      () => expectNone('differing', wrong),
    );
    await report.check(`some of the requests to a ${kind} are let in, some refused, some have bad tokens`, () =>
      expectNone(
        'too rare',
        [200, 401, 403].filter((status) => (seen.get(status) ?? 0) < mine.length).map((status) => `${status}`),
      ),
    );
    await report.check(`the trace says of the requests to a ${kind} what Envoy does`, () =>
      expectNone(
        'differing',
        mine.flatMap((i) => disagreements(cases[i]!, answers[i]!).map((d) => disagreementText(cases[i]!.id, d))),
      ),
    );
  }
}
