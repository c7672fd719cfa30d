import type { TrafficPolicy } from '../../imports/networking.istio.io';

/** A policy without what stands for ports. */
export type Settings = Omit<TrafficPolicy, 'portLevelSettings'>;

/** What is said about a service's connections, level by level. */
export interface PolicyLayers {
  /** For the service. */
  readonly whole: Settings | undefined;
  /** In place of the service's, by port number. */
  readonly byPort: ReadonlyMap<number, Settings>;
  /** Over both, by version. */
  readonly byVersion: ReadonlyMap<string, Settings>;
}

/**
 * The layers of one version alone, which no route names: Istio lays a subset's settings over a port's, and a port's
 * stand in for the service's. Source: `MergeSubsetTrafficPolicy` in pilot/pkg/networking/util.
 */
export function onlyVersion(said: PolicyLayers, version: string, what: string): PolicyLayers {
  const mine = said.byVersion.get(version);
  return { ...(mine ? laidOver(said, mine, what) : said), byVersion: new Map() };
}

/** Settings that hold before all others: what they say, no port and no version says any more. */
export function laidOver(said: PolicyLayers, over: Settings, what: string): PolicyLayers {
  const { retryBudget, ...forPorts } = over;
  if (retryBudget && said.byPort.size > 0)
    throw new Error(
      `retryBudget of ${what} cannot hold on port ${[...said.byPort.keys()].join(', ')}, which has a policy of its own (portPolicy): Istio has no retry budget for a port; drop one of the two`,
    );
  const rest = (s: Settings): Settings => Object.fromEntries(Object.entries(s).filter(([k]) => !(k in over)));
  return {
    whole: { ...said.whole, ...over },
    byPort: new Map([...said.byPort].map(([port, s]) => [port, { ...s, ...forPorts }])),
    byVersion: new Map([...said.byVersion].map(([version, s]) => [version, rest(s)])),
  };
}

/** A DestinationRule's `trafficPolicy`; `undefined` when nothing is said. */
export function renderPolicy({ whole, byPort }: PolicyLayers): TrafficPolicy | undefined {
  const ports = [...byPort].map(([number, settings]) => ({ port: { number }, ...settings }));
  const policy: TrafficPolicy = { ...whole, ...(ports.length > 0 ? { portLevelSettings: ports } : {}) };
  return Object.keys(policy).length > 0 ? policy : undefined;
}
