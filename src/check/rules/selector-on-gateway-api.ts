import { selects } from '../../model/config';
import { type AnalyzedPod, podsOf } from '../analyzed-pods';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { at, filed } from '../fields';
import type { Rule } from '../rule';

const GATEWAY = 'gateway.networking.k8s.io/gateway-name';

/** A policy selects pods of a Gateway of the Gateway API, which take policies by name alone. */
export const selectorOnGatewayApi: Rule = {
  id: 'MESH063',
  name: 'selector-on-gateway-api',
  severity: 'warning',
  codes: ['IST0166'],
  summary: 'a policy selects pods of a Gateway of the Kubernetes Gateway API by labels',
  why: 'Gateways of the Gateway API, waypoints among them, take only policies that name them in `targetRefs`: the selector does nothing there. Source: pilot/pkg/model/policyattachment.go.',
  remedy: 'Write `targetRefs` with the Gateway.',
  *check(mesh) {
    for (const kind of ['AuthorizationPolicy', 'RequestAuthentication', 'Telemetry', 'WasmPlugin'])
      for (const c of mesh.of(kind)) {
        const { selector, targetRef } = c.spec;
        if (targetRef || !selector) continue;
        const pod = gatewayPods(mesh)
          .get(c.namespace)
          ?.find((p) => selects(selector.matchLabels, p.labels));
        if (pod)
          yield {
            at: at(c, 'spec', 'selector'),
            message: `the selector does nothing for pods of the Gateway "${c.namespace}/${pod.labels[GATEWAY]}"`,
            hint: `write targetRefs: [{ kind: Gateway, group: gateway.networking.k8s.io, name: ${pod.labels[GATEWAY]} }]`,
          };
      }
  },
};

const gatewayPods: (mesh: CheckedMesh) => ReadonlyMap<string, readonly AnalyzedPod[]> = ofMesh((mesh) => {
  const out = new Map<string, AnalyzedPod[]>();
  for (const p of podsOf(mesh).all) if (p.labels[GATEWAY] !== undefined) filed(out, p.namespace, p);
  return out;
});
