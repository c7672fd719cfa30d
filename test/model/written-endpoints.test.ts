import { parseManifests } from '../../src/manifests/parse';
import { MeshModel } from '../../src/model/mesh-model';
import { findClient } from '../../src/trace/client';
import { trace } from '../../src/trace/flow';
import { requestTo } from '../../src/trace/request';
import { endingLine } from '../../src/trace/steps-text';

const PAGE = `
apiVersion: v1
kind: Pod
metadata: { name: page, namespace: shop, labels: { app: page, security.istio.io/tlsMode: istio } }
spec: { containers: [{ name: a, image: a }] }
status: { podIP: 10.0.0.7 }
---
apiVersion: v1
kind: Service
metadata: { name: old, namespace: shop }
spec: { ports: [{ name: http, port: 80 }, { name: http-admin, port: 81 }] }
`;
const slice = (more: string, name = 'old-1', ports = '[{ name: http, port: 8080 }]') => `---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}, namespace: shop, labels: { kubernetes.io/service-name: old } }
addressType: IPv4
ports: ${ports}
${more}
`;
const endpoints = (more: string) => `---
apiVersion: v1
kind: Endpoints
metadata: { name: old, namespace: shop }
${more}
`;
const ask = (yaml: string, port = 80) => {
  const model = new MeshModel(parseManifests(PAGE + yaml, 'x').manifests);
  const t = trace(model, findClient(model, 'shop/page'), requestTo('old', port));
  return { ends: t.endings.map((e) => endingLine(e).trim()), unknown: t.unknown.map((u) => u.reason) };
};

describe('the addresses that a Service has by hand', () => {
  test.each([
    ['a slice', slice('endpoints: [{ addresses: [192.0.2.1] }]'), 80, '100 %  200  192.0.2.1:8080'],
    [
      'what ends counts for nothing',
      slice('endpoints: [{ addresses: [192.0.2.1], conditions: { ready: false } }, { addresses: [192.0.2.2] }]'),
      80,
      '100 %  200  192.0.2.2:8080',
    ],
    [
      'Endpoints',
      endpoints('subsets: [{ addresses: [{ ip: 192.0.2.1 }], ports: [{ name: http, port: 1 }] }]'),
      80,
      '100 %  200  192.0.2.1:1',
    ],
    [
      'Endpoints and the slice that is made of them',
      endpoints('subsets: [{ addresses: [{ ip: 192.0.2.1 }], ports: [{ name: http, port: 8080 }] }]') +
        slice('endpoints: [{ addresses: [192.0.2.1] }]'),
      80,
      '100 %  200  192.0.2.1:8080',
    ],
    [
      'an address twice, once of a pod that is not there',
      slice(
        'endpoints: [{ addresses: [192.0.2.1], targetRef: { kind: Pod } }, { addresses: [192.0.2.1] }, { addresses: [192.0.2.1] }]',
      ),
      80,
      '100 %  200  192.0.2.1:8080',
    ],
    ['a pod, by its address', slice('endpoints: [{ addresses: [10.0.0.7] }]'), 80, '100 %  200  shop/page'],
    [
      'a pod, by its name',
      slice('endpoints: [{ addresses: [10.0.0.7], targetRef: { kind: Pod, name: page, namespace: shop } }]'),
      80,
      '100 %  200  shop/page',
    ],
  ])('%s', (_what, yaml, port, end) => expect(ask(yaml, port)).toEqual({ ends: [end], unknown: [] }));

  test.each([
    ['of another port', slice('endpoints: [{ addresses: [192.0.2.1] }]'), 81],
    [
      'one that ends, and is there again',
      slice('endpoints: [{ addresses: [192.0.2.1], conditions: { ready: false } }, { addresses: [192.0.2.1] }]'),
      80,
    ],
    ['names of hosts', slice('endpoints: [{ addresses: [a.example.com] }]').replace('IPv4', 'FQDN'), 80],
    ['a pod that is not there', slice('endpoints: [{ addresses: [192.0.2.1], targetRef: { kind: Pod, name: gone } }]'), 80],
    ['lists that are none', slice('endpoints: { a: 1 }') + endpoints('subsets: [5, { addresses: 7, ports: 8 }]'), 80],
  ])('no address: %s', (_what, yaml, port) => {
    expect(ask(yaml, port).ends).toEqual([expect.stringMatching(/^100 % {2}503 UH /)]);
  });

  test('one that is not ready, and does not end, gets requests where too few others are', () => {
    const { ends, unknown } = ask(
      slice('endpoints: [{ addresses: [192.0.2.1], conditions: { ready: false, terminating: false } }]'),
    );
    expect(ends).toEqual(['100 %  200  192.0.2.1:8080']);
    expect(unknown).toEqual([expect.stringContaining('some addresses of old.shop.svc.cluster.local are not ready')]);
  });

  test('a Service without a selector and without addresses here has them elsewhere', () => {
    const { ends, unknown } = ask('');
    expect(ends).toEqual([expect.stringMatching(/^100 % {2}503 UH /)]);
    expect(unknown).toEqual([
      'old.shop.svc.cluster.local has no selector, and no EndpointSlice of it is among these objects: where its addresses are is not known',
    ]);
  });
});
