type Wrong = string | undefined;

const isPort = (text: string) => /^\d+$/.test(text.trim()) && Number(text.trim()) <= 65535;
const ports = (value: string): Wrong => {
  if (value.trim() === '') return undefined;
  const bad = value
    .trim()
    .split(',')
    .find((p) => !isPort(p));
  return bad === undefined ? undefined : `"${bad}" is no port`;
};
const orAll = (of: (value: string) => Wrong) => (value: string) => (value === '*' ? undefined : of(value));
const uint = (value: string): Wrong =>
  /^\d+$/.test(value) && Number(value) <= 4294967295 ? undefined : `"${value}" is no whole number`;

/** `10.0.0.0/8`, `fd00::/8`. As Go's netip.ParsePrefix: no leading zeros, no zone. */
function isPrefix(text: string): boolean {
  const slash = text.lastIndexOf('/');
  if (slash < 0) return false;
  const [address, bits] = [text.slice(0, slash), text.slice(slash + 1)];
  if (!/^(0|[1-9]\d*)$/.test(bits)) return false;
  if (!address.includes(':')) return isIpv4(address) && Number(bits) <= 32;
  return isIpv6(address) && Number(bits) <= 128;
}

const isIpv4 = (a: string) =>
  a.split('.').length === 4 && a.split('.').every((p) => /^(0|[1-9]\d{0,2})$/.test(p) && Number(p) <= 255);

function isIpv6(a: string): boolean {
  const halves = a.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((h) => (h === '' ? [] : h.split(':')));
  const last = groups.at(-1);
  const v4 = last?.includes('.') ? 1 : 0;
  if (v4 && !isIpv4(last!)) return false;
  if (!groups.slice(0, groups.length - v4).every((g) => /^[0-9a-f]{1,4}$/i.test(g))) return false;
  const count = groups.length + v4;
  return halves.length === 2 ? count < 8 : count === 8;
}

const prefixes = (value: string): Wrong => {
  const bad = value === '' ? undefined : value.split(',').find((p) => !isPrefix(p));
  return bad === undefined ? undefined : `"${bad}" is no range of addresses like "10.0.0.0/8"`;
};
const interfaces = (value: string): Wrong => {
  const bad = value === '' ? undefined : value.split(',').find((p) => !/^[a-zA-Z0-9_.@-]{1,15}$/.test(p.trim()));
  return bad === undefined ? undefined : `"${bad}" is no name of a network interface`;
};
const quantity = (value: string): Wrong =>
  /^[+-]?(\d+\.?\d*|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d+)?$/.test(value)
    ? undefined
    : `"${value}" is no amount like "100m" or "128Mi"`;
const flag = (value: string): Wrong =>
  /^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(value) ? undefined : `"${value}" is neither true nor false`;
const mode = (value: string): Wrong =>
  ['REDIRECT', 'TPROXY', 'NONE'].includes(value) ? undefined : `"${value}" is none of "REDIRECT", "TPROXY", "NONE"`;
const proxyConfig = (value: string): Wrong => {
  try {
    const { parse } = require('yaml') as typeof import('yaml');
    const read: unknown = parse(value);
    return read === null || (typeof read === 'object' && !Array.isArray(read)) ? undefined : 'it is no ProxyConfig';
  } catch (e) {
    return `it is no YAML: ${(e as Error).message.split('\n')[0]}`;
  }
};

/** What is wrong about the value of an annotation, by its name. Source: pkg/kube/inject/validate.go, AnnotationValidation. */
export const ANNOTATION_VALUES: Readonly<Record<string, (value: string) => Wrong>> = {
  'sidecar.istio.io/interceptionMode': mode,
  'status.sidecar.istio.io/port': (v) => (isPort(v) ? undefined : `"${v}" is no port`),
  'readiness.status.sidecar.istio.io/initialDelaySeconds': uint,
  'readiness.status.sidecar.istio.io/periodSeconds': uint,
  'readiness.status.sidecar.istio.io/failureThreshold': uint,
  'traffic.sidecar.istio.io/includeOutboundIPRanges': orAll(prefixes),
  'traffic.sidecar.istio.io/excludeOutboundIPRanges': prefixes,
  'traffic.sidecar.istio.io/includeInboundPorts': orAll(ports),
  'traffic.sidecar.istio.io/excludeInboundPorts': ports,
  'traffic.sidecar.istio.io/excludeOutboundPorts': ports,
  'traffic.sidecar.istio.io/excludeInterfaces': interfaces,
  'traffic.sidecar.istio.io/kubevirtInterfaces': interfaces,
  'istio.io/reroute-virtual-interfaces': interfaces,
  'prometheus.istio.io/merge-metrics': flag,
  'proxy.istio.io/config': proxyConfig,
  'sidecar.istio.io/proxyCPU': quantity,
  'sidecar.istio.io/proxyMemory': quantity,
  'sidecar.istio.io/proxyCPULimit': quantity,
  'sidecar.istio.io/proxyMemoryLimit': quantity,
};
