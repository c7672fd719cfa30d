import type { KubeObject } from '../manifests';

/** A ClusterRole, and that a user of the lane has it everywhere. */
export function clusterRole(name: string, user: string, rules: readonly object[]): KubeObject[] {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const apiGroup = 'rbac.authorization.k8s.io';
  return [
    { apiVersion, kind: 'ClusterRole', metadata: { name }, rules },
    {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup, kind: 'ClusterRole', name },
      subjects: [{ apiGroup, kind: 'User', name: user }],
    },
  ] as KubeObject[];
}
