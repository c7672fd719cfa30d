import { rolesFor } from '../../../src/apply/plan/roles';

test('a Role a namespace, and a ClusterRole for what is in none, with a rule for what takes the same verbs', () => {
  const rights = [
    'create namespaces',
    'patch virtualservices.networking.istio.io in namespace "shop"',
    'get virtualservices.networking.istio.io in namespace "shop"',
    'get destinationrules.networking.istio.io in namespace "shop"',
    'patch destinationrules.networking.istio.io in namespace "shop"',
    'create secrets in namespace "shop"',
    'delete leases.coordination.k8s.io in namespace "default"',
  ];
  const role = (kind: string, metadata: object, ...rules: object[]) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind,
    metadata: { name: 'mesh-apply-shop', ...metadata },
    rules,
  });
  const rule = (group: string, resources: string[], verbs: string[]) => ({ apiGroups: [group], resources, verbs });
  expect(rolesFor(rights, 'mesh-apply-shop')).toEqual([
    role('ClusterRole', {}, rule('', ['namespaces'], ['create'])),
    role('Role', { namespace: 'default' }, rule('coordination.k8s.io', ['leases'], ['delete'])),
    role(
      'Role',
      { namespace: 'shop' },
      rule('networking.istio.io', ['virtualservices', 'destinationrules'], ['get', 'patch']),
      rule('', ['secrets'], ['create']),
    ),
  ]);
});
