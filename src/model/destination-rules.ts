import { byAge, type Config, selects } from './config';
import { fullName, mostSpecific } from './host';
import type { MeshConfig } from './mesh-config';
import type { Service } from './service';

/** One or several DestinationRules of one namespace and host, merged. */
export interface DestinationRule {
  readonly namespace: string;
  readonly host: string;
  readonly selector: Readonly<Record<string, string>> | undefined;
  /** Sorted; empty for the default. */
  readonly exportTo: readonly string[];
  readonly trafficPolicy: any;
  readonly subsets: readonly { readonly subset: any; readonly from: Config; readonly index: number }[];
  /** All that were merged, the first first. */
  readonly from: readonly Config[];
  /** The object whose trafficPolicy counts. */
  readonly policyFrom: Config | undefined;
  /** Subsets of a name that was there already: they count for nothing. */
  readonly ignoredSubsets: readonly { readonly from: Config; readonly index: number }[];
}

type ByHost = Map<string, DestinationRule[]>;

/** DestinationRules by who may see them. Source: pilot/pkg/model/push_context.go, setDestinationRules. */
export class DestinationRules {
  private readonly local = new Map<string, ByHost>();
  private readonly exported = new Map<string, ByHost>();
  private readonly rootLocal: ByHost = new Map();

  constructor(
    configs: readonly Config[],
    private readonly mesh: MeshConfig,
  ) {
    const sorted = [...configs].sort((a, b) => Number(hasSelector(b)) - Number(hasSelector(a)) || byAge(a, b));
    for (const c of sorted) {
      const given: string[] = hasSelector(c) ? ['.'] : (c.spec.exportTo ?? []);
      const own = given.length === 0 || given.some((e) => e === '*' || e === '.' || e === c.namespace);
      if (own) add(at(this.local, c.namespace), c, given, mesh);
      const privateOnly =
        (given.length === 0 && mesh.defaultDestinationRuleExportTo.includes('.')) ||
        (given.length === 1 && (given[0] === '.' || given[0] === c.namespace));
      if (!privateOnly) add(at(this.exported, c.namespace), c, given, mesh);
      else if (c.namespace === mesh.rootNamespace) add(this.rootLocal, c, given, mesh);
    }
  }

  /** Those that a proxy's namespace uses for a service, of one tier alone. Source: push_context.go, destinationRule. */
  candidates(namespace: string, service: Pick<Service, 'host' | 'namespace'>): readonly DestinationRule[] {
    const own = namespace === this.mesh.rootNamespace ? this.rootLocal : this.local.get(namespace);
    const local = own && mostSpecific(service.host, own);
    if (local) return local;
    for (const owner of [service.namespace, this.mesh.rootNamespace]) {
      const all = this.exported.get(owner);
      const found = all && mostSpecific(service.host, all);
      const visible =
        found?.filter((d) => d.exportTo.length === 0 || d.exportTo.includes('*') || d.exportTo.includes(namespace)) ?? [];
      if (visible.length > 0) return visible;
    }
    return [];
  }

  /** The one that a proxy obeys. Source: pilot/pkg/model/sidecar.go, SidecarScope.DestinationRule. */
  of(
    namespace: string,
    labels: Readonly<Record<string, string>>,
    service: Pick<Service, 'host' | 'namespace'>,
    outbound = true,
  ): DestinationRule | undefined {
    let last: DestinationRule | undefined;
    for (const d of this.candidates(namespace, service)) {
      if (!d.selector) last = d;
      else if (outbound && d.namespace === namespace && selects(d.selector, labels)) return d;
    }
    return last;
  }
}

const hasSelector = (c: Config) => c.spec.workloadSelector !== undefined && c.spec.workloadSelector !== null;

function at(map: Map<string, ByHost>, namespace: string): ByHost {
  const known = map.get(namespace) ?? new Map();
  map.set(namespace, known);
  return known;
}

/** Source: pilot/pkg/model/destination_rule.go, mergeDestinationRule. */
function add(byHost: ByHost, config: Config, given: readonly string[], mesh: MeshConfig): void {
  const host = fullName(config.spec.host ?? '', config.namespace, mesh.domain);
  const exportTo = [...new Set(given)].sort();
  const list = byHost.get(host);
  if (!list) {
    byHost.set(host, [fresh(config, host, exportTo)]);
    return;
  }
  const selector = hasSelector(config) ? (config.spec.workloadSelector.matchLabels ?? {}) : undefined;
  let apart = true;
  list.forEach((known, i) => {
    const same = known.exportTo.join() === exportTo.join();
    const wider = known.exportTo.length > 0 && known.exportTo.every((e) => exportTo.includes(e));
    const bothSelect = known.selector && selector;
    if ((!same && !wider) || (bothSelect && !sameLabels(known.selector, selector))) {
      apart = true;
      return;
    }
    apart = !same && (known.selector === undefined) !== (selector === undefined);
    list[i] = merged(known, config);
  });
  if (apart) list.push(fresh(config, host, exportTo));
}

const sameLabels = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>) =>
  Object.keys(a).length === Object.keys(b).length && selects(a, b);

function fresh(config: Config, host: string, exportTo: readonly string[]): DestinationRule {
  const { spec } = config;
  return {
    namespace: config.namespace,
    host,
    selector: hasSelector(config) ? (spec.workloadSelector.matchLabels ?? {}) : undefined,
    exportTo,
    trafficPolicy: spec.trafficPolicy,
    subsets: ((spec.subsets ?? []) as any[]).map((subset, index) => ({ subset, from: config, index })),
    from: [config],
    policyFrom: spec.trafficPolicy ? config : undefined,
    ignoredSubsets: [],
  };
}

function merged(known: DestinationRule, config: Config): DestinationRule {
  const names = new Set(known.subsets.map((s) => s.subset.name));
  const given = ((config.spec.subsets ?? []) as any[]).map((subset, index) => ({ subset, from: config, index }));
  return {
    ...known,
    trafficPolicy: known.trafficPolicy ?? config.spec.trafficPolicy,
    policyFrom: known.policyFrom ?? (config.spec.trafficPolicy ? config : undefined),
    subsets: [...known.subsets, ...given.filter((s) => !names.has(s.subset.name))],
    ignoredSubsets: [...known.ignoredSubsets, ...given.filter((s) => names.has(s.subset.name))],
    from: [...known.from, config],
  };
}

/** How requests to a destination are hashed, if they are. Source: route.go, HashForHTTPDestination. */
export function hashOf(rule: DestinationRule | undefined, destination: any): any {
  if (!rule) return undefined;
  const port = destination.port?.number;
  const ofPort = (policy: any) =>
    port === undefined
      ? undefined
      : policy?.portLevelSettings?.find((s: any) => s.port?.number === port)?.loadBalancer?.consistentHash;
  const subset = rule.subsets.find((s) => s.subset.name === (destination.subset ?? ''))?.subset.trafficPolicy;
  return (
    ofPort(subset) ??
    subset?.loadBalancer?.consistentHash ??
    ofPort(rule.trafficPolicy) ??
    rule.trafficPolicy?.loadBalancer?.consistentHash
  );
}

/** How requests to a service are hashed that no VirtualService is about. Source: route.go, hashForService. */
export function hashOfService(rule: DestinationRule | undefined, port: number): any {
  const policy = rule?.trafficPolicy;
  const setting = policy?.portLevelSettings?.find((s: any) => s.port?.number === port);
  return setting?.loadBalancer?.consistentHash ?? policy?.loadBalancer?.consistentHash;
}
