import { type FieldPath, fieldText, type Manifest } from '../manifests/manifest';
import type { Problem } from '../validation/problem';
import type { CheckedMesh } from './checked-mesh';
import type { Found } from './rule';

/** Whether Istio's webhook refuses an object for this very field. */
export const isRefused = ({ problems }: CheckedMesh, manifest: Manifest, path: FieldPath): boolean =>
  (problems.get(manifest) ?? []).some((p) => p.severity === 'error' && fieldText(p.path) === fieldText(path));

/** What Istio's validation says of the objects, as findings: those that are wanted, with what they have in common. */
export function* istioSays(
  { problems }: CheckedMesh,
  wanted: (problem: Problem, manifest: Manifest) => boolean,
  common: Partial<Found> = {},
): Iterable<Found> {
  for (const [manifest, all] of problems)
    for (const p of all)
      if (wanted(p, manifest))
        yield {
          ...common,
          at: { manifest, path: p.path },
          message: `${p.path.length > 0 ? fieldText(p.path) : manifest.kind} ${p.message}`,
        };
}
