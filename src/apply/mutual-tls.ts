import type { Manifest } from '../manifests/manifest';
import { fullName } from '../model/host';
import type { Fact } from './references';

type Mode = 'DISABLE' | 'PERMISSIVE' | 'STRICT';

/** The key of what holds for all ports. */
const ALL = '';

/** What servers take, for all ports and for single ones; where nothing is said, both. */
function modesOf(m: Manifest | undefined): ReadonlyMap<string, Mode> {
  const { mtls, portLevelMtls = {} } = m?.object.spec ?? {};
  const of = (mode: unknown, otherwise: Mode): Mode =>
    mode === 'STRICT' || mode === 'DISABLE' || mode === 'PERMISSIVE' ? mode : otherwise;
  const all = of(mtls?.mode, 'PERMISSIVE');
  return new Map([[ALL, all], ...Object.entries<any>(portLevelMtls).map(([port, p]) => [port, of(p?.mode, all)] as const)]);
}

/**
 * What takes the connections of both: PERMISSIVE wherever the two differ. As a spec, over the rest of the desired one.
 * @returns `live` or `desired` where it is one of them already
 */
export function bothModes(live: Manifest | undefined, desired: Manifest | undefined): 'live' | 'desired' | object {
  const [from, to] = [modesOf(live), modesOf(desired)];
  const at = (modes: ReadonlyMap<string, Mode>, port: string) => modes.get(port) ?? modes.get(ALL)!;
  const ports = [...new Set([...from.keys(), ...to.keys()])];
  const both = new Map(ports.map((p) => [p, at(from, p) === at(to, p) ? at(from, p) : ('PERMISSIVE' as Mode)]));
  const is = (modes: ReadonlyMap<string, Mode>) => ports.every((p) => at(modes, p) === both.get(p));
  if (is(to)) return 'desired';
  if (is(from)) return 'live';
  const single = ports.filter((p) => p !== ALL && both.get(p) !== both.get(ALL));
  const { portLevelMtls: _, ...rest } = desired?.object.spec ?? {};
  return {
    ...rest,
    mtls: { mode: both.get(ALL) },
    ...(single.length > 0 ? { portLevelMtls: Object.fromEntries(single.map((p) => [p, { mode: both.get(p) }])) } : {}),
  };
}

/** What the servers of a namespace take, by a PeerAuthentication for all of them: others are about some, and not known here. */
export function takenBy(m: Manifest): Fact[] {
  if (Object.keys(m.object.spec?.selector?.matchLabels ?? {}).length > 0) return [];
  const modes = [...modesOf(m).values()];
  return [
    ...(modes.every((mode) => mode !== 'STRICT') ? [`plain ${m.namespace}`] : []),
    ...(modes.every((mode) => mode !== 'DISABLE') ? [`mutual ${m.namespace}`] : []),
  ];
}

/** What clients that obey a DestinationRule need the servers to take. */
export function spokenBy(m: Manifest, domain: string): Fact[] {
  const { host, trafficPolicy, subsets } = m.object.spec ?? {};
  const [, namespace] = /^[^.]+\.([^.]+)\.svc\./.exec(fullName(host ?? '', m.namespace, domain)) ?? [];
  if (namespace === undefined) return [];
  const policies = [trafficPolicy, ...(Array.isArray(subsets) ? subsets.map((s: any) => s?.trafficPolicy) : [])];
  const modes = policies.flatMap((p) => [p?.tls?.mode, ...(p?.portLevelSettings ?? []).map((x: any) => x?.tls?.mode)]);
  return [
    ...(modes.includes('DISABLE') ? [`plain ${namespace}`] : []),
    ...(modes.includes('ISTIO_MUTUAL') ? [`mutual ${namespace}`] : []),
  ];
}
