import { type Chart, Size } from 'cdk8s';
import { FaultInjection, HeadlessGrpcService, header, MeshJob, type MeshService, Port, StatefulService } from '../../src';
import type { Ask, Question } from './random-app';

interface Around {
  /** Where they live. */
  readonly chart: Chart;
  /** Who calls them. */
  readonly page: MeshService<any, any>;
  /** Called by jobs, too. */
  readonly ratings: MeshService<any, any>;
  /** The pods that questions are asked from. */
  readonly caller: Question['client'];
  /** Draws of their own, so that the rest of an app is the same with and without them. */
  readonly next: () => number;
  readonly use: (name: 'StatefulService' | 'HeadlessGrpcService' | 'MeshJob') => void;
}

/** A database with pods by name, a gRPC service whose clients may balance by themselves, and a job that calls all of it. */
export function randomWorkloads({ chart, page, ratings, caller, next, use }: Around): readonly Ask[] {
  const maybe = (p: number) => next() < p;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const asks: Ask[] = [];
  const job = maybe(0.6)
    ? new MeshJob(chart, 'Report', {
        image: 'report:1',
        calls: [ratings],
        ...(maybe(0.5) ? { schedule: pick(['0 3 * * *', '@daily', '*/5 1-4 * * MON-FRI']), timeZone: 'Asia/Tokyo' } : {}),
        ...(maybe(0.4) ? { retries: pick([0, 3]), deadline: '10m', keepFor: '1h', restart: 'OnFailure' } : {}),
      })
    : undefined;
  if (job) use('MeshJob');
  const run: Question['client'] | undefined = job && {
    kind: 'sidecar',
    namespace: job.namespace,
    labels: { ...job.labels, 'app.kubernetes.io/name': job.name },
    name: job.name,
  };
  if (run) asks.push({ client: run, host: ratings.host, table: ratings.routes.table(), port: 9080 });
  if (maybe(0.6)) {
    use('StatefulService');
    const port = pick([Port.kafka(9093), Port.mysql(3307), Port.mongo(27018), Port.tcp(5433)]);
    const replicas = pick([1, 3]);
    const queue = new StatefulService(chart, 'Queue', {
      port,
      image: 'queue:1',
      replicas,
      calls: [],
      ...(maybe(0.6) ? { peers: [Port.tcp(7946, { name: 'tcp-peers' })] } : {}),
      ...(maybe(0.6) ? { storage: { data: { path: '/data', size: Size.gibibytes(pick([1, 10])) } } } : {}),
      ...(maybe(0.4) ? { start: 'at once' } : {}),
      ...(replicas > 1 && maybe(0.5) ? { minAvailable: 2 } : {}),
      ...(maybe(0.4) ? { callPolicy: { circuitBreaker: { maxConnections: 20 } } } : {}),
    });
    page.mayCall(queue).mayCall(queue.pods);
    const table = queue.routes.table();
    const to = (host: string) => ({ connection: { shares: { [`outbound|${port.number}||${host}`]: 100 } } });
    asks.push({ client: caller, host: queue.host, table, port: port.number, ...to(queue.host) });
    const pod = { namespace: queue.namespace, name: queue.name };
    asks.push({ client: caller, host: queue.pods.hosts[0]!, table, port: port.number, ...to(queue.pods.host), pod });
    if (job && run) {
      job.mayCall(queue.pods);
      asks.push({ client: run, host: queue.pods.host, table, port: port.number, ...to(queue.pods.host), pod });
    }
  }
  if (maybe(0.6)) {
    use('HeadlessGrpcService');
    const port = Port.grpc(50051);
    const image = { image: 'prices:1' };
    const policy = maybe(0.5) ? { callPolicy: { timeout: '4s', circuitBreaker: { maxConnections: 9 } } } : {};
    const prices = maybe(0.7)
      ? new HeadlessGrpcService(chart, 'Prices', { mode: 'client-side', port, versions: { v1: image }, calls: [], ...policy })
      : new HeadlessGrpcService(chart, 'Prices', {
          mode: 'mesh',
          port,
          versions: { v1: image, v2: image },
          defaultVersion: 'v2',
          calls: [],
          ...policy,
        });
    page.mayCall(prices);
    if (maybe(0.4))
      new FaultInjection(chart, 'PricesFault', {
        service: prices as never,
        when: header('end-user').is('alice'),
        abort: { status: 503 },
      });
    const asked = { host: prices.host, table: prices.routes.table(), port: 50051 };
    asks.push({ client: caller, ...asked });
    if (job && run) {
      job.mayCall(prices);
      asks.push({ client: run, ...asked });
    }
  }
  return asks;
}
