import { isAmbientNamespace, targetsOf, waypointOf } from '../ambient';
import { requestPolicies } from '../ambient-policies';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import type { Rule } from '../rule';

/** A policy about requests is attached to a Service that uses no waypoint. */
export const ambientPolicyWithoutWaypoint: Rule = {
  id: 'MESH101',
  name: 'ambient-policy-without-waypoint',
  severity: 'warning',
  codes: ['KIA0109', 'KIA1110', 'KIA1111', 'KIA1112'],
  summary: 'a policy about requests is attached to a Service in ambient mode that uses no waypoint',
  why: 'Only a waypoint follows policies that name their target; ztunnel passes them by. Without a waypoint nobody asks the policy: what it denies is let through. Source: pilot/pkg/serviceregistry/ambient/authorization.go, convertAuthorizationPolicy.',
  remedy:
    'Add a Gateway of class istio-waypoint, and the label istio.io/use-waypoint with its name to the Service or its namespace.',
  *check(mesh) {
    const services = servicesByName(mesh);
    for (const { config, codes } of requestPolicies(mesh)) {
      const { spec, namespace, manifest } = config;
      if (!isAmbientNamespace(mesh, namespace)) continue;
      for (const [i, ref] of targetsOf(spec)) {
        if (ref.kind !== 'Service' || (ref.group && ref.group !== 'core')) continue;
        const service = services.get(`${namespace}/${ref.name}`);
        if (!service || waypointOf(mesh, service)) continue;
        yield {
          at: { manifest, path: spec.targetRefs?.length > 0 ? ['spec', 'targetRefs', i] : ['spec', 'targetRef'] },
          message: `Service "${ref.name}" uses no waypoint, so nobody follows this ${manifest.kind}`,
          hint: `give the Service, or namespace "${namespace}", the label istio.io/use-waypoint`,
          related: [{ at: { manifest: service.manifest, path: ['metadata', 'labels'] }, message: 'the Service' }],
          codes: [codes[0]],
        };
      }
    }
  },
};

const servicesByName = ofMesh((mesh: CheckedMesh) => new Map(mesh.of('Service').map((c) => [`${c.namespace}/${c.name}`, c])));
