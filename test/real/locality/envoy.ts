import { createServer, get } from 'node:http';
import path from 'node:path';
import { bootstrap } from '../oracle/bootstrap';
import { Envoy } from '../oracle/envoy';
import { type Message, TYPE, type Xds } from '../oracle/xds';
import { freePorts } from '../ports';
import { removeTemporaryFolder, temporaryFolder } from '../processes';

const REQUESTS = 300;
/** Until those that fail are ejected, requests do not count: Envoy tells its workers of that once a second (`update_merge_window`). */
const WARM_UP_MS = 10_000;
/** So many good answers, one after the other, end it. */
const WELL = 20;

const localityOf = ({ region = '', zone = '', sub_zone = '' }: any = {}) => [region, zone, sub_zone].filter(Boolean).join('/');

/**
 * How many requests each place answers, by an Envoy that has a cluster as istiod sends it (load balancer, outlier detection, priorities
 * and weights); only the machines are servers here, and connections are plain.
 * @param failing places whose machines answer 503
 */
export async function takenBy(
  envoy: string,
  xds: Xds,
  cluster: string,
  failing: ReadonlySet<string>,
): Promise<ReadonlyMap<string, number>> {
  const given = xds.clusters?.find((c) => c.name === cluster) as any;
  const groups: any[] = xds.endpoints?.find((e) => e.cluster_name === cluster)?.endpoints ?? [];
  const servers = await Promise.all(groups.map((g) => serve(localityOf(g.locality), failing)));
  const folder = await temporaryFolder('locality');
  const [admin, port] = (await freePorts(2)) as [number, number];
  try {
    const assignment = {
      cluster_name: cluster,
      endpoints: groups.map((g, i) => ({
        ...g,
        lb_endpoints: (g.lb_endpoints ?? []).map((e: any) => ({
          load_balancing_weight: e.load_balancing_weight,
          endpoint: { address: loopback(servers[i]!.port) },
        })),
      })),
    };
    const { lb_policy, common_lb_config, outlier_detection } = given;
    const config = bootstrap(
      admin,
      [listener(port, cluster)],
      [{ name: cluster, type: 'STATIC', lb_policy, common_lb_config, outlier_detection, load_assignment: assignment } as Message],
    );
    const running = await Envoy.start(envoy, path.join(folder, 'envoy'), config, admin);
    try {
      for (let well = 0, until = Date.now() + WARM_UP_MS; well < WELL && Date.now() < until; ) {
        well = (await ask(port)).status === 200 ? well + 1 : 0;
        if (well === 0) await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const by = new Map<string, number>();
      for (let i = 0; i < REQUESTS; i++) {
        const { status, body } = await ask(port);
        const place = status === 200 ? body : `${status}`;
        by.set(place, (by.get(place) ?? 0) + 1);
      }
      return by;
    } finally {
      await running.stop();
    }
  } finally {
    for (const s of servers) await s.close();
    removeTemporaryFolder(folder);
  }
}

const loopback = (port: number): Message => ({ socket_address: { address: '127.0.0.1', port_value: port } });

function listener(port: number, cluster: string): Message {
  return {
    name: 'in',
    address: loopback(port),
    filter_chains: [
      {
        filters: [
          {
            name: 'http',
            typed_config: {
              '@type': `${TYPE}envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager`,
              stat_prefix: 'in',
              route_config: {
                virtual_hosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster } }] }],
              },
              http_filters: [
                { name: 'router', typed_config: { '@type': `${TYPE}envoy.extensions.filters.http.router.v3.Router` } },
              ],
            },
          },
        ],
      },
    ],
  };
}

async function serve(place: string, failing: ReadonlySet<string>): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((_, response) => {
    response.statusCode = failing.has(place) ? 503 : 200;
    response.end(place);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function ask(port: number): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/' }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    }).on('error', reject);
  });
}
