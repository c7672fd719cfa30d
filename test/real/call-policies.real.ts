import { App, Chart, Yaml } from 'cdk8s';
import { HeaderRoutedDevEnv, LoadBalancer, MeshService, Port } from '../../src';
import type { RealContext } from './lane';
import type { OracleAnswer } from './oracle';
import { expectNone, type Report } from './report';

export const name = 'call-policies';

const image = { image: 'x:1' };
const [random, leastRequest] = [LoadBalancer.random, LoadBalancer.leastRequest];
const callers = { page: { app: 'page', version: 'v1' }, other: { app: 'other', version: 'v1' } };
type Who = { readonly app: keyof typeof callers; readonly namespace: string; readonly fork?: boolean };

/** Policies at every level of a service in `near`, with callers in both namespaces. */
function mesh(): string {
  const app = new App();
  const [near, far] = [new Chart(app, 'near', { namespace: 'near' }), new Chart(app, 'far', { namespace: 'far' })];
  const port = Port.http(80);
  const caller = (c: Chart, id: string) => new MeshService(c, id, { port, versions: { v1: image } });
  const [page, farPage] = [caller(near, 'Page'), caller(far, 'Page')];
  for (const c of [near, far]) caller(c, 'Other');
  const policy = { circuitBreaker: { maxConnections: 7 } };
  const versions = { v1: { ...image, callPolicy: { ...policy, loadBalancer: random } }, v2: image };
  const two = new MeshService(near, 'Two', {
    port,
    versions,
    defaultVersion: 'v1',
    callPolicy: { retryBudget: { percent: 10 } },
  });
  for (const p of [page, farPage]) two.callPolicyFrom(p, { loadBalancer: leastRequest, timeout: '4s' });
  const one = new MeshService(near, 'One', { port, versions: { v1: { ...image, callPolicy: policy } } });
  new HeaderRoutedDevEnv(near, 'Dev1', { name: 'dev1', header: 'x-dev', forks: [one.fork()] });
  one.portPolicy(port, { loadBalancer: random, timeout: '2s' }).callPolicyFrom(page, { loadBalancer: leastRequest });
  app.synthYaml();
  return Yaml.stringify(...app.charts.flatMap((c) => c.toJson()));
}

/** What reaches the caller's proxy: `lb maxConnections retryBudget timeoutMs` of the cluster that the request goes to. */
function reached(answer: OracleAnswer | undefined): string {
  const [cluster] = Object.values((answer?.clusters ?? {}) as Record<string, any>);
  const { max_connections: connections, retry_budget: budget } = cluster?.circuitBreaker ?? {};
  const timeout = (answer?.expected?.[0] as any)?.timeoutMs;
  return [cluster?.lb, connections, budget?.budget_percent.value ?? '-', timeout].join(' ');
}

const EXPECTED: readonly [service: string, who: Who, says: string][] = [
  ['two', { app: 'page', namespace: 'near' }, 'LEAST_REQUEST 7 10 4000'],
  ['two', { app: 'page', namespace: 'far' }, 'LEAST_REQUEST 7 10 4000'],
  ['two', { app: 'other', namespace: 'near' }, 'RANDOM 7 10 0'],
  ['two', { app: 'other', namespace: 'far' }, 'RANDOM 7 10 0'],
  ['one', { app: 'page', namespace: 'near' }, 'LEAST_REQUEST 7 - 2000'],
  ['one', { app: 'other', namespace: 'near' }, 'RANDOM 7 - 2000'],
  ['one', { app: 'page', namespace: 'far' }, 'RANDOM 7 - 2000'],
  ['one', { app: 'page', namespace: 'near', fork: true }, 'LEAST_REQUEST 7 - 2000'],
  ['one', { app: 'other', namespace: 'near', fork: true }, 'RANDOM 7 - 2000'],
];

export async function run({ oracle, istio }: RealContext, report: Report): Promise<void> {
  const yaml = mesh();
  const cases = EXPECTED.map(([service, { app, namespace, fork }], i) => ({
    id: `call-policies-${i}`,
    mesh: yaml,
    client: { kind: 'sidecar' as const, namespace, labels: callers[app], name: app },
    requests: [
      {
        port: 80,
        path: '/',
        host: `${service}.near.svc.cluster.local`,
        headers: (fork ? { 'x-dev': 'dev1' } : {}) as Record<string, string>,
      },
    ],
  }));
  const answers = await oracle.ask(cases);
  for (const [i, [service, { app, namespace, fork }, says]] of EXPECTED.entries())
    await report.check(`what ${app} of ${namespace} is told about ${fork ? 'the fork of ' : ''}${service}`, () =>
      expectNone('it is', reached(answers[i]) === says ? [] : [`${reached(answers[i])}, not ${says}`]),
    );
  await report.check('the objects are valid to istiod', async () => {
    const [verdicts] = await istio.validate([{ id: name, yaml }]);
    expectNone(
      'refused',
      (verdicts ?? []).flatMap((v) => v.errors),
    );
  });
}
