import { fieldText } from '../../manifests/manifest';
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
  *check(mesh) {
    for (const [manifest, problems] of mesh.problems) {
      const told = mesh.schemaProblems.get(manifest) ?? [];
      for (const { severity, path, message } of problems)
        if (severity === 'error' && !told.some((s) => isAbout(s.path, path)))
          yield {
            at: { manifest, path },
            hint: false,
            message: `${path.length > 0 ? fieldText(path) : manifest.kind} ${message}`,
          };
    }
  },
};
