import type { Ref } from './config';
import type { Unknown } from './not-understood';
import type { Workload } from './workload';

/** Seen from the pod: what comes to it, or what it sends. */
export type Direction = 'inbound' | 'outbound';

const PREFIX = 'traffic.sidecar.istio.io/';
const INCLUDE_PORTS = { inbound: `${PREFIX}includeInboundPorts`, outbound: `${PREFIX}includeOutboundPorts` } as const;
const EXCLUDE_PORTS = { inbound: `${PREFIX}excludeInboundPorts`, outbound: `${PREFIX}excludeOutboundPorts` } as const;
const INCLUDE_RANGES = `${PREFIX}includeOutboundIPRanges`;
const EXCLUDE_RANGES = `${PREFIX}excludeOutboundIPRanges`;
const MODE = 'sidecar.istio.io/interceptionMode';
const INTERFACES = ['kubevirtInterfaces', 'excludeInterfaces'].map((n) => PREFIX + n);

const portsIn = (text: string) => text.split(',').map((p) => p.trim());

/**
 * The annotation by which connections to a port go past a pod's proxy; nothing where it gets them.
 * Source: tools/istio-iptables/pkg/capture/run.go.
 * @param port of the pod for what comes to it; the one that it dials for what it sends
 */
export function passesProxy({ annotations, template, config }: Workload, direction: Direction, port: number): Ref | undefined {
  const by = (name: string): Ref => ({ manifest: config.manifest, path: [...template, 'metadata', 'annotations', name] });
  const has = (name: string) => annotations[name] !== undefined && portsIn(annotations[name]).includes(String(port));
  const [include, exclude] = [INCLUDE_PORTS[direction], EXCLUDE_PORTS[direction]];
  if (direction === 'outbound') {
    if (has(exclude)) return by(exclude);
    return annotations[INCLUDE_RANGES] === '' && !has(include) ? by(INCLUDE_RANGES) : undefined;
  }
  const included = annotations[include] ?? '*';
  if (included !== '*') return has(include) ? undefined : by(include);
  return has(exclude) ? by(exclude) : undefined;
}

/** Annotations of a pod that may send connections past its proxy, in ways that are not followed. */
export function unknownInterception({ annotations, template, config }: Workload, direction: Direction): Unknown[] {
  const may: string[] = [];
  if (annotations[MODE] === 'NONE') may.push(MODE);
  if (direction === 'outbound') {
    if (!['*', '', undefined].includes(annotations[INCLUDE_RANGES])) may.push(INCLUDE_RANGES);
    if (annotations[EXCLUDE_RANGES]) may.push(EXCLUDE_RANGES);
    for (const name of INTERFACES) if (annotations[name]) may.push(name);
  }
  return may.map((name) => ({
    by: { manifest: config.manifest, path: [...template, 'metadata', 'annotations', name] },
    reason: `${name}: "${annotations[name]}" may send connections past the proxy`,
  }));
}
