import type { Config } from '../../model/config';
import { isAmbientNamespace, targetsOf, waypointOf } from '../ambient';
import { requestPolicies } from '../ambient-policies';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { namespacesOf } from '../namespaces';
import type { Rule } from '../rule';

/** A policy is attached to a Service by its name, and no waypoint would follow it. */
export const targetWithoutWaypoint: Rule = {
  id: 'MESH211',
  name: 'target-without-waypoint',
  severity: 'warning',
  codes: [],
  summary: 'a policy is attached to a Service that uses no waypoint, and sidecars follow no such policy',
  why: 'A policy with targetRefs is followed by the waypoint of a Service or ServiceEntry that it names, and by the pods of a Gateway of the Gateway API. The sidecars behind the Service, and ztunnel, pass it by: a DENY keeps nobody out, an ALLOW shuts nobody out, tokens are not looked at. Where the Namespace is not among the manifests, it may name a waypoint, and it is an info. Source: pilot/pkg/model/policyattachment.go, ShouldAttachPolicy.',
  remedy:
    'For workloads with sidecars write a selector with the labels of the pods; in ambient mode give the Service a waypoint (`istio.io/use-waypoint`).',
  *check(mesh) {
    const known = objects(mesh);
    const told = new Set(requestPolicies(mesh).map((p) => p.config));
    for (const kind of ['AuthorizationPolicy', 'RequestAuthentication', 'Telemetry', 'WasmPlugin'])
      for (const config of mesh.of(kind)) {
        const { spec, namespace, manifest } = config;
        for (const [i, ref] of targetsOf(spec)) {
          const target =
            ref.kind === 'Service' || ref.kind === 'ServiceEntry' ? known.get(`${ref.kind} ${namespace}/${ref.name}`) : undefined;
          if (!target || waypointOf(mesh, target)) continue;
          const ambient = isAmbientNamespace(mesh, namespace);
          // ambient-policy-without-waypoint tells of these
          if (ambient && ref.kind === 'Service' && told.has(config)) continue;
          const labels = Object.entries(target.spec.selector ?? {}).map(([k, v]) => `${k}: ${v}`);
          yield {
            at: { manifest, path: spec.targetRefs?.length > 0 ? ['spec', 'targetRefs', i] : ['spec', 'targetRef'] },
            ...(namespacesOf(mesh).get(namespace) ? {} : { severity: 'info' as const }),
            message: `${ref.kind} "${ref.name}" uses no waypoint, and nothing else follows a policy that is attached to it: this one counts for nothing`,
            hint:
              ambient || labels.length === 0 || ref.kind !== 'Service'
                ? `give it, or namespace "${namespace}", the label istio.io/use-waypoint`
                : `for its sidecars write "selector: {matchLabels: {${labels.join(', ')}}}" instead`,
            related: [{ at: { manifest: target.manifest, path: ['metadata'] }, message: `the ${ref.kind}` }],
          };
        }
      }
  },
};

const objects = ofMesh((mesh: CheckedMesh) => {
  const out = new Map<string, Config>();
  for (const kind of ['Service', 'ServiceEntry']) for (const c of mesh.of(kind)) out.set(`${kind} ${c.namespace}/${c.name}`, c);
  return out;
});
