import { quoted } from '../../values/names';
import type { Rule } from '../rule';
import { isPlaced, writtenAnnotations } from '../written-annotations';

/** An annotation is on an object where nothing reads it. */
export const misplacedAnnotation: Rule = {
  id: 'MESH051',
  name: 'misplaced-annotation',
  severity: 'warning',
  codes: ['IST0107'],
  summary: 'an annotation of Istio is on an object of another kind than it is for',
  why: 'Nothing reads it there: what is for pods has to be in the template of the workload, not on the Deployment. Source: istio.io/api, annotation/annotations.gen.go.',
  remedy: 'Move it to the kind that it is for.',
  *check(mesh) {
    for (const a of writtenAnnotations(mesh))
      if (!isPlaced(a))
        yield {
          at: a.at,
          message: `"${a.name}" is for ${quoted(a.known!.kinds)}, not for a ${a.kind}`,
          ...(a.kind === 'Deployment' && a.known!.kinds.includes('Pod')
            ? { hint: 'write it into "spec.template.metadata.annotations"' }
            : {}),
        };
  },
};
