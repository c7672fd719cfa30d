import type { FieldPath } from '../manifests/manifest';
import { byAge, type Config, keyOf } from './config';
import { mergeDelegate } from './delegate';
import { fullName } from './host';
import type { MeshConfig } from './mesh-config';

/** An http rule of a VirtualService, and where it is written: a delegate's stands in another object. */
export interface HttpRule {
  readonly rule: Readonly<Record<string, any>>;
  readonly from: Config;
  readonly path: FieldPath;
}

/** A VirtualService as istiod uses it: full names, delegates in place. */
export interface VirtualService {
  readonly config: Config;
  readonly name: string;
  readonly namespace: string;
  readonly hosts: readonly string[];
  /** `mesh`, or `namespace/name`. */
  readonly gateways: readonly string[];
  readonly exportTo: readonly string[];
  readonly http: readonly HttpRule[];
  readonly tls: readonly Readonly<Record<string, any>>[];
  readonly tcp: readonly Readonly<Record<string, any>>[];
  /** Rules that istiod leaves out, and why. */
  readonly dropped: readonly { readonly rule: HttpRule; readonly reason: string }[];
}

/** All VirtualServices that have hosts, oldest first. Source: pilot/pkg/model/virtualservice_controller.go. */
export function virtualServices(configs: readonly Config[], mesh: MeshConfig): VirtualService[] {
  const delegates = new Map<string, VirtualService>();
  for (const c of configs) if (!hasHosts(c)) delegates.set(keyOf(c), resolve(c, mesh));
  return configs
    .filter(hasHosts)
    .sort(byAge)
    .map((c) => withDelegates(resolve(c, mesh), delegates));
}

const hasHosts = (c: Config) => (c.spec.hosts?.length ?? 0) > 0;

/** Short names become full ones, of the object's own namespace. Source: pilot/pkg/model/virtualservice.go, ResolveVirtualServiceShortnames. */
function resolve(config: Config, mesh: MeshConfig): VirtualService {
  const { spec, namespace } = config;
  const exportTo = ((spec.exportTo?.length > 0 ? spec.exportTo : mesh.defaultVirtualServiceExportTo) as string[]).map((e) =>
    e === '.' ? namespace : e,
  );
  const full = (host: string) => fullName(host, namespace, mesh.domain);
  const destination = (d: any) => (d ? { ...d, host: full(d.host ?? '') } : d);
  const match = (m: any) =>
    m?.gateways ? { ...m, gateways: m.gateways.map((g: string) => gatewayName(g, namespace)) } : (m ?? {});
  const routes = (list: any) => list?.map((r: any) => ({ ...r, destination: destination(r.destination) }));
  const rule = (r: any) => ({
    ...r,
    ...(r.match ? { match: r.match.map(match) } : {}),
    ...(r.route ? { route: routes(r.route) } : {}),
    ...(r.mirror ? { mirror: destination(r.mirror) } : {}),
    ...(r.mirrors ? { mirrors: r.mirrors.map((m: any) => ({ ...m, destination: destination(m.destination) })) } : {}),
  });
  const gateways: string[] = spec.gateways?.length > 0 ? spec.gateways : ['mesh'];
  return {
    config,
    name: config.name,
    namespace,
    hosts: ((spec.hosts ?? []) as string[]).map(full),
    gateways: gateways.map((g) => gatewayName(g, namespace)),
    exportTo,
    http: ((spec.http ?? []) as any[]).map((r, i) => ({ rule: rule(r), from: config, path: ['spec', 'http', i] })),
    tls: ((spec.tls ?? []) as any[]).map(rule),
    tcp: ((spec.tcp ?? []) as any[]).map(rule),
    dropped: [],
  };
}

/** `edge` and `edge.istio-system` become `namespace/name`. Source: pilot/pkg/model/config.go, resolveGatewayName. */
export function gatewayName(g: string, namespace: string): string {
  if (g === 'mesh') return g;
  if (g.includes('/')) return g.startsWith('./') ? `${namespace}/${g.slice(2)}` : g;
  const [name, ns] = g.split('.');
  return ns === undefined ? `${namespace}/${g}` : `${ns}/${name}`;
}

/** Source: virtualservice_controller.go, mergeVirtualServices. */
function withDelegates(vs: VirtualService, delegates: ReadonlyMap<string, VirtualService>): VirtualService {
  if (!vs.http.some((h) => h.rule.delegate)) return vs;
  const http: HttpRule[] = [];
  const dropped: VirtualService['dropped'][number][] = [];
  for (const entry of vs.http) {
    const { delegate } = entry.rule;
    if (!delegate) {
      http.push(entry);
      continue;
    }
    const key = `${delegate.namespace || vs.namespace}/${delegate.name}`;
    const target = delegates.get(key);
    if (!target) dropped.push({ rule: entry, reason: `there is no delegate VirtualService ${key}` });
    else if (!target.exportTo.includes('*') && !target.exportTo.includes(vs.namespace))
      dropped.push({ rule: entry, reason: `delegate VirtualService ${key} is not exported to namespace ${vs.namespace}` });
    else
      for (const leaf of target.http) {
        const merged = mergeDelegate(entry.rule, leaf.rule);
        if (merged) http.push({ rule: merged, from: target.config, path: leaf.path });
        else dropped.push({ rule: leaf, reason: `its match contradicts the rule of ${keyOf(vs)} that delegates to it` });
      }
  }
  return { ...vs, http, dropped };
}

/** Whether proxies of a namespace are told of it: its own first, then what is exported to it by name, then public ones. */
export function exported(all: readonly VirtualService[], namespace: string): VirtualService[] {
  const is = (v: VirtualService, how: 'own' | 'named' | 'public') => {
    if (v.exportTo.includes('*')) return how === 'public';
    if (v.exportTo.includes('~')) return false;
    if (!v.exportTo.includes(namespace)) return false;
    return v.namespace === namespace ? how === 'own' : how === 'named';
  };
  return (['own', 'named', 'public'] as const).flatMap((how) => all.filter((v) => is(v, how)));
}
