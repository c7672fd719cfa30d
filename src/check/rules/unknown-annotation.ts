import { didYouMean } from '../../values/names';
import { KNOWN_ANNOTATIONS } from '../known-annotations';
import type { Rule } from '../rule';
import { writtenAnnotations } from '../written-annotations';

/** An annotation of Istio's that there is not. */
export const unknownAnnotation: Rule = {
  id: 'MESH050',
  name: 'unknown-annotation',
  severity: 'warning',
  codes: ['IST0108'],
  summary: 'an annotation of istio.io that Istio does not know',
  why: 'Nothing reads it, so what it should say is not said. Source: istio.io/api, annotation/annotations.gen.go.',
  remedy: 'Mend the name; some settings are labels, not annotations.',
  *check(mesh) {
    for (const { name, known, at } of writtenAnnotations(mesh))
      if (!known) {
        const hint = didYouMean(name, Object.keys(KNOWN_ANNOTATIONS)).replace(/^ \(|\)$/g, '');
        yield { at, message: `Istio has no annotation "${name}"`, ...(hint ? { hint } : {}) };
      }
  },
};
