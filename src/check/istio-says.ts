import { fieldText, type Manifest } from '../manifests/manifest';
import type { Problem } from '../validation/problem';
import type { CheckedMesh } from './checked-mesh';
import type { Found } from './rule';

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
