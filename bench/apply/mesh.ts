/** Namespaces of fifty services; each service an account, a Service, a Deployment, a DestinationRule and a VirtualService. */
export function meshObjects(services: number, change: { readonly timeoutOf?: readonly number[] } = {}): object[] {
  const out: object[] = [];
  for (let i = 0; i < services; i++) {
    const namespace = `team-${String(Math.floor(i / 50)).padStart(3, '0')}`;
    const name = `svc-${String(i).padStart(4, '0')}`;
    const labels = { app: name };
    const metadata = { name, namespace, labels };
    if (i % 50 === 0)
      out.push({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: { 'istio-injection': 'enabled' } } });
    const host = `${name}.${namespace}.svc.cluster.local`;
    const pod = { ...labels, version: 'v1' };
    out.push(
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata,
        spec: { selector: labels, ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }] },
      },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata,
        spec: {
          replicas: 2,
          selector: { matchLabels: pod },
          template: {
            metadata: { labels: pod },
            spec: {
              serviceAccountName: name,
              containers: [
                {
                  name: 'app',
                  image: `registry.example/${name}:1.0.0`,
                  ports: [{ containerPort: 8080, name: 'http', protocol: 'TCP' }],
                  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
                },
              ],
            },
          },
        },
      },
      {
        apiVersion: 'networking.istio.io/v1',
        kind: 'DestinationRule',
        metadata,
        spec: { host, subsets: [{ name: 'v1', labels: { version: 'v1' } }] },
      },
      {
        apiVersion: 'networking.istio.io/v1',
        kind: 'VirtualService',
        metadata,
        spec: {
          hosts: [host],
          http: [
            {
              name: 'beta',
              match: [{ headers: { 'x-beta': { exact: 'true' } } }],
              route: [{ destination: { host, subset: 'v1' } }],
            },
            {
              name: 'main',
              timeout: change.timeoutOf?.includes(i) ? '6s' : '5s',
              route: [{ destination: { host, subset: 'v1' } }],
            },
          ],
        },
      },
    );
  }
  return out;
}
