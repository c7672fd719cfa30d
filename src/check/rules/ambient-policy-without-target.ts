import { isAboutAmbient, targetsOf, waypointOfNamespace } from '../ambient';
import { requestPolicies } from '../ambient-policies';
import type { Rule } from '../rule';

/** A policy about requests is for workloads in ambient mode, and names no target. */
export const ambientPolicyWithoutTarget: Rule = {
  id: 'MESH100',
  name: 'ambient-policy-without-target',
  severity: 'warning',
  codes: ['KIA0110', 'KIA1115', 'KIA1116', 'KIA1117', 'KIA0109', 'KIA1110', 'KIA1111', 'KIA1112'],
  summary: 'a policy about requests is for workloads in ambient mode, and names no target',
  why: 'ztunnel knows connections, not requests, and a waypoint takes only policies that name it, or a Service behind it, in targetRefs. Of an AuthorizationPolicy ztunnel leaves rules about requests out: an ALLOW policy then refuses what it was to allow (an error), a DENY policy refuses more. Tokens are not checked, filters not run. A Telemetry for its whole namespace is taken by the waypoint, and right (Kiali warns). Source: pilot/pkg/serviceregistry/ambient/authorization.go and pilot/pkg/model/policyattachment.go, ShouldAttachPolicy.',
  remedy:
    'Replace the selector by targetRefs to the Service, or to the waypoint, and give the namespace or the Service a waypoint.',
  *check(mesh) {
    for (const { config, asks, codes } of requestPolicies(mesh)) {
      const { spec, namespace, manifest } = config;
      if (targetsOf(spec).length > 0 || !isAboutAmbient(mesh, config)) continue;
      const hasSelector = Object.keys(spec.selector?.matchLabels ?? {}).length > 0;
      const waypoint = waypointOfNamespace(mesh, namespace);
      if (manifest.kind === 'Telemetry' && !hasSelector && waypoint) continue;
      const refuses = manifest.kind === 'AuthorizationPolicy';
      yield {
        at: { manifest, path: hasSelector ? ['spec', 'selector'] : ['spec'] },
        message: `${manifest.kind} asks for ${refuses ? `"${asks}"` : asks} of workloads in ambient mode, and names no target: ${refuses ? 'ztunnel leaves such rules out' : 'nobody does it'}`,
        hint: waypoint
          ? `replace the selector by targetRefs to a Service, or to the waypoint "${waypoint.name}"`
          : `replace the selector by targetRefs, and give namespace "${namespace}" a waypoint with the label istio.io/use-waypoint`,
        ...(refuses && (spec.action ?? 'ALLOW') === 'ALLOW' ? { severity: 'error' as const } : {}),
        ...(waypoint
          ? { related: [{ at: waypoint.at, message: 'the waypoint' }], codes: [codes[1]] }
          : { codes: [codes[1], codes[0]] }),
      };
    }
  },
};
