import { fieldText } from '../../manifests/manifest';
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
  *check(mesh) {
    for (const [manifest, problems] of mesh.problems)
      for (const p of problems)
        if (p.severity === 'warning' && p.code === undefined)
          yield {
            at: { manifest, path: p.path },
            hint: false,
            message: `${p.path.length > 0 ? fieldText(p.path) : manifest.kind} ${p.message}`,
          };
  },
};
