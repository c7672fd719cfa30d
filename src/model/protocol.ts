import { isHttp, type PortProtocol as Protocol, parseProtocol } from '../values/port-protocol';

export { isHttp, isTls, type PortProtocol as Protocol, parseProtocol } from '../values/port-protocol';

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

export const isHttp2 = (p: Protocol): boolean => p === 'HTTP2' || p === 'GRPC' || p === 'GRPC-Web';
export const isHttpOrSniffed = (p: Protocol): boolean => isHttp(p) || p === 'Unsupported';

/** How a listener treats it. Source: pilot/pkg/networking/networking.go, ModelProtocolToListenerProtocol. */
export function listenerProtocol(p: Protocol): 'HTTP' | 'TCP' | 'Auto' | 'None' {
  if (isHttp(p)) return 'HTTP';
  if (p === 'UDP') return 'None';
  return p === 'Unsupported' ? 'Auto' : 'TCP';
}
