import { ExternalService, ServiceHost, Version } from '../constructs';
import type { MeshModel } from '../model/mesh-model';
import { withoutPort } from '../model/virtual-host';
import type { Trace } from '../trace/flow';
import type { Flow } from '../trace/hops';
import { didYouMean, quoted } from '../values/names';
import type { Party, Place } from './request-of';

/** What the mesh of a trace has names for. */
export interface Places {
  /** Workloads, services and hosts, with their namespace and without. */
  readonly names: ReadonlySet<string>;
  readonly versions: ReadonlySet<string>;
}
/** What each trace's mesh has names for. */
export const PLACES = new WeakMap<Trace | Flow, Places>();

/** Of all objects of a mesh. */
export function placesOf(model: MeshModel): Places {
  const names = new Set<string>();
  const versions = new Set<string>();
  for (const w of model.workloads) {
    for (const n of [w.config.name, w.config.name.replace(/-[^-]+$/, '')]) names.add(n).add(`${w.namespace}/${n}`);
    if (w.labels.version !== undefined) versions.add(w.labels.version);
  }
  for (const s of model.services) names.add(s.host).add(s.name).add(`${s.namespace}/${s.name}`);
  for (const r of model.of('DestinationRule')) for (const s of r.spec.subsets ?? []) versions.add(s.name);
  return { names, versions };
}

/**
 * Throws where a name is that of nothing in the trace's mesh: that a request does not reach what is not there says nothing.
 * @param name `'shop/page'`, `'shop/page@v2'`, a version, a host
 */
export function checkPlace(t: Trace | Flow, name: string): void {
  const places = PLACES.get(t);
  if (!places) return;
  const { names, versions } = places;
  const [place, version] = name.split('@', 2) as [string, string | undefined];
  const known =
    version === undefined
      ? names.has(place) || versions.has(place) || names.has(withoutPort(place))
      : names.has(place) && versions.has(version);
  if (!known) throw new Error(`there is no ${quoted([name])} in this mesh${didYouMean(name, [...names, ...versions])}`);
}

/** A client's name as `mesh trace` takes it. */
export function clientName(p: Party): string {
  if (typeof p === 'string') return p;
  if (p instanceof Version) return `${p.service.namespace}/${p.service.name}@${p.name}`;
  if (p instanceof ServiceHost) return `${p.namespace}/${p.name}`;
  const at = (p as unknown as { objectNamespace?: string }).objectNamespace;
  return `gateway:${at ?? p.namespace}/${p.name}`;
}

/** A place's name: that of a client, or the host outside. */
export const placeName = (p: Place): string => (p instanceof ExternalService ? p.host : clientName(p));
