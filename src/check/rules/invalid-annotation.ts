import { ANNOTATION_VALUES } from '../annotation-values';
import type { Rule } from '../rule';
import { isPlaced, writtenAnnotations } from '../written-annotations';

/** An annotation has a value that Istio cannot read. */
export const invalidAnnotation: Rule = {
  id: 'MESH053',
  name: 'invalid-annotation',
  severity: 'error',
  codes: ['IST0125'],
  summary: 'an annotation has a value that Istio cannot read',
  why: 'The injector refuses the pod, and the workload does not start. Source: pkg/kube/inject/validate.go.',
  remedy: 'Write a value of the kind that is named.',
  *check(mesh) {
    for (const a of writtenAnnotations(mesh)) {
      if (!isPlaced(a) || a.known?.kinds.includes('Any')) continue;
      const wrong = Object.hasOwn(ANNOTATION_VALUES, a.name) ? ANNOTATION_VALUES[a.name]!(a.value) : undefined;
      if (wrong !== undefined) yield { at: a.at, hint: false, message: `"${a.name}" cannot be read: ${wrong}` };
    }
  },
};
