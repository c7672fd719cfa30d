import { pool } from '../pool';
import { freePorts } from '../ports';
import { answerOf, clustersOf, identityOf, matched, type Sent } from './answer';
import { bootstrap, clustersOf as envoyClusters, listenerOf } from './bootstrap';
import type { Certificates } from './certificates';
import { Envoy } from './envoy';
import { type Job, planBatch } from './plan';
import { send } from './requests';
import type { Answer, OracleCase } from './types';
import type { Xds } from './xds';

/** What a batch is answered with. */
export interface Bench {
  /** Envoy's binary. */
  readonly envoy: string;
  readonly certificates: Certificates;
  /** The port of the echo. */
  readonly echo: number;
}

const WIDTH = 16;
const SERVER = 'cluster.local/ns/server/sa/server';

/** Answers the requests of some cases with one Envoy. A case that istiod has no configuration for has no answers. */
export async function answerBatch(
  cases: readonly OracleCase[],
  xds: readonly Xds[],
  bench: Bench,
  folder: string,
): Promise<(Answer[] | undefined)[]> {
  const { served, jobs, settled } = planBatch(cases, xds);
  const answers = new Map<string, Answer>(settled);
  if (jobs.length > 0) {
    const [adminPort = 0, ...free] = await freePorts(served.size + 1);
    const ports = new Map([...served.keys()].map((key, i) => [key, free[i] as number]));
    const tls = { ...(await bench.certificates.workload(SERVER)), authority: await bench.certificates.authority() };
    const log = Envoy.accessLog(folder);
    const listeners = [...served.values()].map((each) => listenerOf(each, ports.get(each.key) as number, tls, log));
    const clusters = xds.flatMap((config, i) => (config.error ? [] : envoyClusters(config, `c${i}`, bench.echo)));
    const envoy = await Envoy.start(bench.envoy, folder, bootstrap(adminPort, listeners, clusters), adminPort);
    try {
      for (const [id, answer] of await ask(envoy, jobs, ports, bench.certificates)) answers.set(id, answer);
    } finally {
      await envoy.stop();
    }
  }
  return cases.map((each, c) => (xds[c]?.error ? undefined : each.requests.map((_, r) => answers.get(`${c}.${r}`) as Answer)));
}

/** One sending of a request: the first, or that to one of its weighted destinations. */
interface Sending {
  readonly job: Job;
  readonly id: string;
  readonly weightAt: number;
  /** The destination's place in the route. */
  readonly place: number;
}

async function ask(
  envoy: Envoy,
  jobs: readonly Job[],
  ports: ReadonlyMap<string, number>,
  certificates: Certificates,
): Promise<Map<string, Answer>> {
  const sendAll = async (sendings: readonly Sending[]): Promise<Sent[]> => {
    const responses = await pool(WIDTH, sendings, async ({ job, id, weightAt }) => {
      const principal = identityOf(job.request);
      const identity = principal === undefined ? undefined : await certificates.workload(principal);
      const { tls, key } = job.served;
      return send(job.request, { port: ports.get(key) as number, id, weightAt, tls, sni: job.sni, identity });
    });
    const answered = sendings.filter(({ job }, i) => job.served.hcm && typeof responses[i] !== 'string').map(({ id }) => id);
    const logs = await envoy.logged(answered);
    return sendings.map(({ id }, i) => ({ response: responses[i] as Sent['response'], log: logs.get(id) }));
  };
  const first = await sendAll(jobs.map((job) => ({ job, id: job.id, weightAt: 0, place: 0 })));
  const probes = jobs.flatMap((job, i) => weightProbes(job, first[i] as Sent));
  const probed = await sendAll(probes);
  const others = new Map<string, Map<number, Sent>>();
  probes.forEach(({ job, place }, i) => {
    const places = others.get(job.id) ?? new Map<number, Sent>();
    others.set(job.id, places.set(place, probed[i] as Sent));
  });
  return new Map(
    jobs.map((job, i) => [
      job.id,
      job.letIn
        ? connectionAnswer(job.letIn, first[i] as Sent)
        : answerOf(job, first[i] as Sent, others.get(job.id) ?? new Map()),
    ]),
  );
}

/** TLS that nobody ends comes to the echo, which speaks none: that too is let in. */
const NOT_CLOSED = new Set(['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG']);

function connectionAnswer(letIn: Answer, { response }: Sent): Answer {
  if (typeof response !== 'string' || NOT_CLOSED.has(response)) return letIn;
  return { action: 'noFilterChain', ...(letIn.listener ? { listener: letIn.listener } : {}) };
}

/** A weighted route is asked once for each destination, each time with the random number that chooses it. */
function weightProbes(job: Job, sent: Sent): Sending[] {
  const action = matched(job, sent.log)?.route?.route;
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
