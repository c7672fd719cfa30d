import type { FieldPath, Manifest } from '../manifests/manifest';
import type { Config, Ref } from '../model/config';
import { isWanted } from './analyzed-pods';
import type { CheckedMesh } from './checked-mesh';
import { items, textOf } from './items';
import { namespaceLabels, namespacesOf } from './namespaces';
import { type Pods, podsIn, selectedPods } from './pods';

export const DATAPLANE = 'istio.io/dataplane-mode';
export const USE_WAYPOINT = 'istio.io/use-waypoint';
const USE_WAYPOINT_OF = 'istio.io/use-waypoint-namespace';

/** Whether a namespace's pods are in ambient mode unless they say otherwise. */
export const isAmbientNamespace = (mesh: CheckedMesh, namespace: string): boolean =>
  namespaceLabels(mesh, namespace)[DATAPLANE] === 'ambient';

/** Whether pods get a sidecar. Source: pkg/kube/inject/inject.go, injectRequired. */
export const hasSidecar = (mesh: CheckedMesh, p: Pods): boolean => isWanted(p, namespaceLabels(mesh, p.namespace));

/** Whether ztunnel takes the pods' requests. Source: cni/pkg/util/podutil.go, PodRedirectionEnabled. */
export function isAmbient(mesh: CheckedMesh, p: Pods): boolean {
  if (p.config.manifest.kind.startsWith('Workload') || p.labels[DATAPLANE] === 'none' || hasSidecar(mesh, p)) return false;
  return p.labels[DATAPLANE] === 'ambient' || isAmbientNamespace(mesh, p.namespace);
}

/** Which waypoint something is told to use, and where it is told. */
export interface WaypointUse {
  readonly name: string;
  readonly namespace: string;
  readonly at: Ref;
}

/** What labels say about a waypoint; `none` where they say that there is to be none. */
export function waypointSaid(
  labels: Readonly<Record<string, string>>,
  namespace: string,
  manifest: Manifest,
  path: FieldPath,
): WaypointUse | 'none' | undefined {
  const name = labels[USE_WAYPOINT];
  if (!textOf(name)) return undefined;
  if (name === 'none') return 'none';
  return { name: name!, namespace: labels[USE_WAYPOINT_OF] ?? namespace, at: { manifest, path: [...path, USE_WAYPOINT] } };
}

/** The waypoint of an object with labels of its own, or its namespace's. Source: pilot/pkg/serviceregistry/ambient/waypoints.go, fetchWaypointForTarget. */
export function waypointOf(mesh: CheckedMesh, { namespace, manifest }: Config): WaypointUse | undefined {
  const own = waypointSaid(manifest.labels, namespace, manifest, ['metadata', 'labels']);
  if (own) return own === 'none' ? undefined : own;
  return waypointOfNamespace(mesh, namespace);
}

/** The waypoint of a namespace. */
export function waypointOfNamespace(mesh: CheckedMesh, namespace: string): WaypointUse | undefined {
  const object = namespacesOf(mesh).get(namespace)?.manifest;
  const said = object && waypointSaid(object.labels, namespace, object, ['metadata', 'labels']);
  return said === 'none' ? undefined : said;
}

/** What a policy is attached to by name. */
export const targetsOf = (spec: any): readonly [number, any][] =>
  items(spec.targetRefs).length > 0 ? items(spec.targetRefs) : items([spec.targetRef]);

/** Whether a policy without targets is about pods of ambient mode: those that it selects, or the namespace's. */
export function isAboutAmbient(mesh: CheckedMesh, { spec, namespace }: Config): boolean {
  const labels = spec.selector?.matchLabels;
  const bySelector = Object.keys(labels ?? {}).length > 0;
  const pods = bySelector ? selectedPods(mesh, namespace, labels) : podsIn(mesh, namespace);
  if (pods.length === 0) return isAmbientNamespace(mesh, namespace);
  return pods.some((p) => isAmbient(mesh, p) && p.labels['gateway.networking.k8s.io/gateway-name'] === undefined);
}
