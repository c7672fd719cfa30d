/** What a port speaks, as istiod takes it. `Unsupported`: Envoy looks at the first bytes. */
export type Protocol =
  | 'HTTP'
  | 'HTTP2'
  | 'GRPC'
  | 'GRPC-Web'
  | 'HTTPS'
  | 'TLS'
  | 'TCP'
  | 'UDP'
  | 'Mongo'
  | 'MySQL'
  | 'Redis'
  | 'HTTP_PROXY'
  | 'Unsupported';

const NAMES: Record<string, Protocol> = {
  tcp: 'TCP',
  udp: 'UDP',
  grpc: 'GRPC',
  'grpc-web': 'GRPC-Web',
  http: 'HTTP',
  http_proxy: 'HTTP_PROXY',
  http2: 'HTTP2',
  https: 'HTTPS',
  tls: 'TLS',
  mongo: 'Mongo',
  mysql: 'MySQL',
  redis: 'Redis',
};

/** Source: pkg/config/protocol/instance.go, Parse. */
export const parseProtocol = (text: string): Protocol => NAMES[text.toLowerCase()] ?? 'Unsupported';

/** Ports where the server speaks first, so Istio looks at no bytes: SMTP, DNS, MySQL, MongoDB. */
const WELL_KNOWN = new Set([25, 53, 3306, 27017]);

/** The protocol of a Service's port. Source: pkg/config/kube/conversion.go, ConvertProtocol. */
export function servicePortProtocol(
  port: number,
  name: string | undefined,
  l4: string | undefined,
  appProtocol: string | undefined,
): Protocol {
  if (l4 === 'UDP') return 'UDP';
  let text = name ?? '';
  if (appProtocol !== undefined) {
    text = appProtocol;
    if (text === 'kubernetes.io/h2c') return 'HTTP2';
    if (text === 'kubernetes.io/ws') return 'HTTP';
    if (text === 'kubernetes.io/wss') return 'HTTPS';
  }
  if (text.slice(0, 8).toLowerCase() === 'grpc-web') return 'GRPC-Web';
  const p = parseProtocol(text.includes('-') ? text.slice(0, text.indexOf('-')) : text);
  return p === 'Unsupported' && WELL_KNOWN.has(port) ? 'TCP' : p;
}

const HTTP = new Set<Protocol>(['HTTP', 'HTTP2', 'GRPC', 'GRPC-Web', 'HTTP_PROXY']);
export const isHttp = (p: Protocol): boolean => HTTP.has(p);
export const isHttp2 = (p: Protocol): boolean => p === 'HTTP2' || p === 'GRPC' || p === 'GRPC-Web';
export const isTls = (p: Protocol): boolean => p === 'HTTPS' || p === 'TLS';
export const isHttpOrSniffed = (p: Protocol): boolean => isHttp(p) || p === 'Unsupported';

/** How a listener treats it. Source: pilot/pkg/networking/networking.go, ModelProtocolToListenerProtocol. */
export function listenerProtocol(p: Protocol): 'HTTP' | 'TCP' | 'Auto' | 'None' {
  if (isHttp(p)) return 'HTTP';
  if (p === 'UDP') return 'None';
  return p === 'Unsupported' ? 'Auto' : 'TCP';
}
