import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached } from '../cached';
import { pathOf } from './meshes';

const freePort = () =>
  new Promise<number>((ok) => {
    const s = createServer();
    s.listen(0, '127.0.0.1', () => {
      const { port } = s.address() as { port: number };
      s.close(() => ok(port));
    });
  });

/** How many requests a second one worker of Envoy answers by itself, with so many routes. */
export async function envoyAnswers(routes: number, runs: number): Promise<number | undefined> {
  const envoy = cached('envoy', 'envoy');
  if (!envoy) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'mesh-bench-'));
  const [port, admin] = [await freePort(), await freePort()];
  const answer = (prefix: string, headers: object[]) => ({ match: { prefix, headers }, direct_response: { status: 200 } });
  const table = Array.from({ length: Math.max(1, routes / 2) }, (_, i) => [
    answer(`/r${i * 2}/`, [{ name: 'x-user', string_match: { exact: 'u1' } }]),
    answer(`/r${i * 2}/`, []),
  ]).flat();
  const hcm = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 'bench',
    route_config: { virtual_hosts: [{ name: 'web', domains: ['*'], routes: table }] },
    http_filters: [
      { name: 'router', typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' } },
    ],
  };
  const address = (n: number) => ({ socket_address: { address: '127.0.0.1', port_value: n } });
  const config = {
    admin: { address: address(admin) },
    static_resources: {
      listeners: [{ address: address(port), filter_chains: [{ filters: [{ name: 'hcm', typed_config: hcm }] }] }],
    },
  };
  writeFileSync(join(folder, 'envoy.json'), JSON.stringify(config));
  const child = spawn(envoy, ['-c', join(folder, 'envoy.json'), '--concurrency', '1', '--disable-hot-restart', '-l', 'error'], {
    stdio: 'ignore',
  });
  try {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });
    const ask = (i: number) =>
      new Promise<void>((ok, no) => {
        const path = pathOf(i, routes);
        http
          .get({ host: '127.0.0.1', port, path, agent, headers: { 'x-user': `u${i % 50}` } }, (r) =>
            r.statusCode === 200 ? r.resume().on('end', ok) : no(new Error(`Envoy answers ${path} with ${r.statusCode}`)),
          )
          .on('error', no);
      });
    for (let i = 0; ; i++)
      try {
        await ask(i);
        break;
      } catch (e) {
        if (i > 200) throw e;
        await new Promise((r) => setTimeout(r, 50));
      }
    const rates: number[] = [];
    for (let run = 0; run < runs; run++) {
      const since = performance.now();
      let next = 0;
      await Promise.all(
        Array.from({ length: 32 }, async () => {
          while (next < 6_000) await ask(next++);
        }),
      );
      rates.push((6_000 / (performance.now() - since)) * 1000);
    }
    agent.destroy();
    return rates.sort((a, b) => a - b)[Math.floor(runs / 2)];
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}
