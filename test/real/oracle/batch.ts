import { pool } from '../pool';
import { freePorts } from '../ports';
import { answerOf, clustersOf, matched, type Sent } from './answer';
import { chainOf, connectionAnswer } from './arrival';
import { bootstrap, clustersOf as envoyClusters, listenerOf } from './bootstrap';
import type { Certificates } from './certificates';
import type { EchoServer } from './echo';
import { Envoy, Refused } from './envoy';
import { addressOf } from './listeners';
import { type Job, type Plan, planBatch, type Served, withoutListener } from './plan';
import { send } from './requests';
import type { Answer, OracleCase } from './types';
import type { Xds } from './xds';

/** What a batch is answered with. */
export interface Bench {
  /** Envoy's binary. */
  readonly envoy: string;
  readonly certificates: Certificates;
  readonly echo: EchoServer;
}

/** Cases, and what istiod says of them. */
interface Batch {
  readonly cases: readonly OracleCase[];
  readonly xds: readonly Xds[];
  readonly bench: Bench;
}

const WIDTH = 16;
const SERVER = 'cluster.local/ns/server/sa/server';
/** The first port that a client says it has. */
const FIRST_CLIENT = 10_000;

/** Answers the requests of some cases with one Envoy. A case that istiod has no configuration for has no answers. */
export async function answerBatch(
  cases: readonly OracleCase[],
  xds: readonly Xds[],
  bench: Bench,
  folder: string,
): Promise<(Answer[] | undefined)[]> {
  const plan = planBatch(cases, xds);
  const answers = new Map<string, Answer>(plan.settled);
  if (plan.jobs.length > 0)
    for (const [id, answer] of await answered(plan, { cases, xds, bench }, folder)) answers.set(id, answer);
  return cases.map((each, c) => (xds[c]?.error ? undefined : each.requests.map((_, r) => answers.get(`${c}.${r}`) as Answer)));
}

async function answered(plan: Plan, batch: Batch, folder: string): Promise<ReadonlyMap<string, Answer>> {
  try {
    return await attempt(plan, batch, folder);
  } catch (error) {
    if (!(error instanceof RefusedListener)) throw error;
    const left = withoutListener(plan, error.served, error.message);
    return new Map([...left.settled, ...(await answered(left, batch, `${folder}+`))]);
  }
}

async function attempt(plan: Plan, batch: Batch, folder: string): Promise<ReadonlyMap<string, Answer>> {
  const asking = (envoy: Running) => ask(plan, envoy, batch.bench);
  try {
    return await withEnvoy(plan, batch, folder, undefined, asking);
  } catch (error) {
    if (error instanceof RefusedListener || !(error instanceof Refused) || batch.cases.length > 1) throw error;
  }
  // routes that nobody asks for may be what Envoy does not like
  const first = (envoy: Running) => sendAll(envoy, batch.bench.certificates, plan.jobs.map(firstOf));
  const sent = await withEnvoy(plan, batch, `${folder}-chains`, new Set(), first);
  const reached = new Set(sent.flatMap(({ connection }) => connection?.chain ?? []));
  return withEnvoy(plan, batch, `${folder}-reached`, reached, asking);
}

/** A listener that Envoy does not like. */
class RefusedListener extends Error {
  constructor(
    readonly served: Served,
    reason: string,
  ) {
    super(reason);
  }
}

/** The listener of Envoy's words about why it does not start. */
function refusedListener(
  error: unknown,
  { served }: Pick<Plan, 'served'>,
  doors: ReadonlyMap<string, number>,
): RefusedListener | undefined {
  if (!(error instanceof Refused)) return undefined;
  const said =
    /error adding listener '([^']*):(\d+)'.*?(multiple filter chains with overlapping matching rules|has the same matching rules)/.exec(
      error.message,
    );
  const found = served.find(({ key, port, listener }) =>
    doors.has(key) ? doors.get(key) === Number(said?.[2]) : port === Number(said?.[2]) && addressOf(listener) === said?.[1],
  );
  return found && new RefusedListener(found, 'multiple filter chains with overlapping matching rules are defined');
}

/** An Envoy that serves a plan. */
interface Running {
  readonly envoy: Envoy;
  /** Where clients connect to, by the listener's key. */
  readonly doors: ReadonlyMap<string, number>;
}

async function withEnvoy<T>(
  { served }: Plan,
  { cases, xds, bench }: Batch,
  folder: string,
  only: ReadonlySet<string> | undefined,
  work: (running: Running) => Promise<T>,
): Promise<T> {
  bench.echo.came.clear();
  const bound = served.filter((each) => each.bound);
  const [adminPort = 0, ...free] = await freePorts(bound.length + 1);
  const doors = new Map(bound.map(({ key }, i) => [key, free[i] as number]));
  const tls = { ...(await bench.certificates.workload(SERVER)), authority: await bench.certificates.authority() };
  const accessLog = Envoy.accessLog(folder);
  const listeners = served.map((each) => listenerOf(each, { port: doors.get(each.key), tls, accessLog, only }));
  const clusters = xds.flatMap((config, i) => (config.error ? [] : envoyClusters(config, `c${i}`, bench.echo.port, cases[i])));
  const config = bootstrap(adminPort, listeners, clusters);
  const envoy = await Envoy.start(bench.envoy, folder, config, adminPort).catch((error: unknown) => {
    throw refusedListener(error, { served }, doors) ?? error;
  });
  try {
    return await work({ envoy, doors });
  } finally {
    await envoy.stop();
  }
}

/** One sending of a request: the first, or that to one of its weighted destinations. */
interface Sending {
  readonly job: Job;
  readonly id: string;
  readonly weightAt: number;
  /** The destination's place in the route. */
  readonly place: number;
}

const firstOf = (job: Job): Sending => ({ job, id: job.id, weightAt: 0, place: 0 });

async function sendAll(
  { envoy, doors }: Running,
  certificates: Certificates,
  sendings: readonly Sending[],
  from = FIRST_CLIENT,
): Promise<Sent[]> {
  const responses = await pool(WIDTH, sendings, async ({ job, id, weightAt }, i) => {
    const { request, door, to, tls, speaks, sni, alpn, principal } = job;
    const identity = principal === undefined ? undefined : await certificates.workload(principal);
    return send(request, { port: doors.get(door) as number, to, from: from + i, id, weightAt, tls, speaks, sni, alpn, identity });
  });
  const { requests, connections } = await envoy.logged(sendings.map((_, i) => from + i));
  return sendings.map(({ id }, i) => ({
    response: responses[i] as Sent['response'],
    log: requests.get(id),
    connection: connections.get(from + i),
  }));
}

async function ask(plan: Plan, running: Running, { certificates, echo }: Bench): Promise<Map<string, Answer>> {
  const first = await sendAll(running, certificates, plan.jobs.map(firstOf));
  const probes = plan.jobs.flatMap((job, i) => weightProbes(plan, job, first[i] as Sent));
  const probed = await sendAll(running, certificates, probes, FIRST_CLIENT + first.length);
  const others = new Map<string, Map<number, Sent>>();
  probes.forEach(({ job, place }, i) => {
    const places = others.get(job.id) ?? new Map<number, Sent>();
    others.set(job.id, places.set(place, probed[i] as Sent));
  });
  return new Map(
    plan.jobs.map((job, i) => {
      const sent = first[i] as Sent;
      const chain = chainOf(plan, sent.connection);
      const settled = connectionAnswer(job, plan, sent);
      const answer = settled ?? answerOf(job, chain!, sent, others.get(job.id) ?? new Map());
      return [job.id, job.request.upstream ? { ...answer, timing: timingOf(job, sent, echo) } : answer];
    }),
  );
}

function timingOf({ id }: Job, { response, log }: Sent, echo: EchoServer): NonNullable<Answer['timing']> {
  const ms = typeof response === 'string' ? 0 : Math.round(response.ms);
  return { attempts: log?.attempts ?? 0, came: echo.came.get(id) ?? 0, ms };
}

/** A weighted route is asked once for each destination, each time with the random number that chooses it. */
function weightProbes(plan: Plan, job: Job, sent: Sent): Sending[] {
  const action = matched(chainOf(plan, sent.connection), sent.log)?.route?.route;
  if (!action?.weighted_clusters) return [];
  let weightAt = 0;
  return clustersOf(action)
    .map(({ weight }, place) => {
      const probe = { job, id: `${job.id}.${place}`, weightAt, place, weight };
      weightAt += weight;
      return probe;
    })
    .filter(({ weight }) => weight > 0);
}
