/**
 * The routing kernel: matches, a host's table, and its compilation to ordered routes. It knows neither cdk8s nor
 * Kubernetes, and runs in a browser too.
 * @module
 */
export type { Binding } from './cells';
export { compile, envoyRoutes, type HttpRoute } from './compile';
export { describeAction, describeEffect, describeMatch, describeMatches } from './describe';
export type * from './effects';
export { type Finding, findings } from './findings';
export type { HeaderMatch } from './header-match';
export { compileL4, type L4Match, type L4Rule, renderTcp, renderTls, renderTlsRules } from './l4';
export { accepts, and, CannotCombine, disjoint, implies, type Match } from './match';
export type { PathMatch } from './path-match';
export { renderMatch, renderRoute } from './render-http';
export type { Request, Source } from './request';
export { RoutingError } from './routing-error';
export { type Decision, decide } from './spec';
export type { StringMatch, ValueMatch } from './string-match';
export {
  type Action,
  type Destination,
  type HttpTable,
  ladder,
  type Origin,
  OVERLAY_TIERS,
  type Overlay,
  type OverlayTier,
  overlayLadder,
  RULE_TIERS,
  type Rule,
  type RuleTier,
  ruleLadder,
} from './table';
