import { istioSays } from '../istio-says';
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
  check: (mesh) => istioSays(mesh, (p) => p.code === 'IST0130'),
};
