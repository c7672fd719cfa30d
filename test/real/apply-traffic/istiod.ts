import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePorts } from '../ports';
import { isRunning, start, stop } from '../processes';

const READY_MS = 60_000;

/** How far a proxy is, as istiod tells it. */
export type SyncStatus = Readonly<Record<string, unknown>> & { readonly proxy: string };

/** Where an istiod is, and what of the cluster it sees. */
export interface IstiodOptions {
  readonly program: string;
  readonly kubeconfig: string;
  /** Of its pod. */
  readonly name: string;
  /** The only namespace whose objects it reads. */
  readonly namespace: string;
  readonly folder: string;
}

/** Istiod, as it is: it reads the API server, and speaks xDS in plain text. */
export class Istiod {
  private constructor(
    readonly name: string,
    /** Where proxies connect to. */
    readonly xds: number,
    /** Where it tells how far they are: 15014 of a real pod. */
    readonly monitoring: number,
    private readonly child: ChildProcess,
  ) {}

  static async start(o: IstiodOptions): Promise<Istiod> {
    const [xds = 0, monitoring = 0, http = 0] = await freePorts(3);
    const file = (kind: string) => path.join(o.folder, `${o.name}.${kind}`);
    const selectors = { discoverySelectors: [{ matchLabels: { 'kubernetes.io/metadata.name': o.namespace } }] };
    writeFileSync(file('mesh'), JSON.stringify(selectors));
    const at = (port: number) => `127.0.0.1:${port}`;
    const args = [
      ...['--kubeconfig', o.kubeconfig, '--meshConfig', file('mesh'), '--namespace', 'istio-system', '--ctrlz_port', '0'],
      ...['--grpcAddr', at(xds), '--monitoringAddr', at(monitoring), '--httpAddr', at(http)],
      ...['--secureGRPCAddr', '', '--httpsAddr', ''],
    ];
    const env = {
      ...{ PATH: process.env.PATH, HOME: o.folder, POD_NAME: o.name, POD_NAMESPACE: 'istio-system', CLUSTER_ID: 'Kubernetes' },
      // what it would do besides telling proxies
      ...{ INJECT_ENABLED: 'false', ENABLE_CA_SERVER: 'false', PILOT_ENABLE_GATEWAY_API: 'false' },
    };
    const log = openSync(file('log'), 'w');
    const child = start(o.program, ['discovery', ...args], { cwd: o.folder, env, stdio: ['ignore', log, log] });
    closeSync(log);
    const made = new Istiod(o.name, xds, monitoring, child);
    for (const deadline = Date.now() + READY_MS; (await answer(http, '/ready').catch(() => undefined)) === undefined; ) {
      if (!isRunning(child) || Date.now() > deadline) {
        await made.stop();
        throw new Error(`istiod is not ready: ${readFileSync(file('log'), 'utf8').slice(-2000)}`);
      }
      await pause(100);
    }
    return made;
  }

  async stop(): Promise<void> {
    await stop(this.child, 0);
  }

  /** What it says of its proxies. */
  async syncz(): Promise<readonly SyncStatus[]> {
    return JSON.parse(await answer(this.monitoring, '/debug/syncz'));
  }
}

/** The text of an answer of 200 from this machine. */
export function answer(port: number, at: string): Promise<string> {
  return new Promise((resolve, reject) => {
    // a connection that is kept may be ended just when it is used
    const sent = get({ host: '127.0.0.1', port, path: at, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.once('error', reject);
      response.once('end', () =>
        response.statusCode === 200 ? resolve(text) : reject(new Error(`${at}: ${response.statusCode}`)),
      );
    });
    sent.once('error', reject);
  });
}
