import type { Manifest } from '../../manifests/manifest';
import { canonical, isEqual } from '../../values/equal';
import { hostWithin, isWild } from '../../values/host-name';
import { audienceOf, EXPORT_TO, isPublic } from '../facts/audience';

type Spec = Readonly<Record<string, any>>;
/** The wide form of two states of an object; nothing where one state cannot be the other's too. */
type Widen = (live: Spec, desired: Spec, namespace: string) => Spec | undefined;

/**
 * An object that is both its live state and its desired one, for what refers to it: a DestinationRule with the subsets of
 * both. No file holds it; it lives between the phases of an apply. By kind; others have no such form, and change at once.
 *
 * What the two say differently about one name (the labels of a subset, the protocol of a port) has no wide form.
 */
export const WIDEN: Readonly<Record<string, Widen>> = {
  'networking.istio.io/DestinationRule': (live, desired, namespace) =>
    isSameHost(live.host, desired.host, namespace)
      ? shownToBoth(live, withLists(live, desired, { subsets: { by: 'name', agree: ['labels'] } }))
      : undefined,
  '/Service': withPorts,
  'networking.istio.io/Gateway': (live, desired) => withServers(live, desired),
  'networking.istio.io/ServiceEntry': (live, desired) =>
    same(live, desired, ['resolution', 'location', 'workloadSelector'])
      ? shownToBoth(
          live,
          withLists(live, desired, {
            hosts: {},
            addresses: {},
            ports: { by: 'number', agree: ['protocol'] },
            endpoints: {},
          }),
        )
      : undefined,
  'networking.istio.io/Sidecar': (live, desired) => withEgress(live, desired),
  'security.istio.io/AuthorizationPolicy': (live, desired) =>
    (live.action ?? 'ALLOW') === 'ALLOW' && same(live, desired, ['action', 'selector', 'targetRef', 'targetRefs'])
      ? withLists(live, desired, { rules: {} })
      : undefined,
  'security.istio.io/RequestAuthentication': (live, desired) =>
    same(live, desired, ['selector', 'targetRef', 'targetRefs'])
      ? withLists(live, desired, { jwtRules: { by: 'issuer', agree: [] } })
      : undefined,
};

/**
 * Annotations of a Service that all see who see it in either state; nothing where the desired ones do, or it is none.
 */
export function shownWider(live: Manifest, desired: Manifest): Manifest['annotations'] | undefined {
  if (desired.kind !== 'Service' || desired.group !== '' || isPublic(desired)) return undefined;
  const [before, after] = [audienceOf(live), audienceOf(desired)];
  if (before.every((ns) => after.includes(ns))) return undefined;
  const { [EXPORT_TO]: _, ...others } = desired.annotations;
  return isPublic(live) ? others : { ...others, [EXPORT_TO]: [...new Set([...before, ...after])].join() };
}

/** Whether two names mean one host: a short one is of the namespace. */
const isSameHost = (a: unknown, b: unknown, namespace: string): boolean => {
  const [short, long] = [String(a), String(b)].sort((x, y) => x.length - y.length) as [string, string];
  return short === long || (!/[.*]/.test(short) && long.startsWith(`${short}.${namespace}.svc.`));
};

const same = (a: Spec, b: Spec, fields: readonly string[]): boolean => fields.every((f) => isEqual(a[f], b[f]));

/** How items of two lists are told to be the same: by a field, or as a whole; and where they have to agree then. */
interface Items {
  readonly by?: string;
  readonly agree?: readonly string[];
}

/** The desired state, with what the live lists have besides. */
function withLists(live: Spec, desired: Spec, lists: Readonly<Record<string, Items>>): Spec | undefined {
  const out: Record<string, any> = { ...desired };
  for (const [field, items] of Object.entries(lists)) {
    const merged = union(live[field], desired[field], items);
    if (merged === undefined) return undefined;
    if (merged.length > 0) out[field] = merged;
  }
  return out;
}

/** Whether all namespaces see it. */
const isShown = ({ exportTo }: Spec): boolean => !Array.isArray(exportTo) || exportTo.length === 0 || exportTo.includes('*');

/** A wide form, seen by all who see either state. */
function shownToBoth(live: Spec, wide: Spec | undefined): Spec | undefined {
  if (wide === undefined || isShown(wide)) return wide;
  const { exportTo, ...rest } = wide;
  return isShown(live)
    ? { ...rest, ...(live.exportTo ? { exportTo: live.exportTo } : {}) }
    : { ...rest, exportTo: union(live.exportTo, exportTo, {}) };
}

/** Items of both lists, those that are live first, as they are desired; nothing where two of one name do not agree. */
function union(live: readonly any[] = [], desired: readonly any[] = [], { by, agree = [] }: Items): any[] | undefined {
  const name = (item: any) => (by === undefined ? canonical(item) : String(item?.[by]));
  const wanted = new Map(desired.map((d) => [name(d), d]));
  const out: any[] = [];
  for (const l of live) {
    const other = wanted.get(name(l));
    if (other !== undefined && !same(l, other, agree)) return undefined;
    out.push(other ?? l);
    wanted.delete(name(l));
  }
  return [...out, ...wanted.values()];
}

/** A port's name says its protocol up to the first dash; what comes after is free, in 15 characters. */
const LONGEST = 15;

/** A Service with the ports of both; one that goes gives its name to the one that comes. */
function withPorts(live: Spec, desired: Spec): Spec | undefined {
  if (
    !same(
      live,
      desired,
      ['selector', 'clusterIP', 'type'].filter((f) => desired[f] !== undefined),
    )
  )
    return undefined;
  const ports: any[] = [...(desired.ports ?? [])];
  const key = (p: any) => `${p?.port}/${p?.protocol ?? 'TCP'}`;
  const names = new Set(ports.map((p) => p?.name));
  const goes = ((live.ports ?? []) as any[]).filter((p) => !ports.some((d) => key(d) === key(p)));
  // a Service with one port may leave its name out; several have to have one each
  if (goes.length > 0 && ports.some((p) => !p?.name)) return undefined;
  for (const { nodePort: _, ...p } of goes) {
    const other = `${String(p.name ?? 'tcp').split('-')[0]}-${p.port}`.slice(0, LONGEST);
    const name = p.name === undefined || names.has(p.name) ? other : p.name;
    if (names.has(name)) return undefined;
    names.add(name);
    ports.push({ ...p, name });
  }
  return { ...desired, ports };
}

/** Servers of one port and protocol serve the hosts of both. */
function withServers(live: Spec, desired: Spec): Spec | undefined {
  if (!same(live, desired, ['selector'])) return undefined;
  const servers = [...(desired.servers ?? [])];
  for (const l of (live.servers ?? []) as any[]) {
    const i = servers.findIndex((s) => s.port?.number === l.port?.number && (s.bind ?? '') === (l.bind ?? ''));
    if (i < 0) servers.push(l);
    else if (isEqual({ ...servers[i], hosts: 0 }, { ...l, hosts: 0 }))
      servers[i] = { ...servers[i], hosts: withoutNarrower(union(l.hosts, servers[i].hosts, {})!) };
    else return undefined;
  }
  return { ...desired, servers };
}

/** Hosts without those that others of them mean, too: rules of a wildcard would be rules of such a host. */
function withoutNarrower(hosts: readonly string[]): readonly string[] {
  const parts = (h: string) => (h.includes('/') ? h.split('/', 2) : ['*', h]) as [string, string];
  const isWithin = (a: string, b: string) => {
    const [[ns, host], [inNs, inHost]] = [parts(a), parts(b)];
    return (inNs === '*' || inNs === ns) && (inHost === '*' || (isWild(inHost) && hostWithin(host, inHost)));
  };
  return hosts.filter((h) => !hosts.some((other) => other !== h && isWithin(h, other)));
}

/** A Sidecar that reaches what either of the two reaches. */
function withEgress(live: Spec, desired: Spec): Spec | undefined {
  if (!same(live, desired, ['workloadSelector', 'ingress'])) return undefined;
  const listeners = [...(desired.egress ?? [])];
  if (listeners.length === 0 || (live.egress ?? []).length === 0) {
    // without a list all is reached
    const { egress, ...rest } = desired;
    return wider({ ...rest }, live, desired);
  }
  for (const l of live.egress as any[]) {
    const i = listeners.findIndex((d) => isEqual({ ...d, hosts: 0 }, { ...l, hosts: 0 }));
    if (i >= 0) listeners[i] = { ...listeners[i], hosts: union(l.hosts, listeners[i].hosts, {}) };
    else if (l.port === undefined) return undefined;
    else listeners.unshift(l);
  }
  return wider({ ...desired, egress: listeners }, live, desired);
}

const wider = (spec: Record<string, any>, live: Spec, desired: Spec): Spec => {
  const open = [live, desired].find((s) => s.outboundTrafficPolicy?.mode === 'ALLOW_ANY');
  return open ? { ...spec, outboundTrafficPolicy: open.outboundTrafficPolicy } : spec;
};
