import { type WaypointUse, waypointSaid } from '../ambient';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { type GatewayApiObject, gatewaysOf } from '../gateway-api';
import { candidates } from '../hints';
import { podLabelsPath, podsOf } from '../pods';
import type { Rule } from '../rule';

/** Something is told to use a waypoint that is not there. */
export const waypointUnknown: Rule = {
  id: 'MESH108',
  name: 'waypoint-unknown',
  severity: 'error',
  codes: ['KIA1313'],
  summary: 'something is told to use a waypoint that is not there',
  why: 'Requests go on without a waypoint, and past all policies and routes that it was to follow, until there is a Gateway of the name. Where the namespace has no Gateway at all among the manifests it is a warning: istioctl may have made it. Source: pilot/pkg/serviceregistry/ambient/waypoints.go, fetchWaypointForTarget.',
  remedy:
    'Add a Gateway of class istio-waypoint with the name, or name one that is there; the label istio.io/use-waypoint-namespace says in which namespace it is.',
  *check(mesh) {
    const { byName, names } = waypoints(mesh);
    for (const { use, what } of uses(mesh)) {
      const known = byName.get(`${use.namespace}/${use.name}`);
      const isOther = known && (known.spec.gatewayClassName === 'istio' || known.spec.gatewayClassName === 'istio-remote');
      if (known && !isOther) continue;
      const there = names.get(use.namespace) ?? [];
      yield {
        at: use.at,
        message: isOther
          ? `${what} uses waypoint "${use.name}", which is a Gateway of class "${known.spec.gatewayClassName}", and no waypoint`
          : `${what} uses waypoint "${use.name}", and namespace "${use.namespace}" has no such Gateway`,
        hint: isOther
          ? 'give the Gateway the class "istio-waypoint", or name another'
          : candidates(use.name, there) || 'add a Gateway of class "istio-waypoint"',
        ...(isOther
          ? { related: [{ at: { manifest: known.manifest, path: ['spec', 'gatewayClassName'] }, message: 'the Gateway' }] }
          : {}),
        ...(isOther || there.length > 0 ? {} : { severity: 'warning' as const }),
      };
    }
  },
};

function* uses(mesh: CheckedMesh): Iterable<{ readonly use: WaypointUse; readonly what: string }> {
  for (const kind of ['Namespace', 'Service', 'ServiceEntry'])
    for (const { name, namespace, manifest } of mesh.of(kind)) {
      const use = waypointSaid(manifest.labels, kind === 'Namespace' ? name : namespace, manifest, ['metadata', 'labels']);
      if (use && use !== 'none') yield { use, what: `${kind} "${name}"` };
    }
  for (const p of podsOf(mesh)) {
    const { manifest } = p.config;
    if (manifest.kind.startsWith('Workload')) continue;
    const use = waypointSaid(p.labels, p.namespace, manifest, podLabelsPath(manifest));
    if (use && use !== 'none') yield { use, what: `${manifest.kind} "${manifest.name}"` };
  }
}

const waypoints = ofMesh((mesh: CheckedMesh) => {
  const byName = new Map<string, GatewayApiObject>();
  const names = new Map<string, string[]>();
  for (const g of gatewaysOf(mesh)) {
    byName.set(`${g.namespace}/${g.name}`, g);
    names.set(g.namespace, [...(names.get(g.namespace) ?? []), g.name]);
  }
  return { byName, names };
});
