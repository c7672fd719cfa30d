import { ruledAmbientHosts } from '../ambient-destinations';
import type { Rule } from '../rule';

/** A DestinationRule is about a host in ambient mode that uses no waypoint. */
export const ambientRuleWithoutWaypoint: Rule = {
  id: 'MESH104',
  name: 'ambient-rule-without-waypoint',
  severity: 'warning',
  codes: ['KIA0211', 'KIA0210'],
  summary: 'a DestinationRule is about a host in ambient mode that uses no waypoint',
  why: 'In ambient mode it is the waypoint of the destination that follows a DestinationRule; ztunnel knows no requests. Without one, clients in ambient mode are sent on as if the DestinationRule were not there; only clients with sidecars follow it. Source: pilot/pkg/networking/core/listener_waypoint.go.',
  remedy:
    'Add a Gateway of class istio-waypoint, and the label istio.io/use-waypoint with its name to the Service or its namespace.',
  *check(mesh) {
    for (const { at, host, service, waypoint } of ruledAmbientHosts(mesh))
      if (!waypoint)
        yield {
          at,
          message: `"${host}" is in ambient mode and uses no waypoint, so clients in ambient mode do not follow the settings for requests`,
          hint: `give ${service.manifest.kind} "${service.name}", or namespace "${service.namespace}", the label istio.io/use-waypoint`,
          related: [{ at: { manifest: service.manifest, path: ['metadata', 'labels'] }, message: 'the destination' }],
          codes: [service.manifest.kind === 'Service' ? 'KIA0211' : 'KIA0210'],
        };
  },
};
