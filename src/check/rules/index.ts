import { didYouMean } from '../../values/names';
import { findRule, type Rule } from '../rule';
import { ambientPolicyWithoutTarget } from './ambient-policy-without-target';
import { ambientPolicyWithoutWaypoint } from './ambient-policy-without-waypoint';
import { ambientRouteElsewhere } from './ambient-route-elsewhere';
import { ambientRouteWithoutWaypoint } from './ambient-route-without-waypoint';
import { ambientRuleElsewhere } from './ambient-rule-elsewhere';
import { ambientRuleWithoutWaypoint } from './ambient-rule-without-waypoint';
import { analysisTemplateNotFound } from './analysis-template-not-found';
import { authorizationHostUnknown } from './authorization-host-unknown';
import { authorizationHttpOnTcp } from './authorization-http-on-tcp';
import { authorizationNobodyLeft } from './authorization-nobody-left';
import { authorizationShutsOutCaller } from './authorization-shuts-out-caller';
import { authorizationShutsOutGateway } from './authorization-shuts-out-gateway';
import { callerWithoutProxy } from './caller-without-proxy';
import { claimRouteWithoutAuthentication } from './claim-route-without-authentication';
import { claimsWithoutTokens } from './claims-without-tokens';
import { corsCredentialsForAll } from './cors-credentials-for-all';
import { corsOriginNeverSent } from './cors-origin-never-sent';
import { credentialInvalid } from './credential-invalid';
import { credentialNotFound } from './credential-not-found';
import { datagramsPastTheMesh } from './datagrams-past-the-mesh';
import { delegateLeftOut } from './delegate-left-out';
import { delegateMatchContradicts } from './delegate-match-contradicts';
import { delegateUnused } from './delegate-unused';
import { denyHostWithoutPort } from './deny-host-without-port';
import { deprecatedAnnotation } from './deprecated-annotation';
import { deprecatedField } from './deprecated-field';
import { destinationHostNotFound } from './destination-host-not-found';
import { destinationNotVisible } from './destination-not-visible';
import { destinationPortNotFound } from './destination-port-not-found';
import { destinationPortRequired } from './destination-port-required';
import { destinationRuleHidden } from './destination-rule-hidden';
import { destinationRuleHostNotFound } from './destination-rule-host-not-found';
import { destinationRuleNobodyObeys } from './destination-rule-nobody-obeys';
import { destinationRulesNotMerged } from './destination-rules-not-merged';
import { destinationTwice } from './destination-twice';
import { envoyFilterOperation } from './envoy-filter-operation';
import { envoyFilterOrder } from './envoy-filter-order';
import { exportedToUnknownNamespace } from './exported-to-unknown-namespace';
import { faultWithoutPercentage } from './fault-without-percentage';
import { gatewayApiTooOld } from './gateway-api-too-old';
import { gatewayCannotSeeRoutes } from './gateway-cannot-see-routes';
import { gatewayDuplicateCertificate } from './gateway-duplicate-certificate';
import { gatewayHostNotServed } from './gateway-host-not-served';
import { gatewayHostWithoutRoutes } from './gateway-host-without-routes';
import { gatewayListenerTwice } from './gateway-listener-twice';
import { gatewayNameStyle } from './gateway-name-style';
import { gatewayNotFound } from './gateway-not-found';
import { gatewayPortNotOnService } from './gateway-port-not-on-service';
import { gatewaySelectsNoPod } from './gateway-selects-no-pod';
import { gatewayServerConflict } from './gateway-server-conflict';
import { gatewaysSameAddress } from './gateways-same-address';
import { gatewaysSameListener } from './gateways-same-listener';
import { headlessFromElsewhere } from './headless-from-elsewhere';
import { headlessNotBalanced } from './headless-not-balanced';
import { headlessTargetPort } from './headless-target-port';
import { hostNotInGateway } from './host-not-in-gateway';
import { httpMethodUnknown } from './http-method-unknown';
import { identityWithoutMtls } from './identity-without-mtls';
import { imageAuto } from './image-auto';
import { impossibleMatch } from './impossible-match';
import { inboundPastTheProxy } from './inbound-past-the-proxy';
import { ineffectiveMatch } from './ineffective-match';
import { internalGateway } from './internal-gateway';
import { invalidAnnotation } from './invalid-annotation';
import { istioValidation } from './istio-validation';
import { istioWarning } from './istio-warning';
import { jwksUnrestricted } from './jwks-unrestricted';
import { keysInPlainText } from './keys-in-plain-text';
import { listHeaderRegex } from './list-header-regex';
import { matchGatewayNotBound } from './match-gateway-not-bound';
import { matchPortNotServed } from './match-port-not-served';
import { meshConfigNotText } from './mesh-config-not-text';
import { meshConfigUnknownField } from './mesh-config-unknown-field';
import { meshHostConflict } from './mesh-host-conflict';
import { misplacedAnnotation } from './misplaced-annotation';
import { mutualTlsToDisabled } from './mutual-tls-to-disabled';
import { namespaceInjectedTwice } from './namespace-injected-twice';
import { namespaceNotInjected } from './namespace-not-injected';
import { negativeCondition } from './negative-condition';
import { noDefaultRule } from './no-default-rule';
import { objectTwice } from './object-twice';
import { orderDependsOnAge } from './order-depends-on-age';
import { outboundPastTheProxy } from './outbound-past-the-proxy';
import { pastItsDate } from './past-its-date';
import { patternInText } from './pattern-in-text';
import { peerAuthenticationTwice } from './peer-authentication-twice';
import { plainClientsWait } from './plain-clients-wait';
import { plainHttpToTlsPort } from './plain-http-to-tls-port';
import { plaintextOn443 } from './plaintext-on-443';
import { plaintextToStrict } from './plaintext-to-strict';
import { podWithoutProxy } from './pod-without-proxy';
import { policyPathImpossible } from './policy-path-impossible';
import { policyPortNotListened } from './policy-port-not-listened';
import { policySelectsNoPod } from './policy-selects-no-pod';
import { policyWithoutProxy } from './policy-without-proxy';
import { portSettingDropsPolicy } from './port-setting-drops-policy';
import { portSettingWithoutPort } from './port-setting-without-port';
import { portWithoutProtocol } from './port-without-protocol';
import { principalUnknown } from './principal-unknown';
import { providerUnknown } from './provider-unknown';
import { proxyImageMismatch } from './proxy-image-mismatch';
import { redirectCodeRefused } from './redirect-code-refused';
import { redirectLoop } from './redirect-loop';
import { referenceGrantNamespaceUnknown } from './reference-grant-namespace-unknown';
import { regexWithoutWildcards } from './regex-without-wildcards';
import { requestPolicyOnConnections } from './request-policy-on-connections';
import { retriesBesideAbort } from './retries-beside-abort';
import { retriesOutlastTimeout } from './retries-outlast-timeout';
import { rewriteSlash } from './rewrite-slash';
import { routeBackendPortUnknown } from './route-backend-port-unknown';
import { routeBackendUnknown } from './route-backend-unknown';
import { routeGatewayUnknown } from './route-gateway-unknown';
import { routeHostNotInRegistry } from './route-host-not-in-registry';
import { routeNotForListener } from './route-not-for-listener';
import { routeWithoutSubset } from './route-without-subset';
import { routesNotForServer } from './routes-not-for-server';
import { routesOutsideSidecarScope } from './routes-outside-sidecar-scope';
import { ruleCutByPath } from './rule-cut-by-path';
import { rulesNotForPort } from './rules-not-for-port';
import { schema } from './schema';
import { selectorInRootNamespace } from './selector-in-root-namespace';
import { selectorMatchesNoPod } from './selector-matches-no-pod';
import { selectorOnGatewayApi } from './selector-on-gateway-api';
import { selectorSelectsNothing } from './selector-selects-nothing';
import { serverLeftOut } from './server-left-out';
import { serviceAccountNotFound } from './service-account-not-found';
import { serviceEntryAddressRequired } from './service-entry-address-required';
import { serviceEntryProtocolConflict } from './service-entry-protocol-conflict';
import { serviceEntryTwice } from './service-entry-twice';
import { serviceEntryWithoutEndpoints } from './service-entry-without-endpoints';
import { serviceSelectsNoPod } from './service-selects-no-pod';
import { servicesDisagreeOnProtocol } from './services-disagree-on-protocol';
import { servicesShareTargetPort } from './services-share-target-port';
import { shadowedRule } from './shadowed-rule';
import { shareBelowOnePercent } from './share-below-one-percent';
import { sidecarAndAmbient } from './sidecar-and-ambient';
import { sidecarHostUnknown } from './sidecar-host-unknown';
import { sidecarInAmbient } from './sidecar-in-ambient';
import { sourceNamespaceNotFound } from './source-namespace-not-found';
import { sourceNotFound } from './source-not-found';
import { sourcesBesideGateways } from './sources-beside-gateways';
import { sourcesWithoutFallback } from './sources-without-fallback';
import { strictWithoutClientMtls } from './strict-without-client-mtls';
import { subsetNotDefined } from './subset-not-defined';
import { subsetNotVisible } from './subset-not-visible';
import { subsetSelectsNoPod } from './subset-selects-no-pod';
import { subsetTwice } from './subset-twice';
import { subsetWithoutLabels } from './subset-without-labels';
import { subsetWithoutRoute } from './subset-without-route';
import { suppressionExpired } from './suppression-expired';
import { suppressionMalformed } from './suppression-malformed';
import { suppressionUnknownRule } from './suppression-unknown-rule';
import { suppressionWithoutEffect } from './suppression-without-effect';
import { targetNotFound } from './target-not-found';
import { targetPortNotExposed } from './target-port-not-exposed';
import { targetWithoutWaypoint } from './target-without-waypoint';
import { telemetryWithoutProvider } from './telemetry-without-provider';
import { tlsModeNotTaken } from './tls-mode-not-taken';
import { tlsTwice } from './tls-twice';
import { tlsWithoutCa } from './tls-without-ca';
import { tokenNeverLookedAt } from './token-never-looked-at';
import { tokensNotRequired } from './tokens-not-required';
import { trafficPolicyIgnored } from './traffic-policy-ignored';
import { twoForOneNamespace } from './two-for-one-namespace';
import { twoForOnePod } from './two-for-one-pod';
import { uidOfProxy } from './uid-of-proxy';
import { unknownAnnotation } from './unknown-annotation';
import { unreachableRule } from './unreachable-rule';
import { unreadable } from './unreadable';
import { waypointUnknown } from './waypoint-unknown';
import { waypointWithoutAmbient } from './waypoint-without-ambient';
import { webhookAddress } from './webhook-address';
import { webhookConflict } from './webhook-conflict';
import { weightMissing } from './weight-missing';
import { weightOfSingleDestination } from './weight-of-single-destination';
import { wideMtlsOverridden } from './wide-mtls-overridden';
import { widePolicyNotInherited } from './wide-policy-not-inherited';
import { workloadGroupAccountUnknown } from './workload-group-account-unknown';
import { workloadGroupsSameLabels } from './workload-groups-same-labels';
import { workloadWithoutAuthorization } from './workload-without-authorization';

/** All rules, in the order of their ids; those about suppressions are asked when all others have been. */
export const RULES: readonly Rule[] = [
  unreadable,
  schema,
  istioValidation,
  istioWarning,
  unreachableRule,
  ineffectiveMatch,
  subsetNotDefined,
  gatewayNotFound,
  destinationHostNotFound,
  destinationPortNotFound,
  destinationPortRequired,
  gatewaySelectsNoPod,
  credentialNotFound,
  selectorMatchesNoPod,
  negativeCondition,
  sourceNamespaceNotFound,
  meshHostConflict,
  twoForOnePod,
  twoForOneNamespace,
  hostNotInGateway,
  serviceEntryAddressRequired,
  gatewayDuplicateCertificate,
  routeWithoutSubset,
  gatewayServerConflict,
  claimRouteWithoutAuthentication,
  portWithoutProtocol,
  proxyImageMismatch,
  policySelectsNoPod,
  tlsWithoutCa,
  subsetSelectsNoPod,
  destinationRuleHostNotFound,
  gatewayPortNotOnService,
  credentialInvalid,
  gatewayApiTooOld,
  namespaceNotInjected,
  namespaceInjectedTwice,
  unknownAnnotation,
  misplacedAnnotation,
  deprecatedAnnotation,
  invalidAnnotation,
  servicesDisagreeOnProtocol,
  servicesShareTargetPort,
  uidOfProxy,
  envoyFilterOrder,
  envoyFilterOperation,
  telemetryWithoutProvider,
  deprecatedField,
  imageAuto,
  internalGateway,
  selectorOnGatewayApi,
  sidecarInAmbient,
  serviceEntryProtocolConflict,
  podWithoutProxy,
  jwksUnrestricted,
  webhookConflict,
  webhookAddress,
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
  shadowedRule,
  impossibleMatch,
  ruleCutByPath,
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
  destinationRuleNobodyObeys,
  denyHostWithoutPort,
  subsetWithoutRoute,
  policyPathImpossible,
  objectTwice,
  serviceSelectsNoPod,
  policyPortNotListened,
  callerWithoutProxy,
  serviceAccountNotFound,
  patternInText,
  plaintextOn443,
  tokensNotRequired,
  shareBelowOnePercent,
  corsOriginNeverSent,
  corsCredentialsForAll,
  outboundPastTheProxy,
  claimsWithoutTokens,
  tokenNeverLookedAt,
  gatewayCannotSeeRoutes,
  providerUnknown,
  portSettingWithoutPort,
  portSettingDropsPolicy,
  sourceNotFound,
  selectorInRootNamespace,
  serviceEntryWithoutEndpoints,
  targetNotFound,
  headlessFromElsewhere,
  headlessNotBalanced,
  headlessTargetPort,
  requestPolicyOnConnections,
  datagramsPastTheMesh,
  plainClientsWait,
  routeNotForListener,
  routeBackendPortUnknown,
  inboundPastTheProxy,
  authorizationShutsOutCaller,
  widePolicyNotInherited,
  policyWithoutProxy,
  targetWithoutWaypoint,
  redirectLoop,
  meshConfigUnknownField,
  keysInPlainText,
  analysisTemplateNotFound,
  meshConfigNotText,
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
