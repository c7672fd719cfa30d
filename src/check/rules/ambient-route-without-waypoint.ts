import { routedAmbientHosts } from '../ambient-destinations';
import type { Rule } from '../rule';

/** A VirtualService is about a host in ambient mode that uses no waypoint. */
export const ambientRouteWithoutWaypoint: Rule = {
  id: 'MESH102',
  name: 'ambient-route-without-waypoint',
  severity: 'warning',
  codes: ['KIA1113', 'KIA1109'],
  summary: 'a VirtualService is about a host in ambient mode that uses no waypoint',
  why: 'In ambient mode it is the waypoint of the destination that follows a VirtualService; ztunnel knows no requests. Without one, clients in ambient mode are sent on as if the VirtualService were not there; only clients with sidecars follow it. Source: pilot/pkg/networking/core/listener_waypoint.go.',
  remedy:
    'Add a Gateway of class istio-waypoint, and the label istio.io/use-waypoint with its name to the Service or its namespace.',
  *check(mesh) {
    for (const { at, host, service, waypoint } of routedAmbientHosts(mesh))
      if (!waypoint)
        yield {
          at,
          message: `"${host}" is in ambient mode and uses no waypoint, so clients in ambient mode do not follow the routes`,
          hint: `give ${service.manifest.kind} "${service.name}", or namespace "${service.namespace}", the label istio.io/use-waypoint`,
          related: [{ at: { manifest: service.manifest, path: ['metadata', 'labels'] }, message: 'the destination' }],
          codes: [service.manifest.kind === 'Service' ? 'KIA1113' : 'KIA1109'],
        };
  },
};
