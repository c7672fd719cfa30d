import { hasProxyContainer, isInjected } from '../model/injection';
import { isAmbient } from './ambient';
import type { CheckedMesh } from './checked-mesh';
import { namespacesOf } from './namespaces';
import type { Pods } from './pods';

/** Why pods have no proxy. */
export type WithoutProxy = 'hostNetwork' | 'said' | 'namespace';

/**
 * Why nothing takes the connections of pods: no sidecar is written or injected, and ztunnel does not either. Nothing where
 * something does, and for machines.
 */
export function withoutProxy(mesh: CheckedMesh, p: Pods): WithoutProxy | undefined {
  const { config, namespace, labels, annotations, spec } = p;
  if (config.manifest.kind.startsWith('Workload')) return undefined;
  if (hasProxyContainer(spec)) return undefined;
  const space = namespacesOf(mesh).get(namespace)?.manifest;
  const hostNetwork = spec.hostNetwork === true;
  const injected = isInjected(space, { namespace, labels, annotations, hostNetwork: false });
  if (injected && !hostNetwork) return undefined;
  if (isAmbient(mesh, p) && !hostNetwork) return undefined;
  if (hostNetwork && injected) return 'hostNetwork';
  return isInjected(space, { namespace, labels: {}, annotations: {}, hostNetwork: false }) ? 'said' : 'namespace';
}
