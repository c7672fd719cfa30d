import { App, Chart, Yaml } from 'cdk8s';
import { LoadBalancer, MeshService, Port } from '../../src';
import { type ProtocolRow, protocols } from '../docs/protocol-table';
import type { RealContext } from './lane';
import { askIstiod } from './oracle/istiod';
import type { FilterChain, Listener, Message, Xds } from './oracle/xds';
import { expectNone, type Report } from './report';

export const name = 'protocols';

/** Each row at a port number of its own, so that its listeners are told apart. */
const numbered = (row: ProtocolRow, i: number) => ({ ...row, number: 7001 + i, service: `s-${i}` });
type Row = ReturnType<typeof numbered>;
/** By protocol; the name is the row's. */
const FACTORIES: Readonly<Record<string, (n: number, o: { name: string }) => Port>> = {
  http: Port.http,
  http2: Port.http2,
  grpc: Port.grpc,
  'grpc-web': Port.grpcWeb,
  https: Port.https,
  tls: Port.tls,
  tcp: Port.tcp,
  kafka: Port.kafka,
  mongo: Port.mongo,
  mysql: Port.mysql,
  redis: Port.redis,
};

function mesh(rows: readonly Row[]): string {
  const app = new App();
  const chart = new Chart(app, 'protocols', { namespace: 'protocols' });
  for (const { port, number, service, name } of rows)
    new MeshService(chart, service, {
      port: FACTORIES[port.protocol]!(number, { name }),
      versions: { v1: { image: 'x:1' } },
      callPolicy: { loadBalancer: LoadBalancer.consistentHash.sourceIp },
    });
  app.synthYaml();
  return Yaml.stringify(...app.charts.flatMap((c) => c.toJson()));
}

/** Who looks at the connection; the same in all is left out. */
const filtersOf = (chain: FilterChain | undefined): string =>
  (chain?.filters ?? [])
    .map((f) => String(f.name).replace('envoy.filters.network.', ''))
    .filter((f) => !/metadata_exchange|stats|rbac/.test(f))
    .join();

const outboundAt = (xds: Xds, port: number): Listener[] =>
  (xds.listeners ?? []).filter((l) => !l.name.startsWith('virtual') && l.address?.socket_address?.port_value === port);

const inboundAt = (xds: Xds, port: number): FilterChain[] =>
  (xds.listeners ?? [])
    .filter((l) => l.name === 'virtualInbound')
    .flatMap((l) => l.filter_chains ?? [])
    .filter((c) => c.filter_chain_match?.destination_port === port);

/** At the client's proxy, and in each chain of the server's. */
function sentFor(row: Row, client: Xds, server: Xds): { readonly out: string[]; readonly into: string[] } {
  return {
    out: outboundAt(client, row.number).flatMap((l) => (l.filter_chains ?? []).map(filtersOf)),
    into: inboundAt(server, row.number).map(filtersOf),
  };
}

async function ask(rows: readonly Row[], { components }: RealContext): Promise<{ client: Xds; servers: Xds[] }> {
  const yaml = mesh(rows);
  const pod = (service: string) => ({
    kind: 'sidecar' as const,
    namespace: 'protocols',
    labels: { app: service, version: 'v1' },
    name: `${service}-v1`,
  });
  const [client, ...servers] = await askIstiod(
    components.oracle,
    [pod(rows[0]!.service), ...rows.map((r) => pod(r.service))].map((who, i) => ({
      id: `protocols-${i}`,
      mesh: yaml,
      client: who,
      requests: [],
    })),
  );
  return { client: client!, servers };
}

/** Where istiod's answer is not what is said of a row. */
function differences(row: Row, client: Xds, server: Xds, filters: string): string[] {
  const { out, into } = sentFor(row, client, server);
  const wrong = [...new Set([...out, ...into])].filter((f) => f !== filters);
  return [
    ...(out.length === 0 || into.length === 0 ? ['no listener'] : []),
    ...wrong.map((f) => `${row.speaks}: istiod sends "${f}", and not "${filters}"`),
  ];
}

const has = (value: unknown, text: string) => JSON.stringify(value ?? null).includes(text);

export async function run(context: RealContext, report: Report): Promise<void> {
  const rows = protocols().map(numbered);
  const { client, servers } = await ask(rows, context);
  for (const [i, row] of rows.entries())
    await report.check(`${row.speaks}: istiod's filters are those of docs/protocols.md`, () =>
      expectNone('different', [
        ...(client.error ? [client.error] : []),
        ...(client.invalid ?? []),
        ...differences(row, client, servers[i]!, row.filters.join()),
      ]),
    );
  await report.check('a wrong row is seen', () => {
    if (differences(rows[0]!, client, servers[0]!, 'tcp_proxy').length === 0) throw new Error('it is not');
  });
  await report.check('requests are sniffed at the client, connections to an address are not', () => {
    const sniffs = (l: Listener & Message) => has(l.listener_filters, 'http_inspector');
    const odd = rows.filter((r) => outboundAt(client, r.number).some((l) => sniffs(l as never) !== (r.sees === 'requests')));
    expectNone(
      'otherwise',
      odd.map((r) => r.speaks),
    );
  });
  await report.check('HTTP/2 is spoken to pods of http2, grpc and grpc-web alone', () => {
    const http2 = (r: Row) =>
      has(
        client.clusters?.find((c) => c.name.startsWith(`outbound|${r.number}||`))?.typed_extension_protocol_options,
        'http2_protocol_options',
      );
    const odd = rows.filter((r) => http2(r) !== ['http2', 'grpc', 'grpc-web'].includes(r.port.protocol));
    expectNone(
      'otherwise',
      odd.map((r) => r.speaks),
    );
  });
  await report.check('gRPC-Web is turned into gRPC at the pod', () => {
    const i = rows.findIndex((r) => r.port.protocol === 'grpc-web');
    if (!inboundAt(servers[i]!, rows[i]!.number).every((c) => has(c.filters, 'envoy.filters.http.grpc_web')))
      throw new Error('it is not');
  });
  await report.check("connections are hashed by the caller's address", () => {
    const opaque = rows.filter((r) => r.sees !== 'requests');
    const odd = opaque.filter((r) => !outboundAt(client, r.number).every((l) => has(l.filter_chains, '"source_ip"')));
    expectNone(
      'not hashed',
      odd.map((r) => r.speaks),
    );
  });
  await withSwitches(['PILOT_ENABLE_MYSQL_FILTER', 'PILOT_ENABLE_REDIS_FILTER'], async () => {
    const switched = await ask(rows, context);
    const said: Readonly<Record<string, string>> = { mysql: 'mysql_proxy,tcp_proxy', redis: 'redis_proxy' };
    for (const [i, row] of rows.entries()) {
      const filters = said[row.port.protocol];
      if (filters)
        await report.check(`${row.speaks}: with istiod's switch the filters are ${filters}`, () =>
          expectNone('different', differences(row, switched.client, switched.servers[i]!, filters)),
        );
    }
  });
}

/** istiod's features are variables of its environment, which it reads when it starts. */
async function withSwitches(switches: readonly string[], what: () => Promise<void>): Promise<void> {
  for (const s of switches) process.env[s] = 'true';
  try {
    await what();
  } finally {
    for (const s of switches) delete process.env[s];
  }
}
