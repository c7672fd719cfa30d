import { istioSays } from '../istio-says';
import type { Rule } from '../rule';

/** What Istio's webhook warns of. */
export const istioWarning: Rule = {
  id: 'MESH011',
  name: 'istio-warning',
  severity: 'warning',
  codes: ['IST0133'],
  summary: "Istio's webhook warns of a field",
  why: "Istio's validating webhook lets the object in and warns: what it says has no effect, or another one than it looks like. Source: pkg/config/validation.",
  remedy: 'Write the field as the message says.',
  check: (mesh) => istioSays(mesh, (p) => p.severity === 'warning' && p.code === undefined, { hint: false }),
};
