/** What a port speaks, as istiod takes it. `Unsupported`: Envoy looks at the first bytes. */
export type PortProtocol =
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

const NAMES: Record<string, PortProtocol> = {
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
export const parseProtocol = (text: string): PortProtocol => {
  const name = text.toLowerCase();
  return Object.hasOwn(NAMES, name) ? NAMES[name]! : 'Unsupported';
};

const HTTP = new Set<PortProtocol>(['HTTP', 'HTTP2', 'GRPC', 'GRPC-Web', 'HTTP_PROXY']);
export const isHttp = (p: PortProtocol): boolean => HTTP.has(p);
export const isTls = (p: PortProtocol): boolean => p === 'HTTPS' || p === 'TLS';
