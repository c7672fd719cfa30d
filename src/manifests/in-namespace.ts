import type { Manifest, Manifests } from './manifest';

/** Groups of Kubernetes all kinds of which are the cluster's. */
const GROUPS = new Set([
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'flowcontrol.apiserver.k8s.io',
]);
/** Kinds of the cluster in groups that have others too. */
const KINDS = new Set([
  ...['/Namespace', '/Node', '/PersistentVolume'],
  ...['rbac.authorization.k8s.io/ClusterRole', 'rbac.authorization.k8s.io/ClusterRoleBinding'],
  ...['certificates.k8s.io/CertificateSigningRequest', 'certificates.k8s.io/ClusterTrustBundle'],
  ...['networking.k8s.io/IngressClass', 'networking.k8s.io/IPAddress', 'networking.k8s.io/ServiceCIDR'],
  ...['node.k8s.io/RuntimeClass', 'scheduling.k8s.io/PriorityClass', 'gateway.networking.k8s.io/GatewayClass'],
  ...['resource.k8s.io/DeviceClass', 'resource.k8s.io/ResourceSlice', 'resource.k8s.io/DeviceTaintRule'],
  ...['storage.k8s.io/StorageClass', 'storage.k8s.io/CSIDriver', 'storage.k8s.io/CSINode', 'storage.k8s.io/VolumeAttachment'],
  'storage.k8s.io/VolumeAttributesClass',
]);

/**
 * Manifests as `kubectl --namespace` takes them: those that say no namespace are in this one. What belongs to the cluster
 * (Kubernetes' own kinds, and those that a CustomResourceDefinition among the manifests says are) stays without.
 * Source: scopes in Kubernetes' OpenAPI, and of the Gateway API's CRDs.
 */
export function inNamespace<T extends Manifests>(read: T, namespace: string): T {
  const ofCluster = new Set(KINDS);
  for (const { kind, object } of read.manifests)
    if (kind === 'CustomResourceDefinition' && object.spec?.scope === 'Cluster')
      ofCluster.add(`${object.spec.group}/${object.spec.names?.kind}`);
  const placed = (m: Manifest): Manifest =>
    m.namespace !== '' || GROUPS.has(m.group) || ofCluster.has(`${m.group}/${m.kind}`) ? m : { ...m, namespace };
  return {
    ...read,
    manifests: read.manifests.map(placed),
    unreadable: read.unreadable.map((u) => (u.manifest ? { ...u, manifest: placed(u.manifest) } : u)),
  };
}
