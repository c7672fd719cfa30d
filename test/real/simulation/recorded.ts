import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import type { OracleCase, OracleRequest } from '../oracle';
import { SIMULATED } from '../setup/istio-tests';

/** A mesh of Istio's own tests of simulated traffic. */
export interface Simulated {
  readonly test: string;
  readonly mesh: readonly string[] | null;
  readonly meshConfig?: Readonly<Record<string, unknown>>;
  /** How many objects of a kind it has. */
  readonly kinds: Readonly<Record<string, number>>;
  readonly proxy: {
    readonly kind: 'sidecar' | 'gateway';
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>> | null;
    readonly ip: string;
  };
  readonly calls: readonly Call[] | null;
}

/** A call, and what Istio's test expects of it; an empty text is not looked at. */
export interface Call {
  readonly name: string;
  readonly mode: '' | 'inbound' | 'outbound' | 'gateway';
  readonly address: string;
  readonly port: number;
  readonly path: string;
  readonly protocol: '' | 'http' | 'http2' | 'tcp';
  readonly tls: 'plaintext' | 'tls' | 'mtls';
  readonly alpn: string;
  readonly host: string;
  readonly sni: string;
  readonly headers: Readonly<Record<string, readonly string[]>> | null;
  readonly error: string;
  readonly listener: string;
  readonly route: string;
  readonly virtualHost: string;
  readonly cluster: string;
  /** Istio's own word for a wrong expectation. */
  readonly skip: string;
}

/** All meshes with calls. */
export function simulated(istioTests: string): Simulated[] {
  return readFileSync(path.join(istioTests, SIMULATED), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Simulated)
    .filter(({ calls }) => calls !== null && calls.length > 0);
}

const CALLER = 'cluster.local/ns/default/sa/caller';

/** A mesh with some of its calls, as a question: to istiod as it is, and as workloads of Kubernetes. */
export function question(s: Simulated, calls: readonly Call[], id: string): OracleCase & { readonly asServices: string } {
  const { kind, namespace, labels, ip } = s.proxy;
  return {
    id,
    mesh: (s.mesh ?? []).join('---\n'),
    asServices: withOwnServices(s).join('---\n'),
    ...(s.meshConfig && Object.keys(s.meshConfig).length > 0 ? { meshConfig: stringify(s.meshConfig) } : {}),
    client: { kind, namespace, labels: { ...labels, ...OWN }, name: 'client', ip },
    requests: calls.map((c) => request(c, kind)),
  };
}

/** Chooses the proxy's own pod. */
const OWN = { simulated: 'own' };

/**
 * Istio's tests say by ServiceEntries with the proxy's own address what it serves. What is run here are workloads of Kubernetes:
 * such entries become Services of a Pod with that address, and serve the same.
 */
function withOwnServices({ mesh, proxy }: Simulated): string[] {
  const objects = (mesh ?? []).map((text) => parse(text));
  const isOwn = (o: any) => o.kind === 'ServiceEntry' && o.spec.endpoints?.some((e: any) => e.address === proxy.ip);
  if (!objects.some(isOwn)) return [...(mesh ?? [])];
  const metadata = { name: 'client', namespace: proxy.namespace, labels: { ...proxy.labels, ...OWN } };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { containers: [{ name: 'c', image: 'app' }] },
    status: { podIP: proxy.ip },
  };
  return [...objects.map((o) => (isOwn(o) ? ownService(o) : o)), pod].map((o) => stringify(o));
}

function ownService({ metadata, spec }: any): any {
  const ports = (spec.ports as any[]).map(({ number, name, protocol, targetPort }) => ({
    name: protocol && protocol !== 'unsupported' ? `${protocol.toLowerCase()}-${name}` : name,
    port: number,
    ...(targetPort ? { targetPort } : {}),
  }));
  return { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: OWN, ports } };
}

function request(c: Call, kind: 'sidecar' | 'gateway'): OracleRequest {
  const { Host: _host, ...headers } = c.headers ?? {};
  const inbound = c.mode === 'inbound';
  return {
    port: c.port,
    path: c.path,
    host: c.host || 'nobody.example.com',
    headers,
    ...(kind === 'sidecar' && !inbound ? { dest: c.address } : {}),
    ...(inbound ? { inbound } : {}),
    ...(c.tls === 'tls' ? { tls: true, sni: c.sni, alpn: c.alpn ? [c.alpn] : [] } : {}),
    ...(c.tls === 'mtls' ? { tls: true, sni: c.sni, principal: CALLER, alpn: c.alpn ? [c.alpn] : [] } : {}),
    ...(c.tls === 'plaintext' && c.protocol === 'http2' ? { alpn: ['h2c'] } : {}),
    ...(c.tls === 'plaintext' && (c.protocol === 'tcp' || c.protocol === '') ? { alpn: [] } : {}),
  };
}

/** Why calls of a mesh are left out; undefined: they are not. */
export function leftOut({ test, kinds, mesh, meshConfig }: Simulated): string | undefined {
  if (kinds.Ingress) return 'Ingress';
  if (kinds.EndpointSlice) return 'endpoints that are said by hand';
  if (mesh?.some((text) => text.includes('internal.istio.io/'))) return "annotations of istiod's own";
  if (JSON.stringify(meshConfig ?? {}).includes('ALLOW_ANY_DYNAMIC_DNS'))
    return 'ALLOW_ANY_DYNAMIC_DNS, which the trace says it does not know';
  return test.startsWith('TestInboundSidecarTLSModes') ? 'a feature that is off by default' : undefined;
}

/** Why a call is left out; undefined: it is not. */
export function leftOutCall({ address, port }: Call): string | undefined {
  if (address.includes(':')) return 'IPv6';
  if (port === 15_001 || port === 15_006) return "a sidecar's own ports";
  return address.startsWith('240.240.') ? 'addresses that istiod allots' : undefined;
}

/** What Istio's tests call what comes about. */
const ERRORS: Readonly<Record<string, readonly string[]>> = {
  'no filter chains matched': ['noFilterChain'],
  'invalid mTLS': ['noFilterChain'],
  'invalid TLS': ['noFilterChain', 'tlsMismatch'],
  'protocol error': ['noFilterChain', 'tlsMismatch', 'local'],
  'no listener matched': ['noListener'],
  'no route matched': ['noRoute'],
  'tls required, sending 301': ['httpsRedirect'],
  'no virtual host matched': ['noVirtualHost'],
  'multiple filter chains matched': ['nack'],
};

/** What is compared with an expectation. */
export interface Ending {
  readonly action: string;
  readonly destinations?: readonly { readonly cluster: string }[];
  readonly vhost?: string;
  readonly listener?: string;
}

/** What an expectation says otherwise than what came about, in words. */
export function unexpected(c: Call, is: Ending): string[] {
  const name = (cluster: string) => cluster.replace('.svc.cluster.local', ''); // Istio's tests read objects without a domain
  const ok = ['route', 'l4', 'redirect', 'directResponse'];
  const allowed = c.error ? (ERRORS[c.error] ?? []) : ok;
  const clusters = (is.destinations ?? []).map(({ cluster }) => name(cluster));
  return [
    ...(allowed.includes(is.action) ? [] : [`${is.action}, where "${c.error || 'no error'}" is expected`]),
    ...(c.cluster && !clusters.includes(name(c.cluster)) ? [`goes to ${clusters.join()}, where ${c.cluster} is expected`] : []),
    ...(c.virtualHost && is.vhost !== undefined && is.vhost !== c.virtualHost
      ? [`${is.vhost}, where ${c.virtualHost} is expected`]
      : []),
    ...(c.listener && is.listener && is.listener !== c.listener ? [`${is.listener}, where ${c.listener} is expected`] : []),
  ];
}
