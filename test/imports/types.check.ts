// What must not compile: asked as test/constructs/types.check.ts is.
import type { DestinationRuleSpec, HTTPRoute, VirtualServiceSpec } from 'cdk8s-mesh/imports/networking.istio.io';
import type { PeerAuthenticationSpec } from 'cdk8s-mesh/imports/security.istio.io';

export const right: VirtualServiceSpec = {
  hosts: ['a'],
  http: [{ route: [{ destination: { host: 'a', port: { number: 80 } }, weight: 1 }], timeout: '1s' }],
};

// @ts-expect-error a field that the CRD does not have
export const unknownField: VirtualServiceSpec = { hostz: ['a'] };
// @ts-expect-error text, where the CRD has a list
export const wrongType: VirtualServiceSpec = { hosts: 'a' };
// @ts-expect-error a number, where the CRD has a duration as text
export const wrongDuration: HTTPRoute = { timeout: 10 };
// @ts-expect-error a word that the enum does not have
export const wrongEnum: PeerAuthenticationSpec = { mtls: { mode: 'SOMETIMES' } };
// @ts-expect-error a subset needs a name
export const missing: DestinationRuleSpec = { host: 'a', subsets: [{ labels: { version: 'v1' } }] };
