import { type FieldPath, fieldText, type Manifest } from '../../manifests/manifest';
import type { SchemaProblem } from '../../schema/problem';
import type { CheckedMesh } from '../checked-mesh';
import type { Found, Rule } from '../rule';

/** What the API server refuses by the schema of the kind. */
export const schema: Rule = {
  id: 'MESH006',
  name: 'schema',
  severity: 'error',
  codes: ['IST0106'],
  summary: 'the API server refuses a field',
  why: "The kind has no such field, or wants something else in it: by the OpenAPI schema and the CEL rules of the kind's CustomResourceDefinition, or by Kubernetes' own API, which also wants values that agree: a selector that chooses the pods of its own template, a name for each of several ports. `kubectl apply` refuses the object; where validation is not strict, a misspelt field is left out in silence.",
  remedy: 'Write the field as the kind has it; the hint names what is near.',
  *check(mesh) {
    for (const [m, problems] of mesh.schemaProblems) for (const p of problems) yield found(mesh, m, p);
  },
};

/** A fault that Istio's validation sees too is told once, with its code; of fields beside `spec` only the webhook tells. */
function found(mesh: CheckedMesh, manifest: Manifest, { path, message, hint }: SchemaProblem): Found {
  const known = (mesh.problems.get(manifest) ?? []).some(
    (p) => p.severity === 'error' && isAbout(p.path, path) && !isBesideSpec(p.path),
  );
  return {
    at: { manifest, path },
    message: `${path.length > 0 ? fieldText(path) : manifest.kind} ${message}`,
    hint: hint ?? false,
    ...(known ? {} : { codes: [] }),
  };
}

const isBesideSpec = ([first, ...more]: FieldPath) => more.length === 0 && first !== undefined && !TOP.includes(String(first));
const TOP = ['apiVersion', 'kind', 'metadata', 'spec', 'status'];

/** Whether two faults are at one field, or one of them is within the other's. */
export const isAbout = (a: FieldPath, b: FieldPath): boolean =>
  a.slice(0, b.length).join('\n') === b.slice(0, a.length).join('\n');
