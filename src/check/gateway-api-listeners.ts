import type { Config } from '../model/config';
import { hostsMeet } from '../model/host';
import { GATEWAY_API, type GatewayApiObject } from './gateway-api';
import { items, textOf, texts } from './items';

/** The listeners of a Gateway that a parentRef is about: all, or those of its sectionName and port. */
export function listenersMeant(gateway: GatewayApiObject, ref: any): any[] {
  const section = textOf(ref.sectionName);
  return items(gateway.spec.listeners)
    .map(([, l]) => l)
    .filter((l) => (!section || l.name === section) && (typeof ref.port !== 'number' || ref.port === l.port));
}

/** Kinds of routes that a listener of a protocol takes. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  HTTP: ['HTTPRoute', 'GRPCRoute'],
  HTTPS: ['HTTPRoute', 'GRPCRoute'],
  TCP: ['TCPRoute'],
  TLS: ['TLSRoute'],
  UDP: ['UDPRoute'],
};

/**
 * The kinds of routes that a listener takes; nothing where its protocol is another implementation's.
 * Source: pilot/pkg/config/kube/gatewaycommon/conversion.go, GenerateGatewaySupportedKinds.
 */
export function kindsTaken(listener: any): readonly string[] | undefined {
  const given = Object.hasOwn(KINDS, String(listener.protocol)) ? KINDS[listener.protocol] : undefined;
  if (!given) return undefined;
  const all = listener.protocol === 'TLS' && listener.tls?.mode === 'Terminate' ? [...given, 'TCPRoute'] : given;
  const allowed = items(listener.allowedRoutes?.kinds).map(([, k]) => k);
  return allowed.length === 0
    ? all
    : all.filter((kind) => allowed.some((a) => a.kind === kind && (a.group ?? GATEWAY_API) === GATEWAY_API));
}

/** Whether a listener has a host name of a route. Source: pilot/pkg/config/kube/gateway/conversion.go, referenceAllowed. */
export function takesHost(listener: any, host: string): boolean {
  return hostsMeet(textOf(listener.hostname) ?? '*', host);
}

/** The host names of a route; `*` where it has none. */
export function hostsOfRoute({ spec }: GatewayApiObject): readonly (readonly [number, string])[] {
  const given = texts(spec.hostnames);
  return given.length === 0 ? [[-1, '*']] : given;
}

/** Whether a listener takes routes of the namespace of a route, as far as its labels are known. */
export function takesNamespace(
  listener: any,
  gateway: GatewayApiObject,
  route: GatewayApiObject,
  namespaces: ReadonlyMap<string, Config | undefined>,
): boolean {
  const { from = 'Same', selector } = listener.allowedRoutes?.namespaces ?? {};
  if (from === 'All') return true;
  if (from === 'Same') return gateway.namespace === route.namespace;
  if (from !== 'Selector') return false;
  const object = namespaces.get(route.namespace);
  // labels of a namespace that is not among the manifests are not known
  if (!object) return true;
  const labels: Readonly<Record<string, string>> = { 'kubernetes.io/metadata.name': route.namespace, ...object.manifest.labels };
  const has = Object.entries(selector?.matchLabels ?? {}).every(([k, v]) => labels[k] === v);
  return has && items(selector?.matchExpressions).every(([, e]) => fits(e, labels));
}

function fits({ key, operator, values }: any, labels: Readonly<Record<string, string>>): boolean {
  const value = labels[key];
  const among = value !== undefined && Array.isArray(values) && values.includes(value);
  if (operator === 'In') return among;
  if (operator === 'NotIn') return !among;
  if (operator === 'Exists') return value !== undefined;
  return operator !== 'DoesNotExist' || value === undefined;
}
