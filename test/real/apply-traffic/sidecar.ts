import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Envoy } from '../oracle/envoy';
import { TYPE } from '../oracle/xds';
import { freePorts } from '../ports';
import { start, stop } from '../processes';
import { answer, type Istiod } from './istiod';

const XDS = { resource_api_version: 'V3', ads: {} } as const;
const HTTP2 = {
  '@type': `${TYPE}envoy.extensions.upstreams.http.v3.HttpProtocolOptions`,
  explicit_http_config: { http2_protocol_options: {} },
} as const;

/** Who a sidecar is, and how it hears of istiod. */
export interface SidecarOptions {
  readonly name: string;
  readonly namespace: string;
  /** Its own address. */
  readonly ip: string;
  readonly istiod: Istiod;
  /** How much later it gets what istiod sends, in milliseconds. */
  readonly lateMs: number;
  readonly programs: { readonly envoy: string; readonly agent: string };
  readonly folder: string;
}

/** A client's Envoy, which asks istiod by way of an agent, as in a pod. */
export class Sidecar {
  private constructor(
    readonly name: string,
    /** Where clients connect to. */
    readonly port: number,
    private readonly admin: number,
    private readonly agent: ChildProcess,
    private readonly envoy: Envoy,
    /** What Envoy did not take of what it was sent. */
    readonly refused: readonly string[],
  ) {}

  /** An Envoy that has its first configuration. */
  static async start({ name, namespace, ip, istiod, lateMs, programs, folder }: SidecarOptions): Promise<Sidecar> {
    const [port = 0, admin = 0, xds = 0] = await freePorts(3);
    const ways = ['-istiod', `127.0.0.1:${istiod.xds}`, '-listen', `127.0.0.1:${xds}`, '-door', `${port}`];
    const agent = start(programs.agent, [...ways, '-delay', `${lateMs}ms`], { stdio: ['ignore', 'ignore', 'pipe'] });
    const refused: string[] = [];
    createInterface({ input: agent.stderr! }).on('line', (line) => refused.push(`${name}: ${line}`));
    const metadata = { NAMESPACE: namespace, LABELS: { app: 'client' }, ISTIO_VERSION: '1.31.0', CLUSTER_ID: 'Kubernetes' };
    const config = {
      node: { id: `sidecar~${ip}~${name}.${namespace}~${namespace}.svc.cluster.local`, cluster: name, metadata },
      admin: { address: { socket_address: { address: '127.0.0.1', port_value: admin } } },
      dynamic_resources: {
        ads_config: {
          api_type: 'DELTA_GRPC',
          transport_api_version: 'V3',
          grpc_services: [{ envoy_grpc: { cluster_name: 'agent' } }],
        },
        cds_config: XDS,
        lds_config: XDS,
      },
      static_resources: {
        clusters: [
          {
            name: 'agent',
            typed_extension_protocol_options: { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': HTTP2 },
            load_assignment: {
              cluster_name: 'agent',
              endpoints: [
                {
                  lb_endpoints: [{ endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: xds } } } }],
                },
              ],
            },
          },
        ],
      },
      layered_runtime: { layers: [{ name: 'static', static_layer: { 're2.max_program_size.error_level': 32768 } }] },
    };
    try {
      const envoy = await Envoy.start(programs.envoy, path.join(folder, name), config, admin);
      return new Sidecar(name, port, admin, agent, envoy, refused);
    } catch (error) {
      await stop(agent, 0);
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.envoy.stop();
    await stop(this.agent, 0);
  }

  /** It hears nothing of istiod, which goes on sending to it, until it is let go on. */
  hold(): void {
    this.agent.kill('SIGSTOP');
  }

  goOn(): void {
    this.agent.kill('SIGCONT');
  }

  /** The addresses that it sends requests to: `127.1.2.3:8080`. */
  async endpoints(): Promise<ReadonlySet<string>> {
    const lines = (await answer(this.admin, '/clusters')).split('\n');
    return new Set(lines.flatMap((line) => /::([\d.]+:\d+)::cx_active::/.exec(line)?.[1] ?? []));
  }
}
