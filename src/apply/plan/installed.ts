import type { Resource } from '../../cluster/discovery';
import type { Manifest } from '../../manifests/manifest';
import { isOfRevision, meshConfigIn, REVISION, saySame } from '../../manifests/mesh-config-map';
import { type MeshConfig, meshConfig } from '../../model/mesh-config';
import type { Live } from '../live';

/** What is true of the installation. */
export interface Installation {
  /** MeshConfig. @default - that of the ConfigMap `istio` in istio-system, or Istio's own defaults */
  readonly meshConfig?: Readonly<Record<string, unknown>>;
  /** Suffix of services' names. @default 'cluster.local' */
  readonly clusterDomain?: string;
}

/** The ConfigMap in which Istio's installers write MeshConfig. Source: istio.io, "Installation with Helm", istiod's ConfigMap. */
export const CONFIG_MAP = { namespace: 'istio-system', name: 'istio' };

/** The right to read it, as plans tell rights. */
export const SETTINGS = `get configmaps in namespace "${CONFIG_MAP.namespace}"`;
/** What is said where it is missing. */
export const settingsUnread = `you may not ${SETTINGS}: MeshConfig is not known, and taken for Istio's own; --mesh-config FILE says what it is`;

/**
 * Reads MeshConfig: the ConfigMap `istio`; where Istio is installed with revisions alone, that of the revision.
 * @returns what is to be said of it: that revisions differ in what is about requests, so that nobody knows which holds
 */
export async function readSettings(live: Live, kind: Resource): Promise<readonly string[]> {
  if ((await live.one(kind, CONFIG_MAP)) || live.forbidden.has(SETTINGS)) return [];
  const all = (await live.labelled(kind, CONFIG_MAP.namespace, REVISION)).filter((l) => isOfRevision(l.manifest));
  const [first] = all;
  if (!first) return [];
  if (saySame(all.map((l) => l.manifest))) {
    live.objects.set(first.key, first);
    return [];
  }
  const names = all.map((l) => l.manifest.name).sort();
  return [
    `MeshConfig of the revisions (ConfigMaps ${names.join(', ')}) differs, and is taken for Istio's own: --mesh-config FILE says which holds`,
  ];
}

/** MeshConfig as is said, or as its ConfigMap among some manifests has it; nothing where neither is. */
export const settingsIn = ({ meshConfig: given }: Installation, manifests: readonly Manifest[]): Installation['meshConfig'] =>
  given ?? meshConfigIn(manifests);

/** The settings of the mesh, with Istio's own where nothing is said. */
export const installed = (installation: Installation, manifests: readonly Manifest[]): MeshConfig =>
  meshConfig(settingsIn(installation, manifests), installation.clusterDomain);
