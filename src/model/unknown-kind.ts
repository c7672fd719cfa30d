import type { Manifest } from '../manifests/manifest';
import { didYouMean } from '../values/names';

/** Istio's kinds by group, as far as its API server's CRDs go. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  'networking.istio.io': [
    'DestinationRule',
    'EnvoyFilter',
    'Gateway',
    'ProxyConfig',
    'ServiceEntry',
    'Sidecar',
    'VirtualService',
    'WorkloadEntry',
    'WorkloadGroup',
  ],
  'security.istio.io': ['AuthorizationPolicy', 'PeerAuthentication', 'RequestAuthentication'],
  'telemetry.istio.io': ['Telemetry'],
  'extensions.istio.io': ['TrafficExtension', 'WasmPlugin'],
};
const VERSIONS = ['v1', 'v1beta1', 'v1alpha3', 'v1alpha1'];

/** Why an object of one of Istio's groups is none: the API server has no such kind, and it would count for nothing. */
export function unknownKind({ group, kind, object }: Manifest): string | undefined {
  const kinds = KINDS[group];
  if (!kinds) return undefined;
  if (!kinds.includes(kind)) return `${group} has no kind ${kind}${didYouMean(kind, kinds)}`;
  const version = String(object.apiVersion).split('/')[1] ?? '';
  return VERSIONS.includes(version) ? undefined : `${group} has no version ${version}: say ${group}/v1`;
}
