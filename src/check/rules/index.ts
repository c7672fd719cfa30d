import { didYouMean } from '../../values/names';
import { findRule, type Rule } from '../rule';
import { ambientPolicyWithoutTarget } from './ambient-policy-without-target';
import { ambientPolicyWithoutWaypoint } from './ambient-policy-without-waypoint';
import { ambientRouteElsewhere } from './ambient-route-elsewhere';
import { ambientRouteWithoutWaypoint } from './ambient-route-without-waypoint';
import { ambientRuleElsewhere } from './ambient-rule-elsewhere';
import { ambientRuleWithoutWaypoint } from './ambient-rule-without-waypoint';
import { authorizationHostUnknown } from './authorization-host-unknown';
import { destinationTwice } from './destination-twice';
import { exportedToUnknownNamespace } from './exported-to-unknown-namespace';
import { gatewayListenerTwice } from './gateway-listener-twice';
import { gatewayNameStyle } from './gateway-name-style';
import { gatewaysSameAddress } from './gateways-same-address';
import { gatewaysSameListener } from './gateways-same-listener';
import { httpMethodUnknown } from './http-method-unknown';
import { identityWithoutMtls } from './identity-without-mtls';
import { mutualTlsToDisabled } from './mutual-tls-to-disabled';
import { peerAuthenticationTwice } from './peer-authentication-twice';
import { plaintextToStrict } from './plaintext-to-strict';
import { principalUnknown } from './principal-unknown';
import { referenceGrantNamespaceUnknown } from './reference-grant-namespace-unknown';
import { rootSidecarWithSelector } from './root-sidecar-with-selector';
import { routeBackendUnknown } from './route-backend-unknown';
import { routeGatewayUnknown } from './route-gateway-unknown';
import { selectorSelectsNothing } from './selector-selects-nothing';
import { serviceEntryTwice } from './service-entry-twice';
import { sidecarAndAmbient } from './sidecar-and-ambient';
import { sidecarHostUnknown } from './sidecar-host-unknown';
import { strictWithoutClientMtls } from './strict-without-client-mtls';
import { subsetNotDefined } from './subset-not-defined';
import { subsetTwice } from './subset-twice';
import { subsetWithoutLabels } from './subset-without-labels';
import { suppressionExpired } from './suppression-expired';
import { suppressionMalformed } from './suppression-malformed';
import { suppressionUnknownRule } from './suppression-unknown-rule';
import { suppressionWithoutEffect } from './suppression-without-effect';
import { targetPortNotExposed } from './target-port-not-exposed';
import { unreadable } from './unreadable';
import { waypointUnknown } from './waypoint-unknown';
import { waypointWithoutAmbient } from './waypoint-without-ambient';
import { weightOfSingleDestination } from './weight-of-single-destination';
import { wideMtlsOverridden } from './wide-mtls-overridden';
import { workloadGroupAccountUnknown } from './workload-group-account-unknown';
import { workloadGroupsSameLabels } from './workload-groups-same-labels';
import { workloadWithoutAuthorization } from './workload-without-authorization';

/** All rules, in the order of their ids; those about suppressions are asked when all others have been. */
export const RULES: readonly Rule[] = [
  unreadable,
  subsetNotDefined,
  exportedToUnknownNamespace,
  peerAuthenticationTwice,
  selectorSelectsNothing,
  httpMethodUnknown,
  authorizationHostUnknown,
  identityWithoutMtls,
  principalUnknown,
  subsetTwice,
  wideMtlsOverridden,
  plaintextToStrict,
  mutualTlsToDisabled,
  strictWithoutClientMtls,
  subsetWithoutLabels,
  targetPortNotExposed,
  sidecarHostUnknown,
  rootSidecarWithSelector,
  weightOfSingleDestination,
  destinationTwice,
  gatewayNameStyle,
  workloadWithoutAuthorization,
  workloadGroupAccountUnknown,
  workloadGroupsSameLabels,
  serviceEntryTwice,
  routeGatewayUnknown,
  routeBackendUnknown,
  gatewayListenerTwice,
  gatewaysSameListener,
  gatewaysSameAddress,
  referenceGrantNamespaceUnknown,
  ambientPolicyWithoutTarget,
  ambientPolicyWithoutWaypoint,
  ambientRouteWithoutWaypoint,
  ambientRouteElsewhere,
  ambientRuleWithoutWaypoint,
  ambientRuleElsewhere,
  sidecarAndAmbient,
  waypointWithoutAmbient,
  waypointUnknown,
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
