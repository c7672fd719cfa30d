import { ApiObject, type Chart } from 'cdk8s';
import { CanaryRelease, FaultInjection, MeshService } from '../../src';
import { newChart } from './support';

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
