/** An object of a file. */
export type FileObject = Readonly<Record<string, any>>;

/** Two states of a mesh, of so many of something. */
export type Release = (size: number) => { readonly live: readonly FileObject[]; readonly desired: readonly FileObject[] };

export const ISTIO = 'networking.istio.io/v1';
export const SECURITY = 'security.istio.io/v1';

export const object = (apiVersion: string, kind: string, namespace: string, name: string, spec: object): FileObject => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace ? { namespace } : {}) },
  spec,
});
export const hostOf = (namespace: string, name: string) => `${name}.${namespace}.svc.cluster.local`;
export const namespace = (name: string) => object('v1', 'Namespace', '', name, {});
export const service = (ns: string, name: string, selector: object) =>
  object('v1', 'Service', ns, name, { selector, ports: [{ name: 'http', port: 80, targetPort: 8080 }] });
export const workload = (ns: string, name: string, labels: object) =>
  object('apps/v1', 'Deployment', ns, name, {
    replicas: 2,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { serviceAccountName: name, containers: [{ name: 'app', image: 'app:1', ports: [{ containerPort: 8080 }] }] },
    },
  });
/** A Service, and the workload behind it. */
export const app = (ns: string, name: string): readonly FileObject[] => [
  service(ns, name, { app: name }),
  workload(ns, name, { app: name }),
];
/** Of pods that are named as their label `istio`. */
export const gateway = (ns: string, name: string, pods: string, hosts: readonly string[]) =>
  object(ISTIO, 'Gateway', ns, name, {
    selector: { istio: pods },
    servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts }],
  });
export const routes = (ns: string, name: string, hosts: readonly string[], to: object, more: object = {}) =>
  object(ISTIO, 'VirtualService', ns, name, { hosts, ...more, http: [{ route: [{ destination: to }] }] });
export const allow = (ns: string, name: string, labels: object, account: string) =>
  object(SECURITY, 'AuthorizationPolicy', ns, name, {
    selector: { matchLabels: labels },
    action: 'ALLOW',
    rules: [{ from: [{ source: { principals: [`cluster.local/ns/${ns}/sa/${account}`] } }] }],
  });

/** One of each of some size, made in each of both states. */
export const each =
  (
    make: (i: number, isNew: boolean) => readonly FileObject[],
    shared: (isNew: boolean) => readonly FileObject[] = () => [],
  ): Release =>
  (size) => {
    const state = (isNew: boolean) => [...shared(isNew), ...Array.from({ length: size }, (_, i) => make(i, isNew)).flat()];
    return { live: state(false), desired: state(true) };
  };

/** Fifty of a namespace. */
export const teamOf = (i: number) => `team-${Math.floor(i / 50)}`;
export const BLUE = { track: 'blue' };
export const GREEN = { track: 'green' };
