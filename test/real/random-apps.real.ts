import { Yaml } from 'cdk8s';
import { check } from '../../src/check/check';
import { parseManifests } from '../../src/manifests/parse';
import { difference } from './expected-answer';
import { asInjected, INJECTOR } from './injector';
import { expectAccepted, expectNoFindings, expectValid } from './judge';
import type { RealContext } from './lane';
import { podsForMachines, registered } from './machines';
import type { OracleAnswer, OracleCase } from './oracle';
import { CONSTRUCTS, type Question, type RandomApp, randomApp } from './random-app';
import { withToken } from './random-users';
import { releaseStates } from './release-states';
import { expectNone, type Report } from './report';
import { asked, disagreements } from './trace/compare';
import { disagreementText } from './trace/words';
import type { RandomCase } from './trace/world';

export const name = 'random-apps';

const APPS = 200;
const QUESTIONS = 10;
/** What some of the apps really have: a page that nobody may call, a caller's timeout as short as one try of the service's retries. */
const MEANT = new Set(['authorization-nobody-left', 'retries-outlast-timeout']);
/** Faults and environments of the apps end one day. */
const BEFORE_ALL_ENDS = new Date('2026-11-21');
/** So many apps are looked at in the middle of their releases, up to so many steps. */
const [RELEASED, STEPS] = [40, 6];
/** How often each construct, and each pair of two, has to occur: fewer prove nothing about them. */
const ENOUGH = 20;

export async function run(context: RealContext, report: Report): Promise<void> {
  const count = context.count ?? APPS;
  const apps = Array.from({ length: count }, (_, i) => randomApp(context.seed * 100_000 + i, QUESTIONS));
  const cases = apps.map((a) => ({ id: a.id, yaml: Yaml.stringify(...a.objects) }));

  if (count >= APPS)
    await report.check(`each construct and each pair of two occurs at least ${ENOUGH} times`, () =>
      expectNone('too rare', rare(apps)),
    );

  // what is in every cluster, and tells the analyzers which pods get a proxy
  const analyses = await context.istio.analyze(
    apps.map((a) => ({
      id: a.id,
      yaml: `${Yaml.stringify(...a.objects.map(running))}---\n${Yaml.stringify(INJECTOR, ...podsForMachines(a.objects))}`,
    })),
  );
  const verdicts = await context.istio.validate(cases);
  const wrong = { server: [] as string[], analyzers: [] as string[], webhook: [] as string[], own: [] as string[] };
  const attempt = (list: string[], app: RandomApp, test: () => void) => {
    try {
      test();
    } catch (e) {
      list.push(`seed of ${app.id}: ${(e as Error).message}`);
    }
  };
  for (const [i, app] of apps.entries()) {
    const applied = await context.apiserver.apply(app.objects as never);
    attempt(wrong.server, app, () => expectAccepted(applied));
    attempt(wrong.analyzers, app, () => expectNoFindings(analyses[i]!, regexTwins(app.objects)));
    attempt(wrong.webhook, app, () => expectValid(verdicts[i]!));
    const { diagnostics } = check(parseManifests(cases[i]!.yaml, app.id), { severity: 'warning', now: BEFORE_ALL_ENDS });
    for (const d of diagnostics) if (!MEANT.has(d.rule)) wrong.own.push(`seed of ${app.id}: ${d.rule}: ${d.message}`);
    if ((i + 1) % 25 === 0) {
      report.progress(`${i + 1} of ${count} apps put to the API server`);
      await context.apiserver.reset();
    }
  }
  await context.apiserver.reset();
  await report.check(`${count} random apps are accepted by the API server`, () => expectNone('refused', wrong.server));
  await report.check(`${count} random apps have no findings of istioctl's analyzers`, () => expectNone('found', wrong.analyzers));
  await report.check(`${count} random apps are valid to istiod`, () => expectNone('refused', wrong.webhook));
  await report.check(`${count} random apps have no findings of mesh check`, () => expectNone('found', wrong.own));

  const questioned = apps.flatMap((app) => byClient(app, registered(releaseStates(app.objects)[0]!.objects).map(asInjected)));
  const answers = await context.oracle.ask(
    questioned.map((a) => a.case),
    { onProgress: (done, of) => report.progress(`${done} of ${of} meshes answered by Envoy`) },
  );
  const differing: string[] = [];
  const actions = new Map<string, number>();
  for (const [i, { case: c, questions }] of questioned.entries()) {
    const got = await answered(answers[i], c, context);
    if (!got?.expected) {
      differing.push(`${c.id}: ${got?.error ?? 'no answer'}`);
      continue;
    }
    for (const { action } of got.expected) actions.set(action, (actions.get(action) ?? 0) + 1);
    const differs = ({ expected = [] }: OracleAnswer) =>
      questions.flatMap((q, j) => {
        const text = difference(q, expected[j]);
        return text ? [`${c.id}, ${q.client.kind}: ${JSON.stringify(q.request)}\n  ${text}`] : [];
      });
    const found = differs(got);
    // on a busy machine a timeout of a second passes before an answer: what is no more, asked again, is no difference
    differing.push(...(found.length > 0 ? differs((await context.oracle.ask([c]))[0] ?? got) : []));
  }
  const total = count * QUESTIONS;
  await report.check(
    `Envoy decides ${total} requests as the ladder does (${[...actions].map(([a, n]) => `${n} ${a}`).join(', ')})`,
    () => expectNone('differing', differing),
  );
  await steps(apps.slice(0, RELEASED), context, report);
  if (count >= APPS) {
    await report.check('the requests were of every sort', () =>
      expectNone(
        'never happened',
        ['route', 'redirect', 'directResponse', 'noRoute', 'l4'].filter((a) => !actions.has(a)),
      ),
    );
  }
}

/** At each step of a release of a service with two HTTP ports: requests to both, as the trace decides them. */
async function steps(apps: readonly RandomApp[], { oracle }: RealContext, report: Report): Promise<void> {
  const cases = apps.flatMap((app): RandomCase[] => {
    const service: any = app.objects.find((o: any) => o.kind === 'Service' && o.metadata.name === 'rolled');
    const page: any = app.objects.find((o: any) => o.kind === 'Deployment' && o.metadata.name === 'page-v1');
    if (!service || service.spec.ports.length < 2) return [];
    const { name, namespace } = page.metadata;
    const { labels } = page.spec.template.metadata;
    const requests = (service.spec.ports as any[]).flatMap(({ port }) =>
      ['/', '/api'].flatMap((path) =>
        [{}, { 'x-tester': '1' }].map((headers) => ({ port, path, host: `rolled.${service.metadata.namespace}`, headers })),
      ),
    );
    return releaseStates(app.objects)
      .filter((state) => state.id.startsWith('-rolled-'))
      .slice(0, STEPS)
      .map((state) => ({
        id: `${app.id}${state.id}`,
        objects: registered(state.objects),
        meshConfig: {},
        client: { kind: 'sidecar', name, namespace, labels },
        requests,
      }));
  });
  const answers = await oracle.ask(cases.map(asked));
  const shares = new Set<string>();
  const differing = cases.flatMap((c, i) => {
    const { expected, error } = answers[i]!;
    if (!expected) return [`${c.id}: ${error ?? 'no answer'}`];
    // that the weights of both ports move is seen on the first request to each
    for (const { destinations = [] } of [expected[0]!, expected[4]!]) shares.add(destinations.map((d) => d.weight).join(':'));
    return disagreements(c, answers[i]!).map((d) => disagreementText(c.id, d));
  });
  await report.check(
    `Envoy decides at ${cases.length} steps of releases of two HTTP ports as the trace does (${[...shares].join(', ')})`,
    () => expectNone('differing', differing),
  );
}

/** Constructs and pairs that occur too rarely. */
function rare(apps: readonly RandomApp[]): string[] {
  const counts = new Map<string, number>();
  for (const [i, a] of CONSTRUCTS.entries())
    for (const b of CONSTRUCTS.slice(i))
      counts.set(a === b ? a : `${a} with ${b}`, apps.filter((x) => x.used.includes(a) && x.used.includes(b)).length);
  return [...counts].filter(([, n]) => n < ENOUGH).map(([what, n]) => `${what}: ${n}`);
}

/** One case for each proxy that an app's questions are about. */
function byClient(app: RandomApp, objects: readonly any[]): { case: OracleCase; questions: Question[] }[] {
  const mesh = Yaml.stringify(...objects);
  const groups = new Map<string, Question[]>();
  for (const q of app.questions) {
    const key = JSON.stringify(q.client);
    groups.set(key, [...(groups.get(key) ?? []), q]);
  }
  return [...groups.values()].map((questions, i) => ({
    questions,
    case: {
      id: `${app.id}-${i}`,
      mesh,
      client: questions[0]!.client,
      requests: questions.map(({ host, request: r, hello, pod }) => ({
        ...(pod ? { dest: addressOf(objects, pod) } : {}),
        ...(hello ? { tls: true, ...hello } : {}),
        port: r.port,
        method: r.method,
        path: r.path + (r.query.debug === undefined ? '' : `?debug=${r.query.debug}`),
        host,
        headers: withToken(r.headers),
      })),
    },
  }));
}

/** The address that the oracle gives to the pod of a workload: it counts Deployments. */
function addressOf(objects: readonly any[], { namespace, name }: NonNullable<Question['pod']>): string {
  const deployments = objects.filter((o) => o.kind === 'Deployment');
  const n = deployments.findIndex((o) => o.metadata.name === name && o.metadata.namespace === namespace) + 1;
  return `10.244.${Math.floor(n / 250)}.${(n % 250) + 1}`;
}

/** A CronJob while one of its runs is there: istioctl looks at pods. */
const running = (o: any): any => (o.kind === 'CronJob' ? { ...o, kind: 'Job', spec: o.spec.jobTemplate.spec } : o);

/** On a busy machine Envoy may say nothing within its time: such a mesh is asked once more. */
async function answered(first: OracleAnswer | undefined, c: OracleCase, { oracle }: RealContext) {
  const silent = first?.expected?.some((e) => e.action === 'error') ?? true;
  return silent ? (await oracle.ask([c]))[0] : first;
}

/**
 * What istioctl says by mistake: of header values it compares exact ones and prefixes alone, so that two regexes of one header are
 * the same to it. Source: pkg/config/validation/validation.go, genMatchHTTPRoutes and coveredValidation.
 */
const regexTwins = (objects: readonly any[]): ReadonlySet<string> =>
  new Set(
    objects
      .filter((o) => o.kind === 'VirtualService')
      .filter(({ spec }) =>
        (spec.http ?? []).some((rule: any) =>
          (rule.match ?? []).some((m: any) => Object.values<any>(m.headers ?? {}).some((value) => value.regex !== undefined)),
        ),
      )
      .map(({ metadata }) => `IST0131 VirtualService ${metadata.namespace}/${metadata.name}`),
  );
