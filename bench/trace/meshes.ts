const service = (namespace: string, name: string) =>
  `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\nspec:\n  selector:\n    app: ${name}\n  ports:\n    - name: http\n      port: 80\n---\n`;
const workload = (namespace: string, name: string, version: string) =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ${name}-${version}\n  namespace: ${namespace}\nspec:\n  template:\n    metadata:\n      labels:\n        app: ${name}\n        version: ${version}\n    spec:\n      containers:\n        - name: c\n          image: x\n---\n`;
const route = (namespace: string, name: string, host: string, http: string) =>
  `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\nspec:\n  hosts:\n    - ${host}\n  http:\n${http}---\n`;
const rule = (prefix: string, user: string, to: string) =>
  `    - match:\n        - uri:\n            prefix: ${prefix}\n          headers:\n            x-user:\n              exact: ${user}\n        - uri:\n            prefix: ${prefix}\n      route:\n        - destination:\n            host: ${to}\n`;

/** One host with so many routes. */
export const routesOf = (routes: number): string =>
  service('shop', 'web') +
  workload('shop', 'web', 'v1') +
  workload('shop', 'page', 'v1') +
  route(
    'shop',
    'web',
    'web',
    Array.from({ length: Math.max(1, routes / 2) }, (_, i) => rule(`/r${i * 2}/`, 'u1', 'web')).join(''),
  );

/** So many services in ten namespaces, each with a workload and two VirtualServices. */
export const manyServices = (services: number): string =>
  Array.from({ length: services }, (_, i) => {
    const namespace = i < services / 10 ? 'shop' : `team${i % 9}`;
    const name = `s${i}`;
    return (
      service(namespace, name) +
      workload(namespace, name, 'v1') +
      route(namespace, name, name, rule('/a/', 'u1', name)) +
      route(namespace, `${name}-edge`, `${name}.example.com`, rule('/', 'u2', name))
    );
  }).join('');

/** The path of a request that one of so many routes takes. */
export const pathOf = (i: number, routes: number): string => `/r${((i * 7919) % Math.max(1, routes / 2)) * 2}/x`;
