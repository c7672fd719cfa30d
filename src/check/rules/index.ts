import { didYouMean } from '../../values/names';
import { findRule, type Rule } from '../rule';
import { authorizationHttpOnTcp } from './authorization-http-on-tcp';
import { authorizationNobodyLeft } from './authorization-nobody-left';
import { authorizationShutsOutGateway } from './authorization-shuts-out-gateway';
import { delegateLeftOut } from './delegate-left-out';
import { delegateMatchContradicts } from './delegate-match-contradicts';
import { delegateUnused } from './delegate-unused';
import { destinationNotVisible } from './destination-not-visible';
import { destinationRuleHidden } from './destination-rule-hidden';
import { destinationRulesNotMerged } from './destination-rules-not-merged';
import { faultWithoutPercentage } from './fault-without-percentage';
import { gatewayHostNotServed } from './gateway-host-not-served';
import { gatewayHostWithoutRoutes } from './gateway-host-without-routes';
import { impossibleMatch } from './impossible-match';
import { listHeaderRegex } from './list-header-regex';
import { matchGatewayNotBound } from './match-gateway-not-bound';
import { matchPortNotServed } from './match-port-not-served';
import { noDefaultRule } from './no-default-rule';
import { orderDependsOnAge } from './order-depends-on-age';
import { pastItsDate } from './past-its-date';
import { plainHttpToTlsPort } from './plain-http-to-tls-port';
import { redirectCodeRefused } from './redirect-code-refused';
import { regexWithoutWildcards } from './regex-without-wildcards';
import { retriesBesideAbort } from './retries-beside-abort';
import { retriesOutlastTimeout } from './retries-outlast-timeout';
import { rewriteSlash } from './rewrite-slash';
import { routeHostNotInRegistry } from './route-host-not-in-registry';
import { routesNotForServer } from './routes-not-for-server';
import { routesOutsideSidecarScope } from './routes-outside-sidecar-scope';
import { rulesNotForPort } from './rules-not-for-port';
import { serverLeftOut } from './server-left-out';
import { shadowedRule } from './shadowed-rule';
import { sourcesBesideGateways } from './sources-beside-gateways';
import { sourcesWithoutFallback } from './sources-without-fallback';
import { subsetNotDefined } from './subset-not-defined';
import { subsetNotVisible } from './subset-not-visible';
import { suppressionExpired } from './suppression-expired';
import { suppressionMalformed } from './suppression-malformed';
import { suppressionUnknownRule } from './suppression-unknown-rule';
import { suppressionWithoutEffect } from './suppression-without-effect';
import { tlsModeNotTaken } from './tls-mode-not-taken';
import { tlsTwice } from './tls-twice';
import { trafficPolicyIgnored } from './traffic-policy-ignored';
import { unreadable } from './unreadable';
import { weightMissing } from './weight-missing';

/** All rules, in the order of their ids; those about suppressions are asked when all others have been. */
export const RULES: readonly Rule[] = [
  unreadable,
  subsetNotDefined,
  shadowedRule,
  impossibleMatch,
  orderDependsOnAge,
  sourcesBesideGateways,
  gatewayHostNotServed,
  gatewayHostWithoutRoutes,
  matchGatewayNotBound,
  routesNotForServer,
  serverLeftOut,
  subsetNotVisible,
  destinationRuleHidden,
  trafficPolicyIgnored,
  destinationRulesNotMerged,
  noDefaultRule,
  tlsModeNotTaken,
  routesOutsideSidecarScope,
  destinationNotVisible,
  routeHostNotInRegistry,
  delegateLeftOut,
  delegateMatchContradicts,
  delegateUnused,
  retriesOutlastTimeout,
  retriesBesideAbort,
  faultWithoutPercentage,
  rewriteSlash,
  redirectCodeRefused,
  listHeaderRegex,
  regexWithoutWildcards,
  sourcesWithoutFallback,
  weightMissing,
  rulesNotForPort,
  matchPortNotServed,
  authorizationNobodyLeft,
  authorizationHttpOnTcp,
  authorizationShutsOutGateway,
  pastItsDate,
  tlsTwice,
  plainHttpToTlsPort,
  suppressionMalformed,
  suppressionUnknownRule,
  suppressionExpired,
  suppressionWithoutEffect,
];

/** The rule of a name, an id, or another tool's code. @throws where there is none */
export function named(name: string): Rule {
  const rule = findRule(RULES, name);
  if (rule) return rule;
  const names = RULES.map((r) => r.name);
  throw new Error(`there is no rule "${name}"${didYouMean(name, names) || ': mesh check --explain all lists them'}`);
}
