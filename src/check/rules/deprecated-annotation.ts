import type { Rule } from '../rule';
import { writtenAnnotations } from '../written-annotations';

const INJECT = 'sidecar.istio.io/inject';

/** An annotation that Istio is to forget. */
export const deprecatedAnnotation: Rule = {
  id: 'MESH052',
  name: 'deprecated-annotation',
  severity: 'info',
  codes: ['IST0135'],
  summary: 'an annotation that Istio is to forget',
  why: 'It is read still, and some version to come will not. Source: istio.io/api, annotation/annotations.gen.go.',
  remedy: 'Use what replaces it: for `sidecar.istio.io/inject` the label of the same name.',
  *check(mesh) {
    for (const { name, known, labels, at } of writtenAnnotations(mesh))
      if (known?.deprecated && !(name === INJECT && labels[INJECT] !== undefined))
        yield {
          at,
          message: `the annotation "${name}" is deprecated`,
          ...(name === INJECT ? { hint: `write it as a label: "${INJECT}"` } : {}),
        };
  },
};
