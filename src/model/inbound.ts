import { type Config, type Ref, selects } from './config';
import { listedBy } from './listed';
import type { PeerAuthentications } from './peer-authentication';
import { listenerProtocol, type Protocol, parseProtocol } from './protocol';
import type { Service } from './service';

/** What a workload's sidecar takes on one of its ports. */
export interface InboundPort {
  /** Of the workload. */
  readonly port: number;
  /** Of the Service; 0 for a port that no Service names. */
  readonly servicePort: number;
  readonly protocol: Protocol;
  readonly mode: 'DISABLE' | 'PERMISSIVE' | 'STRICT';
  /** The policy that says the mode. */
  readonly by: Ref | undefined;
  readonly cluster: string;
}

/** One way for a connection into a workload. */
export interface InboundChain {
  readonly speaks: 'HTTP' | 'TCP';
  readonly transport: 'tls' | 'raw_buffer';
  readonly alpn: readonly string[];
  /** Whether mutual TLS ends here. */
  readonly tls: boolean;
}

const PLAIN_HTTP = ['http/1.0', 'http/1.1', 'h2c'];
const MTLS_HTTP = ['istio-http/1.0', 'istio-http/1.1', 'istio-h2'];
const MTLS_TCP = ['istio-peer-exchange', 'istio'];
const MTLS_ALL = ['istio', 'istio-peer-exchange', ...MTLS_HTTP];

const withPods = listedBy((s: Service) =>
  s.registry === 'Kubernetes' && Object.keys(s.selector ?? {}).length > 0 ? [s.namespace] : [],
);

/** The port of a workload. Source: pilot/pkg/networking/core/listener_inbound.go. */
export function inboundPort(
  workload: {
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly ports: ReadonlyMap<string, number>;
  },
  port: number,
  services: readonly Service[],
  sidecar: Config | undefined,
  peers: PeerAuthentications,
): InboundPort {
  const { mode, by } = peers.ofWorkload(workload.namespace, workload.labels, port);
  const base = { port, mode, by };
  const ingress = (sidecar?.spec.ingress ?? []) as any[];
  const listed = ingress.find((i) => Number(i.port?.number) === port);
  if (listed)
    return { ...base, servicePort: port, protocol: parseProtocol(listed.port.protocol ?? ''), cluster: `inbound|${port}||` };
  // a Sidecar that lists some ports says all that there are
  for (const s of ingress.length > 0 ? [] : withPods(services, workload.namespace)) {
    if (!selects(s.selector, workload.labels)) continue;
    for (const p of s.ports) {
      const target = s.targetPorts.get(p.port) ?? p.port;
      const number = workload.ports.get(String(target)) ?? Number(target);
      if (number === port && p.protocol !== 'UDP')
        return { ...base, servicePort: p.port, protocol: p.protocol, cluster: `inbound|${port}||` };
    }
  }
  return { ...base, servicePort: 0, protocol: 'Unsupported', cluster: 'InboundPassthroughCluster' };
}

/** Source: pilot/pkg/networking/core/filterchain_options.go. */
export function inboundChains({ protocol, mode }: InboundPort): readonly InboundChain[] {
  const kind = listenerProtocol(protocol);
  const chain = (
    speaks: 'HTTP' | 'TCP',
    transport: 'tls' | 'raw_buffer',
    tls: boolean,
    alpn: readonly string[] = [],
  ): InboundChain => ({ speaks, transport, tls, alpn });
  if (kind === 'HTTP') {
    if (mode === 'STRICT') return [chain('HTTP', 'tls', true)];
    return mode === 'PERMISSIVE'
      ? [chain('HTTP', 'tls', true, MTLS_ALL), chain('HTTP', 'raw_buffer', false)]
      : [chain('HTTP', 'raw_buffer', false)];
  }
  if (kind === 'Auto') {
    if (mode === 'STRICT') return [chain('HTTP', 'tls', true, MTLS_HTTP), chain('TCP', 'tls', true)];
    const plain = [chain('HTTP', 'raw_buffer', false, PLAIN_HTTP), chain('TCP', 'raw_buffer', false)];
    return mode === 'PERMISSIVE'
      ? [chain('HTTP', 'tls', true, MTLS_HTTP), ...plain, chain('TCP', 'tls', true, MTLS_TCP), chain('TCP', 'tls', false)]
      : plain;
  }
  if (mode === 'STRICT') return [chain('TCP', 'tls', true)];
  return mode === 'PERMISSIVE'
    ? [chain('TCP', 'tls', true, MTLS_ALL), chain('TCP', 'tls', false), chain('TCP', 'raw_buffer', false)]
    : [chain('TCP', 'raw_buffer', false)];
}

/** The chain that takes a connection; none closes it. */
export function chooseInbound(chains: readonly InboundChain[], tls: boolean, alpn: readonly string[]): InboundChain | undefined {
  // where no chain is for TLS nobody looks whether it is, and it is bytes that are no HTTP
  const seen = tls && chains.some((c) => c.transport === 'tls');
  const said = tls && !seen ? [] : alpn;
  const fitting = chains.filter((c) => (c.transport === 'tls') === seen);
  return (
    fitting.find((c) => c.alpn.length > 0 && c.alpn.some((a) => said.includes(a))) ?? fitting.find((c) => c.alpn.length === 0)
  );
}
