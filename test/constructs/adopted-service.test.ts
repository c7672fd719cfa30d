import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, type Chart, Helm, Include } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { CanaryRelease, FaultInjection, HeaderRoutedDevEnv, MeshService } from '../../src';
import { goes, newChart, object, service } from './support';

/** A chart with a Service of these ports and one workload. */
function existing(...ports: readonly object[]): Chart {
  const c = newChart();
  const labels = { app: 'legacy' };
  new ApiObject(c, 'S', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'legacy' }, spec: { selector: labels, ports } });
  const template = { metadata: { labels }, spec: { containers: [] } };
  new ApiObject(c, 'D', { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'legacy' }, spec: { template } });
  return c;
}
const adopt = (c: Chart) => MeshService.adoptFrom(c, 'Legacy', { from: c });

test.each([
  ['a name', { name: 'http', port: 80 }, 'http 80 http'],
  ['the first part of a name', { name: 'grpc-api', port: 80 }, 'grpc 80 grpc-api'],
  ['a name of two parts', { name: 'grpc-web-x', port: 80 }, 'grpc-web 80 grpc-web-x'],
  ['appProtocol', { name: 'web', port: 80, appProtocol: 'http2' }, 'http2 80 http2-80'],
  ['appProtocol in capitals', { port: 80, appProtocol: 'HTTP' }, 'http 80 http-80'],
  ["Kubernetes' own words", { port: 80, appProtocol: 'kubernetes.io/h2c' }, 'http2 80 http2-80'],
  ["Kubernetes' word for web sockets", { port: 80, appProtocol: 'kubernetes.io/ws' }, 'http 80 http-80'],
  ['appProtocol before the name', { name: 'http', port: 80, appProtocol: 'tcp' }, 'tcp 80 tcp-80'],
  ['an unknown appProtocol before the name', { name: 'http', port: 80, appProtocol: 'acme.com/x' }, 'tcp 80 tcp-80'],
  ['nothing', { port: 80 }, 'tcp 80 tcp-80'],
])("a port's protocol is what istiod reads: %s", (_, port, says) => {
  const [p] = adopt(existing(port)).ports;
  expect(`${p!.protocol} ${p!.number} ${p!.name}`).toBe(says);
});

test('UDP is left out: the same number may be there for TCP', () => {
  const dns = (protocol: string) => ({ name: `dns-${protocol.toLowerCase()}`, port: 53, protocol });
  expect(adopt(existing(dns('UDP'), dns('TCP'))).ports.map((p) => `${p.protocol} ${p.number}`)).toEqual(['tcp 53']);
});

test('what single requests are needed for says how to declare a port of which nothing says what it speaks', () => {
  const c = existing({ port: 8080 });
  expect(() => new FaultInjection(c, 'F', { service: adopt(c), percent: 1, delay: '1s' })).toThrow(
    'a fault needs an HTTP port, and service "legacy" has "tcp 8080": nothing says what port 8080 speaks, so Istio would guess; if it is HTTP, set appProtocol: http on that port of the Service, or say so with MeshService.adopt and port: Port.http(8080)',
  );
});

test('a port that says it is for connections stays so', () => {
  const c = existing({ name: 'redis', port: 6379 });
  expect(() => new FaultInjection(c, 'F', { service: adopt(c), percent: 1, delay: '1s' })).toThrow(
    'a fault needs an HTTP port, and service "legacy" has "redis 6379": Istio sees only connections there',
  );
});

test('a version that the objects do not have is told at run time', () => {
  const c = existing({ name: 'http', port: 80 });
  expect(() => new CanaryRelease(c, 'C', { service: adopt(c), stable: 'v1', canary: 'v2', percent: 1 })).toThrow(
    'version "v2" of service "legacy" is not defined (it has "v1")',
  );
});

const pods = (labels: object, spec: object = {}) => ({ template: { metadata: { labels }, spec: { containers: [], ...spec } } });
const deployment = (c: Chart, name: string, spec: object, metadata: object = {}) =>
  new ApiObject(c, name, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, ...metadata }, spec });

test('a Service of cdk8s-plus by itself: its pods are found beside it', () => {
  const c = newChart();
  const d = new kplus.Deployment(c, 'Plus', { containers: [{ image: 'x', portNumber: 8080 }] });
  const from = d.exposeViaService({ name: 'plus', ports: [{ port: 80, targetPort: 8080, name: 'http' }] });
  const s = MeshService.adoptFrom(c, 'Adopted', { from });
  s.answer('closed', { kind: 'respond', status: 503 });
  expect(goes(c, 'plus')).toBe('answer 503');
  expect([s.name, s.versionNames, s.ports[0]!.target]).toEqual(['plus', ['v1'], 8080]);
});

test('each version has the account that its pods have', () => {
  const c = newChart();
  const metadata = { name: 'legacy' };
  new ApiObject(c, 'S', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { selector: { app: 'legacy' }, ports: [{ name: 'http', port: 80 }] },
  });
  deployment(c, 'one', pods({ app: 'legacy', version: '1.0' }, { serviceAccountName: 'old' }));
  deployment(c, 'two', pods({ app: 'legacy', version: '2.0' }));
  const legacy = MeshService.adoptFrom(c, 'Legacy', { from: c, defaultVersion: 'v1-0' });
  const api = service(c, 'Api', { allowFrom: [legacy.version('v1-0')] });
  api.allowFrom();
  expect(legacy.principals).toEqual(['cluster.local/ns/shop/sa/old', 'cluster.local/ns/shop/sa/default']);
  expect(object(c, 'AuthorizationPolicy', 'api').spec.rules[0].from[0].source.principals).toEqual([
    'cluster.local/ns/shop/sa/old',
  ]);
  expect(object(c, 'DestinationRule', 'legacy').spec.subsets).toEqual([{ name: 'v1-0', labels: { version: '1.0' } }]);
});

test('objects that say another namespace than their chart live there, and so does what is written for them', () => {
  const c = newChart();
  const metadata = { namespace: 'far' };
  const port = { name: 'http', port: 80 };
  new ApiObject(c, 'S', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'legacy', ...metadata },
    spec: { selector: { app: 'legacy' }, ports: [port] },
  });
  deployment(c, 'legacy', pods({ app: 'legacy' }), metadata);
  deployment(c, 'namesake', pods({ app: 'legacy', version: 'v9' }));
  const legacy = MeshService.adoptFrom(c, 'Legacy', { from: c, calls: [], allowFrom: [] });
  legacy.answer('closed', { kind: 'respond', status: 503 });
  expect([legacy.host, legacy.versionNames]).toEqual(['legacy.far.svc.cluster.local', ['v1']]);
  for (const kind of ['VirtualService', 'AuthorizationPolicy', 'Sidecar'])
    expect(object(c, kind, 'legacy').metadata.namespace).toBe('far');
});

test("a target by name is the container's port of that name", () => {
  const c = newChart();
  new ApiObject(c, 'S', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'legacy' },
    spec: { selector: { app: 'legacy' }, ports: [{ name: 'http', port: 80, targetPort: 'web' }] },
  });
  deployment(c, 'd', pods({ app: 'legacy' }, { containers: [{ ports: [{ name: 'web', containerPort: 8080 }] }] }));
  expect(adopt(c).ports[0]!.target).toBe(8080);
});

/** What a small Helm chart renders. */
const RENDERED = `# Source: orders/templates/serviceaccount.yaml
apiVersion: v1
kind: ServiceAccount
metadata: { name: rel-orders, labels: { app.kubernetes.io/managed-by: Helm } }
---
apiVersion: v1
kind: Service
metadata: { name: rel-orders, labels: { app.kubernetes.io/name: orders, app.kubernetes.io/instance: rel, app.kubernetes.io/managed-by: Helm } }
spec:
  type: ClusterIP
  ports: [{ port: 80, targetPort: http, protocol: TCP, name: http }]
  selector: { app.kubernetes.io/name: orders, app.kubernetes.io/instance: rel }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: rel-orders }
spec:
  selector: { matchLabels: { app.kubernetes.io/name: orders, app.kubernetes.io/instance: rel } }
  template:
    metadata: { labels: { app.kubernetes.io/name: orders, app.kubernetes.io/instance: rel } }
    spec:
      serviceAccountName: rel-orders
      containers: [{ name: orders, image: "orders:1", ports: [{ name: http, containerPort: 8080 }] }]
`;

describe('a Helm chart', () => {
  const folder = mkdtempSync(join(tmpdir(), 'helm-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'orders.yaml');
  writeFileSync(file, RENDERED);
  // Helm itself is not needed: cdk8s runs whatever is named, and reads what it prints
  const helmExecutable = join(folder, 'helm');
  writeFileSync(helmExecutable, `#!/bin/sh\ncat '${file}'\n`, { mode: 0o755 });

  test.each<[string, (c: Chart) => Construct]>([
    ['rendered before, by Include', (c) => new Include(c, 'Orders', { url: file })],
    ['rendered by Helm', (c) => new Helm(c, 'Orders', { chart: 'orders', releaseName: 'rel', helmExecutable })],
  ])('%s', (_, from) => {
    const c = newChart();
    const orders = MeshService.adoptFrom(c, 'Adopted', { from: from(c) });
    const db = service(c, 'Db', { allowFrom: [orders] });
    new HeaderRoutedDevEnv(c, 'Dev1', { name: 'dev1', header: 'x-env', forks: [orders.fork({ image: 'orders:pr' })] });
    expect(goes(c, 'rel-orders', { headers: { 'x-env': 'dev1' } })).toBe('rel-orders-dev1');
    expect(goes(c, 'rel-orders')).toBe('rel-orders');
    expect(db.access.summary().allowed).toEqual(['cluster.local/ns/shop/sa/rel-orders']);
    const selector = object(c, 'Service', 'rel-orders').spec.selector;
    const fork = object(c, 'Deployment', 'rel-orders-dev1').spec.template.metadata.labels;
    expect(Object.entries(selector).every(([k, v]) => fork[k] === v)).toBe(false);
  });
});

test('a Pod by itself is a workload too; that of a Helm test is none', () => {
  const c = newChart();
  const made = (id: string, kind: string, version: string, more: object) => {
    const labels = { app: 'legacy', version };
    const [template, apiVersion] = [{ metadata: { labels }, spec: { containers: [] } }, kind === 'Pod' ? 'v1' : 'apps/v1'];
    const metadata = { name: id.toLowerCase(), ...(kind === 'Pod' ? { labels } : {}), ...more };
    new ApiObject(c, id, { apiVersion, kind, metadata, spec: kind === 'Pod' ? template.spec : { template } });
  };
  const ports = [{ name: 'http', port: 80 }];
  const spec = { selector: { app: 'legacy' }, ports };
  new ApiObject(c, 'S', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'legacy' }, spec });
  made('P', 'Pod', 'v1', {});
  made('D', 'DaemonSet', 'v2', {});
  made('T', 'Pod', 'v3', { annotations: { 'helm.sh/hook': 'test' } });
  const legacy = MeshService.adoptFrom(c, 'Legacy', { from: c, defaultVersion: 'v2' });
  expect(legacy.versions.names).toEqual(['v1', 'v2']);
});
