import { parseManifests } from '../../src/manifests/parse';
import { MeshModel } from '../../src/model/mesh-model';
import { findClient } from '../../src/trace/client';
import { clientRequest, type SaidRequest } from '../../src/trace/client-request';
import { trace } from '../../src/trace/flow';
import { traceText } from '../../src/trace/steps-text';
import { traceJson } from '../../src/trace/trace-json';

const YAML = `
apiVersion: v1
kind: Namespace
metadata: { name: shop, labels: { istio-injection: enabled } }
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: strict, namespace: shop }
spec: { mtls: { mode: STRICT } }
---
apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec:
  selector: { app: db }
  ports:
    - { name: mysql, port: 3306 }
    - { name: redis, port: 6379 }
    - { name: mongo, port: 27017 }
    - { name: tcp-kafka, port: 9092 }
    - { name: kafka, port: 9093 }
    - { name: http, port: 80 }
    - { name: udp-stats, port: 8125, protocol: UDP }
    - { name: dns, port: 53, protocol: UDP }
    - { name: tcp-dns, port: 53 }
---
apiVersion: v1
kind: Service
metadata: { name: nobody, namespace: shop }
spec: { selector: { app: nobody }, ports: [{ name: udp, port: 9, protocol: UDP }] }
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: stats, namespace: shop }
spec: { hosts: [stats.example.com], resolution: DNS, ports: [{ number: 8125, name: udp, protocol: UDP }] }
${['db', 'web']
  .map(
    (name) => `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: a, image: a }] }
`,
  )
  .join('')}`;
const model = new MeshModel(parseManifests(YAML, 'x.yaml').manifests);
const ask = (to: string, port: number, how: Partial<SaidRequest> = {}, from = 'shop/web') => {
  const client = findClient(model, from);
  return trace(model, client, clientRequest(model, client, { to, port, headers: {}, tls: false, ...how }, 'port'));
};

test.each([3306, 6379, 27017, 9092, 53])('port %d takes connections, which are handed on', (port) => {
  const t = ask('db', port);
  expect(t.request.alpn).toEqual([]);
  expect(t.outbound?.action).toBe('l4');
  expect(traceText(t)).toMatch(new RegExp(`^shop/web {2}connects to db:${port}\\n[^]*100 % {2}connected {2}shop/db$`));
  expect(traceText(ask('db.shop', port, {}, 'outside'))).toContain(`connects to db.shop:${port}`);
});

test('who says a path means a request, also to bytes', () => {
  expect(ask('db', 3306, { path: '/a' }).request.alpn).toEqual(['http/1.1']);
  expect(ask('db', 80).request.alpn).toEqual(['http/1.1']);
  expect(ask('db', 9093).request.alpn).toEqual(['http/1.1']);
});

describe('datagrams pass the mesh by', () => {
  test('to a Service, whatever policies say', () => {
    const t = ask('db', 8125);
    expect(traceText(t)).toMatchInlineSnapshot(`
"shop/web  sends datagrams to db:8125

past the mesh
  > port 8125 is UDP, and proxies take TCP alone: no route, no mutual TLS, no policy of the mesh is asked
      Service shop/db spec.ports[6]  x.yaml:23:7

ends
    100 %  sent  shop/db"
`);
    expect(traceJson(t)).toMatchObject({ datagrams: true, past: { object: 'Service shop/db', field: 'spec.ports[6]' } });
    expect(traceText(ask('db.shop', 8125, {}, 'outside'))).toContain('100 %  sent  shop/db');
  });

  test('to a host outside, and to nobody', () => {
    expect(traceText(ask('stats.example.com', 8125))).toContain('100 %  sent  stats.example.com, outside the mesh');
    expect(traceText(ask('nobody', 9))).toContain('100 %  lost  nobody  no pod is behind nobody.shop.svc.cluster.local');
  });
});
