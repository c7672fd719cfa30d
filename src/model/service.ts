import { type Config, compare } from './config';
import type { MeshConfig } from './mesh-config';
import { type Protocol, parseProtocol, servicePortProtocol } from './protocol';
import type { WrittenEndpoint } from './written-endpoints';

export interface ServicePort {
  readonly name: string;
  readonly port: number;
  readonly protocol: Protocol;
}

/** How a proxy finds the endpoints: it is given them, asks DNS, takes the address that the client dialled, or stands for another name. */
export type Resolution = 'ClientSideLB' | 'DNSLB' | 'DNSRoundRobinLB' | 'Passthrough' | 'Alias' | 'DynamicDNS';

/** A host of the registry: a Service, or one host of a ServiceEntry. */
export interface Service {
  readonly host: string;
  /** Of the Service, or the host again. */
  readonly name: string;
  readonly namespace: string;
  readonly registry: 'Kubernetes' | 'External';
  readonly ports: readonly ServicePort[];
  readonly resolution: Resolution;
  readonly external: boolean;
  /** What a client dials; `0.0.0.0` where there is no address of its own. */
  readonly address: string;
  /** Namespaces that may know it. */
  readonly exportTo: readonly string[];
  /** Those that the object itself says. */
  readonly declaredExportTo: readonly string[];
  readonly selector: Readonly<Record<string, string>> | undefined;
  readonly externalName: string | undefined;
  /** Names that are other names of this one. */
  readonly aliases: readonly { readonly host: string; readonly namespace: string }[];
  readonly config: Config;
  /** Addresses that it has by hand. */
  readonly written: readonly WrittenEndpoint[];
  /** By service port, what the pods' port is called or numbered. */
  readonly targetPorts: ReadonlyMap<number, string | number>;
}

export const NO_ADDRESS = '0.0.0.0';

/** Source: pilot/pkg/serviceregistry/kube/conversion.go, ConvertService. */
export function fromKubernetes(
  config: Config,
  mesh: MeshConfig,
  clusterIP: string,
  written: readonly WrittenEndpoint[] = [],
): Service {
  const { spec, manifest } = config;
  const external = spec.type === 'ExternalName' && Boolean(spec.externalName);
  const headless = spec.clusterIP === 'None';
  const annotation = manifest.annotations['networking.istio.io/exportTo'];
  const exportTo = annotation ? annotation.split(',').map((n) => n.trim()) : [];
  // the API server takes none without a number
  const given = ((spec.ports ?? []) as any[]).filter((p) => p?.port !== undefined);
  const ports = given.map((p) => ({
    name: p.name ?? '',
    port: Number(p.port),
    protocol: servicePortProtocol(Number(p.port), p.name, p.protocol, p.appProtocol),
  }));
  return {
    host: `${config.name}.${config.namespace}.svc.${mesh.domain}`,
    name: config.name,
    namespace: config.namespace,
    registry: 'Kubernetes',
    ports,
    resolution: headless ? 'Passthrough' : external ? 'Alias' : 'ClientSideLB',
    external,
    address: headless || external ? NO_ADDRESS : clusterIP,
    exportTo: exportTo.length > 0 ? exportTo : mesh.defaultServiceExportTo,
    declaredExportTo: exportTo,
    selector: spec.selector,
    externalName: external ? spec.externalName : undefined,
    aliases: [],
    config,
    written,
    targetPorts: targets(given.map((p) => [Number(p.port), p.targetPort ?? p.port, p.protocol === 'UDP'])),
  };
}

const RESOLUTIONS: Record<string, Resolution> = {
  NONE: 'Passthrough',
  DNS: 'DNSLB',
  DNS_ROUND_ROBIN: 'DNSRoundRobinLB',
  STATIC: 'ClientSideLB',
  DYNAMIC_DNS: 'DynamicDNS',
};

/** One service for each host and address. Source: pilot/pkg/serviceregistry/serviceentry/conversion.go, convertServices. */
export function fromServiceEntry(config: Config, mesh: MeshConfig): Service[] {
  const { spec } = config;
  const exportTo: string[] = spec.exportTo ?? [];
  const addresses: string[] = spec.addresses?.length > 0 ? spec.addresses : [NO_ADDRESS];
  const ports = ((spec.ports ?? []) as any[]).map((p) => ({
    name: p.name ?? '',
    port: Number(p.number),
    protocol: parseProtocol(p.protocol ?? ''),
  }));
  return ((spec.hosts ?? []) as string[]).flatMap((host) =>
    addresses.map((address) => ({
      host,
      name: host,
      namespace: config.namespace,
      registry: 'External' as const,
      ports,
      resolution: RESOLUTIONS[spec.resolution ?? 'NONE'] ?? 'Passthrough',
      external: (spec.location ?? 'MESH_EXTERNAL') === 'MESH_EXTERNAL',
      address: address.endsWith('/32') ? address.slice(0, -3) : address,
      exportTo: exportTo.length > 0 ? exportTo : mesh.defaultServiceExportTo,
      declaredExportTo: exportTo,
      selector: spec.workloadSelector?.labels,
      externalName: undefined,
      aliases: [],
      config,
      written: [],
      targetPorts: targets(
        ((spec.ports ?? []) as any[]).map((p) => [
          Number(p.number),
          p.targetPort ?? p.number,
          parseProtocol(p.protocol ?? '') === 'UDP',
        ]),
      ),
    })),
  );
}

/** Source: pilot/pkg/model/push_context.go, SortServicesByCreationTime. */
export const byServiceAge = (a: Service, b: Service): number =>
  a.config.created - b.config.created || compare(a.name, b.name) || compare(a.namespace, b.namespace);

/** Whether proxies of a namespace are told of it. */
export const isVisible = (s: Service, namespace: string): boolean =>
  s.exportTo.includes('*') || (s.exportTo.includes('.') && s.namespace === namespace) || s.exportTo.includes(namespace);

/** Gives services the ExternalName services that point at them. Source: push_context.go, resolveServiceAliases. */
export function withAliases(services: readonly Service[]): Service[] {
  const byHost = new Map<string, Service>();
  for (const s of services) if (!byHost.has(`${s.host}`)) byHost.set(s.host, s);
  const aliases = new Map<string, { host: string; namespace: string }[]>();
  for (const s of services) {
    if (s.resolution !== 'Alias') continue;
    const end = endOfAlias(s, byHost);
    if (end) aliases.set(end, [...(aliases.get(end) ?? []), { host: s.host, namespace: s.namespace }]);
  }
  return services.map((s) => {
    const list = aliases.get(s.host);
    if (!list || s.resolution === 'Alias') return s;
    return { ...s, aliases: [...list].sort((a, b) => compare(a.namespace, b.namespace) || compare(a.host, b.host)) };
  });
}

/** The host that an alias stands for in the end; none where aliases go round, or outside the registry. */
function endOfAlias(alias: Service, byHost: ReadonlyMap<string, Service>): string | undefined {
  const seen = new Set<string>();
  for (let s: Service | undefined = alias; s; s = byHost.get(s.externalName!)) {
    if (s.resolution !== 'Alias') return s.host;
    if (seen.has(s.host)) return undefined;
    seen.add(s.host);
  }
  return undefined;
}

/** By port; of a number that is both TCP's and UDP's (DNS) that of TCP, since UDP is no proxy's. */
const targets = (ports: readonly (readonly [number: number, target: string | number, udp: boolean])[]) =>
  new Map([...ports].sort((a, b) => Number(b[2]) - Number(a[2])).map(([number, target]) => [number, target] as const));

/** The port of a number; TCP's before UDP's. Source: pilot/pkg/model/service.go, GetByPort. */
export const portNumbered = ({ ports }: Pick<Service, 'ports'>, number: number): ServicePort | undefined => {
  const here = ports.filter((p) => p.port === number);
  return here.find((p) => p.protocol !== 'UDP') ?? here[0];
};

/** Whether proxies ask DNS where its endpoints are. */
export const asksDns = (s: Service): boolean => s.resolution === 'DNSLB' || s.resolution === 'DNSRoundRobinLB';
