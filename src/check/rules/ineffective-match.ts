import { istioSays } from '../istio-says';
import type { Rule } from '../rule';

/** A match that an earlier rule asks for, too. */
export const ineffectiveMatch: Rule = {
  id: 'MESH013',
  name: 'ineffective-match',
  severity: 'info',
  codes: ['IST0131'],
  summary: 'a match of a route can never be met, since an earlier route takes its requests',
  why: 'The first route that matches decides; by this match no request gets to its route. Source: pkg/config/validation/validation.go.',
  remedy: 'Put the narrower match first, or take this one out.',
  check: (mesh) => istioSays(mesh, (p) => p.code === 'IST0131'),
};
