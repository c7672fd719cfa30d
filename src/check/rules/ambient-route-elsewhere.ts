import { routedAmbientHosts } from '../ambient-destinations';
import type { Rule } from '../rule';

/** A VirtualService for a host in ambient mode is where its waypoint does not look. */
export const ambientRouteElsewhere: Rule = {
  id: 'MESH103',
  name: 'ambient-route-elsewhere',
  severity: 'warning',
  codes: ['KIA1114'],
  summary: 'a VirtualService for a host in ambient mode is in a namespace where the waypoint does not look',
  why: "A waypoint takes a VirtualService from the namespace of the destination, from its own; one in the client's namespace does nothing for clients in ambient mode. (Kiali wants it in the destination's namespace alone.) Source: pilot/pkg/networking/core/listener_waypoint.go, getVirtualServiceForWaypoint.",
  remedy: 'Move it to the namespace of the destination.',
  *check(mesh) {
    for (const { config, at, host, service, waypoint } of routedAmbientHosts(mesh)) {
      if (!waypoint || config.namespace === service.namespace || config.namespace === waypoint.namespace) continue;
      yield {
        at,
        message: `the waypoint of "${host}" does not look for a VirtualService in namespace "${config.namespace}"`,
        hint: `move it to namespace "${service.namespace}"`,
        related: [{ at: waypoint.at, message: 'the waypoint' }],
      };
    }
  },
};
