import { fieldText } from '../../manifests/manifest';
import type { Rule } from '../rule';

/** A rule after one that takes everything, or that asks for the same. */
export const unreachableRule: Rule = {
  id: 'MESH012',
  name: 'unreachable-rule',
  severity: 'warning',
  codes: ['IST0130'],
  summary: 'a route can never decide, since an earlier one takes all of its requests',
  why: 'The first route that matches decides; a request never gets to this one. Source: pkg/config/validation/validation.go.',
  remedy: 'Put it before the one that takes its requests, or take it out.',
  *check(mesh) {
    for (const [manifest, problems] of mesh.problems)
      for (const p of problems)
        if (p.code === 'IST0130')
          yield {
            at: { manifest, path: p.path },
            message: `${p.path.length > 0 ? fieldText(p.path) : manifest.kind} ${p.message}`,
          };
  },
};
