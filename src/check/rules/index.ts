import { didYouMean } from '../../values/names';
import { findRule, type Rule } from '../rule';
import { ineffectiveMatch } from './ineffective-match';
import { istioValidation } from './istio-validation';
import { istioWarning } from './istio-warning';
import { schema } from './schema';
import { claimRouteWithoutAuthentication } from './claim-route-without-authentication';
import { credentialNotFound } from './credential-not-found';
import { deprecatedAnnotation } from './deprecated-annotation';
import { deprecatedField } from './deprecated-field';
import { destinationHostNotFound } from './destination-host-not-found';
import { destinationPortNotFound } from './destination-port-not-found';
import { destinationPortRequired } from './destination-port-required';
import { destinationRuleHostNotFound } from './destination-rule-host-not-found';
import { envoyFilterOperation } from './envoy-filter-operation';
import { envoyFilterOrder } from './envoy-filter-order';
import { gatewayApiTooOld } from './gateway-api-too-old';
import { gatewayDuplicateCertificate } from './gateway-duplicate-certificate';
import { gatewayNotFound } from './gateway-not-found';
import { gatewayPortNotOnService } from './gateway-port-not-on-service';
import { gatewaySelectsNoPod } from './gateway-selects-no-pod';
import { gatewayServerConflict } from './gateway-server-conflict';
import { hostNotInGateway } from './host-not-in-gateway';
import { imageAuto } from './image-auto';
import { internalGateway } from './internal-gateway';
import { invalidAnnotation } from './invalid-annotation';
import { jwksUnrestricted } from './jwks-unrestricted';
import { meshHostConflict } from './mesh-host-conflict';
import { misplacedAnnotation } from './misplaced-annotation';
import { namespaceInjectedTwice } from './namespace-injected-twice';
import { namespaceNotInjected } from './namespace-not-injected';
import { negativeCondition } from './negative-condition';
import { podWithoutProxy } from './pod-without-proxy';
import { policySelectsNoPod } from './policy-selects-no-pod';
import { portWithoutProtocol } from './port-without-protocol';
import { routeWithoutSubset } from './route-without-subset';
import { selectorMatchesNoPod } from './selector-matches-no-pod';
import { selectorOnGatewayApi } from './selector-on-gateway-api';
import { serviceEntryAddressRequired } from './service-entry-address-required';
import { serviceEntryProtocolConflict } from './service-entry-protocol-conflict';
import { servicesDisagreeOnProtocol } from './services-disagree-on-protocol';
import { servicesShareTargetPort } from './services-share-target-port';
import { sidecarInAmbient } from './sidecar-in-ambient';
import { sourceNamespaceNotFound } from './source-namespace-not-found';
import { subsetNotDefined } from './subset-not-defined';
import { subsetSelectsNoPod } from './subset-selects-no-pod';
import { suppressionExpired } from './suppression-expired';
import { suppressionMalformed } from './suppression-malformed';
import { suppressionUnknownRule } from './suppression-unknown-rule';
import { suppressionWithoutEffect } from './suppression-without-effect';
import { unreachableRule } from './unreachable-rule';
import { telemetryWithoutProvider } from './telemetry-without-provider';
import { tlsWithoutCa } from './tls-without-ca';
import { twoForOneNamespace } from './two-for-one-namespace';
import { twoForOnePod } from './two-for-one-pod';
import { uidOfProxy } from './uid-of-proxy';
import { unknownAnnotation } from './unknown-annotation';
import { unreadable } from './unreadable';
import { webhookAddress } from './webhook-address';
import { webhookConflict } from './webhook-conflict';

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
  policySelectsNoPod,
  tlsWithoutCa,
  subsetSelectsNoPod,
  destinationRuleHostNotFound,
  gatewayPortNotOnService,
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
