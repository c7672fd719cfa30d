import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Envoy } from '../oracle/envoy';
import { type Message, TYPE, type Xds } from '../oracle/xds';
import { freePorts } from '../ports';
import { sidecarConfig } from './sidecar-config';

const APPLIED_MS = 60_000;
const KIND = {
  clusters: 'envoy.config.cluster.v3.Cluster',
  listeners: 'envoy.config.listener.v3.Listener',
  routes: 'envoy.config.route.v3.RouteConfiguration',
} as const;

/** A client's Envoy. It reads what it is sent from files, which are replaced one by one, in istiod's order of types. */
export class Sidecar {
  readonly #written = new Map<string, string>();
  #envoy: Envoy | undefined;
  #files = 0;
  /** The change of the mesh that it has taken. */
  version = -1;

  private constructor(
    readonly name: string,
    readonly port: number,
    private readonly admin: number,
    private readonly folder: string,
    private readonly portOf: (ip: string) => number | undefined,
  ) {}

  /** An Envoy that has its first configuration. */
  static async start(
    o: { readonly name: string; readonly program: string; readonly folder: string; portOf(ip: string): number | undefined },
    xds: Xds,
    version: number,
  ): Promise<Sidecar> {
    const [port = 0, admin = 0] = await freePorts(2);
    const folder = path.join(o.folder, o.name);
    for (const kind of Object.keys(KIND)) mkdirSync(path.join(folder, kind), { recursive: true });
    const sidecar = new Sidecar(o.name, port, admin, folder, o.portOf);
    sidecar.#write(xds);
    const source = (kind: keyof typeof KIND) => ({
      resource_api_version: 'V3',
      path_config_source: { path: sidecar.#path(kind) },
    });
    const config: Message = {
      node: { id: o.name, cluster: o.name },
      admin: { address: { socket_address: { address: '127.0.0.1', port_value: admin } } },
      dynamic_resources: { cds_config: source('clusters'), lds_config: source('listeners') },
      layered_runtime: { layers: [{ name: 'static', static_layer: { 're2.max_program_size.error_level': 32768 } }] },
    };
    sidecar.#envoy = await Envoy.start(o.program, folder, config, admin);
    sidecar.version = version;
    return sidecar;
  }

  async stop(): Promise<void> {
    await this.#envoy?.stop();
  }

  /** Takes what istiod sends, and returns when Envoy goes by it. */
  async take(xds: Xds, version: number): Promise<void> {
    const wanted = this.#write(xds);
    for (const deadline = Date.now() + APPLIED_MS; ; await pause(20)) {
      const have = await this.#versions();
      const left = [...wanted].filter(([stat, text]) => !have.has(`${stat} ${text}`));
      if (left.length === 0) break;
      if (Date.now() > deadline)
        throw new Error(`${this.name} does not take ${left[0]?.join(' ')}; it has ${[...have].sort().join(', ')}`);
    }
    this.version = version;
  }

  /** Writes what is new. Returns the statistics that tell that it is taken. */
  #write(xds: Xds): Map<string, string> {
    const { clusters, listeners, routes } = sidecarConfig(xds, {
      port: this.port,
      portOf: this.portOf,
      routes: (name) => this.#path('routes', name),
    });
    const wanted = new Map<string, string>();
    const put = (stat: string, kind: keyof typeof KIND, resources: readonly Message[], name?: string) => {
      const file = this.#path(kind, name);
      const text = JSON.stringify(resources);
      if (this.#written.get(file) === text) return;
      this.#written.set(file, text);
      const version_info = String(++this.#files);
      const typed = resources.map((resource) => ({ '@type': `${TYPE}${KIND[kind]}`, ...resource }));
      writeFileSync(`${file}.new`, JSON.stringify({ version_info, resources: typed }));
      renameSync(`${file}.new`, file);
      wanted.set(stat, version_info);
    };
    put('cluster_manager.cds', 'clusters', clusters);
    for (const [name, each] of routes) put(`rds.${name}`, 'routes', [each], name);
    put('listener_manager.lds', 'listeners', listeners);
    return wanted;
  }

  #path(kind: keyof typeof KIND, name = 'all'): string {
    return path.join(this.folder, kind, `${encodeURIComponent(name)}.json`);
  }

  /** What Envoy says it goes by. */
  async #versions(): Promise<Set<string>> {
    const text = await this.#ask('/stats?filter=version_text&type=TextReadouts');
    return new Set(
      text.split('\n').map((line) => {
        const [, stat = '', version = ''] = /^(.*)\.version_text: "(.*)"$/.exec(line) ?? [];
        return `${stat.replace(/^http\..*?\.rds\./, 'rds.')} ${version}`;
      }),
    );
  }

  #ask(at: string): Promise<string> {
    return new Promise((resolve, reject) => {
      // a connection that is kept may be ended by Envoy just when it is used
      const sent = get({ host: '127.0.0.1', port: this.admin, path: at, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.once('end', () => resolve(text));
      });
      sent.once('error', reject);
    });
  }
}
