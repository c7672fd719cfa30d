import { isInternalGateway } from '../gateways';
import { istioSays } from '../istio-says';
import type { Rule } from '../rule';
import { isAbout } from './schema';

/** What Istio's webhook refuses. */
export const istioValidation: Rule = {
  id: 'MESH010',
  name: 'istio-validation',
  severity: 'error',
  codes: ['IST0106'],
  summary: "Istio's webhook refuses a field",
  why: "Istio's validating webhook refuses the object, and `kubectl apply` ends with it. Where the webhook is not asked (its failurePolicy, a cluster without it), istiod may leave the object out, or Envoy may refuse what it makes of it, and a whole port with it. Source: pkg/config/validation.",
  remedy: 'Write the field as the message says.',
  check: (mesh) =>
    istioSays(
      mesh,
      (p, manifest) =>
        p.severity === 'error' &&
        !(mesh.schemaProblems.get(manifest) ?? []).some((s) => isAbout(s.path, p.path)) &&
        // internal-gateway tells it
        !(p.path[1] === 'gateways' && isInternalGateway(String(manifest.object.spec.gateways?.[p.path[2]!]))),
      { hint: false },
    ),
};
