// How fast the trace decides, and the model is made: `npm run bench:trace`. Envoy answers the same requests beside it,
// where the real lane's components are in the cache.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { envoyAnswers } from './trace/envoy';
import { manyServices, pathOf, routesOf } from './trace/meshes';

const root = join(__dirname, '..');
const lib = (path: string) => require(join(root, 'lib', 'src', path));
const { parseManifests } = lib('manifests/parse') as typeof import('../src/manifests/parse');
const { MeshModel } = lib('model/mesh-model') as typeof import('../src/model/mesh-model');
const { findClient } = lib('trace/client') as typeof import('../src/trace/client');
const { trace } = lib('trace/flow') as typeof import('../src/trace/flow');
const { outbound } = lib('trace/outbound') as typeof import('../src/trace/outbound');
type Outcome = import('../src/trace/outcome').Outcome;

const arg = (name: string, otherwise: number) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const RUNS = arg('runs', 5);
/** Of a run: the first, which is not measured, is as long. */
const DECISIONS = 200_000;
const median = (list: readonly number[]) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]!;
const timed = (f: () => unknown) => {
  const since = performance.now();
  f();
  return performance.now() - since;
};

const verdicts: string[] = [];
const aim = (what: string, value: number, met: boolean, wanted: string) =>
  verdicts.push(`${met ? 'met   ' : 'missed'} ${what}: ${value.toFixed(2)} (aim: ${wanted})`);

const request = (i: number, routes: number) => ({
  method: 'GET',
  path: pathOf(i, routes),
  host: 'web',
  port: 80,
  headers: { 'x-user': [`u${i % 50}`] },
  tls: false,
  sni: undefined,
  alpn: ['http/1.1'],
  dialled: undefined,
});

/** A decision counts when all is there that a proxy acts upon; what was passed over, and why, is worked out for who reads it. */
function consumed(o: Outcome): number {
  const { vhost, routeIndex, config, timeoutMs, retry, mirrors, fault, destinations = [] } = o;
  let read = (routeIndex ?? Number.NaN) + (timeoutMs ?? Number.NaN) + (retry?.attempts ?? 0) + (mirrors?.length ?? 0);
  read += vhost!.length + config!.length + (fault ? 1 : 0);
  for (const { cluster, weight, method, path, host, requestHeaders, response } of destinations)
    read += cluster.length + weight + method!.length + path!.length + host!.length + (requestHeaders ? 1 : 0) + response.length;
  return o.status === 200 ? read : Number.NaN;
}

async function decisions(): Promise<void> {
  console.log('decisions a second, one core: host, route, clusters with what they get, timeout, retries, fault, mirrors, status');
  for (const routes of [10, 100, 1000]) {
    const model = new MeshModel(parseManifests(routesOf(routes), 'bench').manifests);
    const client = findClient(model, 'shop/page-v1');
    const proxy = model.proxy({ kind: 'sidecar', namespace: client.namespace, labels: client.labels, address: client.address });
    const rate = (f: (i: number) => number) => {
      const run = () => {
        let sum = 0;
        for (let i = 0; i < DECISIONS; i++) sum += f(i);
        if (Number.isNaN(sum)) throw new Error('a decision is not what it should be');
      };
      run();
      return median(Array.from({ length: RUNS }, () => (DECISIONS / timed(run)) * 1000));
    };
    const own = rate((i) => consumed(outbound(proxy, request(i, routes))));
    const whole = rate((i) => {
      const { outbound: o, endings } = trace(model, client, request(i, routes));
      return consumed(o!) + endings[0]!.share.of + endings[0]!.status!;
    });
    const envoy = await envoyAnswers(routes, RUNS);
    if (envoy !== undefined) aim(`decisions at ${routes} routes, against Envoy`, own / envoy, own / envoy >= 20, 'at least 20');
    const beside =
      envoy === undefined
        ? 'no Envoy in the cache'
        : `Envoy ${Math.round(envoy)}, the proxy's decision is ${(own / envoy).toFixed(1)} x`;
    console.log(
      `  ${String(routes).padStart(4)} routes: at the client's proxy ${Math.round(own)}, the whole way ${Math.round(whole)}; ${beside}`,
    );
  }
}

function models(): void {
  console.log('making the model, with an answer: against parsing the YAML alone');
  let before: number | undefined;
  for (const services of [100, 1_000, 10_000]) {
    const text = manyServices(services);
    const runs = services > 1_000 ? Math.min(RUNS, 3) : RUNS;
    const parse: number[] = [];
    const read: number[] = [];
    const make: number[] = [];
    for (let i = 0; i < runs; i++) {
      parse.push(timed(() => parseAllDocuments(text).map((d) => d.toJS())));
      read.push(timed(() => parseManifests(text, 'bench')));
      make.push(
        timed(() => {
          const model = new MeshModel(parseManifests(text, 'bench').manifests);
          trace(model, findClient(model, 'shop/s1-v1'), { ...request(1, 10), host: 's2' });
        }),
      );
    }
    const [p, r, m] = [median(parse), median(read), median(make)];
    aim(`model of ${services} services, against parsing by the yaml library`, m / p, m / p <= 3, 'at most 3');
    aim(`model of ${services} services, against our own reader`, m / r, m / r <= 3, 'at most 3');
    if (before !== undefined)
      aim(`growth of the model to ${services} services`, m / before, m / before <= 12.5, 'at most 12.5 for 10 x');
    const growth = before === undefined ? '' : `, growth ${(m / before).toFixed(1)} for 10 x`;
    console.log(
      `  ${String(services).padStart(6)} services, ${(text.length / 1e6).toFixed(1)} MB: parse ${Math.round(p)} ms, our reader ${Math.round(r)} ms, model ${Math.round(m)} ms${growth}, ${Math.round(process.memoryUsage().heapUsed / 1e6)} MB`,
    );
    before = m;
  }
}

function cli(): void {
  const run = (args: readonly string[]) => timed(() => spawnSync(process.execPath, args, { cwd: root }));
  const times = (args: readonly string[]) => median(Array.from({ length: RUNS }, () => run(args)));
  const empty = times(['-e', '0']);
  const first = times(['bin/mesh.js', 'trace', 'dist/bookinfo', '--from', 'productpage', '--to', 'reviews']);
  aim("the command's first answer on bookinfo, ms more than node -e 0", first - empty, first - empty <= 300, 'at most 300');
}

async function main(): Promise<void> {
  await decisions();
  if (!process.argv.includes('--decisions')) models();
  cli();
  console.log(`\n${verdicts.join('\n')}`);
}

void main();
