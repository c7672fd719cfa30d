import { isAmbient, isAmbientNamespace, USE_WAYPOINT, waypointSaid } from '../ambient';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { podLabelsPath, podsOf } from '../pods';
import type { Rule } from '../rule';

/** Something is told to use a waypoint, and is not in ambient mode. */
export const waypointWithoutAmbient: Rule = {
  id: 'MESH107',
  name: 'waypoint-without-ambient',
  severity: 'warning',
  codes: ['KIA1312'],
  summary: 'pods are told to use a waypoint, and are not in ambient mode',
  why: 'Requests to pods that ztunnel does not take do not have to pass a waypoint: whoever dials a pod, or has no proxy, goes by it, and so by its policies. Source: cni/pkg/util/podutil.go, PodRedirectionEnabled; pilot/pkg/serviceregistry/ambient/waypoints.go.',
  remedy: 'Give the namespace the label "istio.io/dataplane-mode: ambient", or take "istio.io/use-waypoint" out.',
  *check(mesh) {
    const ambientIn = ambientPods(mesh);
    for (const { name, manifest } of mesh.of('Namespace')) {
      const use = waypointSaid(manifest.labels, name, manifest, ['metadata', 'labels']);
      if (!use || use === 'none' || isAmbientNamespace(mesh, name) || ambientIn.has(name)) continue;
      yield {
        at: use.at,
        message: `namespace "${name}" uses waypoint "${use.name}", and none of its pods is in ambient mode`,
        hint: 'add the label "istio.io/dataplane-mode: ambient"',
      };
    }
    for (const p of podsOf(mesh)) {
      const { manifest } = p.config;
      const use = waypointSaid(p.labels, p.namespace, manifest, podLabelsPath(manifest));
      if (!use || use === 'none' || isAmbient(mesh, p) || manifest.kind.startsWith('Workload')) continue;
      yield {
        at: { manifest, path: [...podLabelsPath(manifest), USE_WAYPOINT] },
        message: `pods of ${manifest.kind} "${manifest.name}" use waypoint "${use.name}", and are not in ambient mode`,
        hint: `give them, or namespace "${p.namespace}", the label "istio.io/dataplane-mode: ambient"`,
      };
    }
  },
};

const ambientPods = ofMesh(
  (mesh: CheckedMesh) =>
    new Set(
      podsOf(mesh)
        .filter((p) => isAmbient(mesh, p))
        .map((p) => p.namespace),
    ),
);
