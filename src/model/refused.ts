import type { Manifest } from '../manifests/manifest';
import { destinationRule } from './refused-destination-rule';
import { authorizationPolicy, peerAuthentication, requestAuthentication } from './refused-policies';
import { gateway, serviceEntry, sidecar } from './refused-traffic';
import { virtualService } from './refused-virtual-service';

/** By kind: throws what is wrong. */
const VALIDATIONS: Readonly<Record<string, (spec: any, namespace: string, annotations: Manifest['annotations']) => void>> = {
  VirtualService: virtualService,
  DestinationRule: destinationRule,
  Gateway: gateway,
  ServiceEntry: serviceEntry,
  Sidecar: sidecar,
  AuthorizationPolicy: authorizationPolicy,
  PeerAuthentication: peerAuthentication,
  RequestAuthentication: requestAuthentication,
};

/**
 * Why istiod's webhook would not let the object in, for what decides about requests; nothing where it would. Such an object
 * is never there, so it counts for nothing. Source: pkg/config/validation.
 */
export function refused(m: Manifest): string | undefined {
  if (m.group !== 'networking.istio.io' && m.group !== 'security.istio.io') return undefined;
  try {
    VALIDATIONS[m.kind]?.(m.object.spec ?? {}, m.namespace || 'default', m.annotations);
  } catch (e) {
    return (e as Error).message;
  }
  return undefined;
}
