import { type Config, keyOf } from '../model/config';
import { type Server, serversOf } from '../model/gateway-servers';
import { commonHosts, hostsForNamespace, isWild } from '../model/host';
import type { ProxyView } from '../model/proxy';
import type { VirtualService } from '../model/virtual-service';
import { ACCOUNT, type Client, clientAtGateway, proxyOf } from '../trace/client';
import { type CheckedMesh, ofMesh } from './checked-mesh';
import { filed } from './fields';

/** A Gateway that counts, with its servers as its ports are said. */
export interface KnownGateway {
  readonly config: Config;
  readonly servers: readonly Server[];
  /** The VirtualServices that name it. */
  readonly bound: readonly VirtualService[];
}

/** Gateways by `namespace/name`. */
export const gatewaysOf: (mesh: CheckedMesh) => ReadonlyMap<string, KnownGateway> = ofMesh((mesh) => {
  const bound = new Map<string, VirtualService[]>();
  for (const vs of mesh.model.virtualServices) for (const g of new Set(vs.gateways)) filed(bound, g, vs);
  return new Map(
    mesh.model.gateways.map((config) => {
      const key = keyOf(config);
      return [key, { config, servers: serversOf(config, { targetPorts: new Map() }), bound: bound.get(key) ?? [] }] as const;
    }),
  );
});

/** The servers of a Gateway that have a host of the VirtualService, which its namespace may use. */
export function serversFor(g: KnownGateway, vs: VirtualService, hosts: readonly string[] = vs.hosts): Server[] {
  const { exact, others } = indexOf(g);
  const all = hosts.some(isWild) ? g.servers : [...new Set([...hosts.flatMap((h) => exact.get(h) ?? []), ...others])];
  return all.filter((s) => commonHosts(hostsForNamespace(s.hosts, vs.namespace), hosts).length > 0);
}

interface ServerIndex {
  readonly exact: Map<string, Server[]>;
  /** Those with a wildcard, or a namespace before a host. */
  readonly others: Server[];
}

const indices = new WeakMap<KnownGateway, ServerIndex>();

function indexOf(g: KnownGateway): ServerIndex {
  const known = indices.get(g);
  if (known) return known;
  const index: ServerIndex = { exact: new Map(), others: [] };
  for (const s of g.servers) {
    if (s.hosts.some((h) => isWild(h) || h.includes('/'))) index.others.push(s);
    else for (const h of s.hosts) filed(index.exact, h, s);
  }
  indices.set(g, index);
  return index;
}

/** A gateway's pods, as the one or more Gateways that they serve make them. */
export interface GatewayPods {
  readonly client: Client;
  readonly proxy: ProxyView;
}

/** The pods of each Gateway, by `namespace/name`. */
export const gatewayPods: (mesh: CheckedMesh) => ReadonlyMap<string, GatewayPods> = ofMesh((mesh) => {
  const bySelector = new Map<string, GatewayPods>();
  const out = new Map<string, GatewayPods>();
  for (const config of mesh.model.gateways) {
    const key = `${config.namespace} ${JSON.stringify(Object.entries(config.spec.selector ?? {}).sort())} ${config.manifest.annotations[ACCOUNT]}`;
    let pods = bySelector.get(key);
    if (!pods) {
      const client = clientAtGateway(mesh.model, config);
      pods = { client, proxy: proxyOf(mesh.model, client) };
      bySelector.set(key, pods);
    }
    out.set(keyOf(config), pods);
  }
  return out;
});

/** The different proxies among them. */
export const gatewayProxies: (mesh: CheckedMesh) => readonly ProxyView[] = ofMesh((mesh) => [
  ...new Set([...gatewayPods(mesh).values()].map((p) => p.proxy)),
]);
