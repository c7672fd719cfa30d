import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Services of a namespace, and of a file. */
const TOGETHER = 50;

/** Writes a mesh without faults: for each service a Service, a Deployment, a DestinationRule and a VirtualService. */
export function writeServices(folder: string, count: number): void {
  mkdirSync(folder, { recursive: true });
  for (let from = 0; from < count; from += TOGETHER) {
    const namespace = `team-${from / TOGETHER}`;
    const services = Array.from({ length: Math.min(TOGETHER, count - from) }, (_, i) => service(`s${from + i}`, namespace));
    const labels = '{istio-injection: enabled}';
    const space = `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${namespace}\n  labels: ${labels}\n`;
    writeFileSync(join(folder, `${namespace}.yaml`), [space, ...services].join('---\n'));
  }
}

const service = (name: string, namespace: string): string => {
  const host = `${name}.${namespace}.svc.cluster.local`;
  return `apiVersion: v1
kind: Service
metadata:
  name: ${name}
  namespace: ${namespace}
  labels:
    app: ${name}
spec:
  selector:
    app: ${name}
  ports:
    - name: http
      port: 8080
      targetPort: 8080
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}-v1
  namespace: ${namespace}
spec:
  replicas: 2
  selector:
    matchLabels:
      app: ${name}
      version: v1
  template:
    metadata:
      labels:
        app: ${name}
        version: v1
    spec:
      serviceAccountName: ${name}
      containers:
        - name: ${name}
          image: registry.example.com/${name}:1.0.0
          ports:
            - name: http
              containerPort: 8080
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  host: ${host}
  trafficPolicy:
    connectionPool:
      http:
        http1MaxPendingRequests: 100
  subsets:
    - name: v1
      labels:
        version: v1
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  hosts:
    - ${host}
  http:
    - name: admin
      match:
        - uri:
            prefix: /admin
          headers:
            x-role:
              exact: admin
      route:
        - destination:
            host: ${host}
            subset: v1
            port:
              number: 8080
      timeout: 5s
    - name: default
      route:
        - destination:
            host: ${host}
            subset: v1
            port:
              number: 8080
          weight: 100
      retries:
        attempts: 2
        perTryTimeout: 1s
`;
};
