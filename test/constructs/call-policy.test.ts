import { App, Chart } from 'cdk8s';
import { IngressGateway, LoadBalancer, MeshService, Port } from '../../src';
import { newChart, object, routeOf } from './support';

const image = { image: 'x:1' };
const { random, roundRobin, leastRequest } = LoadBalancer;

/**
 * What istiod makes of the DestinationRules for one caller, version and port: the caller's own rule, then the port's
 * settings in place of the rule's, then the subset's over them (`MergeSubsetTrafficPolicy`).
 */
function policyFor(
  c: Chart,
  host: string,
  at: { labels?: Record<string, string>; namespace?: string; subset?: string; port?: number } = {},
): any {
  const { labels = {}, namespace = 'shop', subset, port = 80 } = at;
  const rules = c
    .toJson()
    .filter((o: any) => o.kind === 'DestinationRule' && o.spec.host.startsWith(`${host}.`) && o.metadata.namespace === namespace);
  const mine = rules.filter((r: any) => r.spec.workloadSelector);
  const taken = mine.filter((r: any) => Object.entries(r.spec.workloadSelector.matchLabels).every(([k, v]) => labels[k] === v));
  expect(taken.length).toBeLessThanOrEqual(1);
  const rule = taken[0] ?? rules.find((r: any) => !r.spec.workloadSelector);
  const { portLevelSettings = [], ...whole } = rule?.spec.trafficPolicy ?? {};
  const { port: _, ...own } = portLevelSettings.find((p: any) => p.port.number === port) ?? {};
  const base = Object.keys(own).length > 0 ? own : whole;
  return { ...base, ...rule?.spec.subsets?.find((s: any) => s.name === subset)?.trafficPolicy };
}
const balance = (p: any) => p.loadBalancer?.simple;

test("the policy of a service's only version takes effect, over its port's too", () => {
  const c = newChart();
  const ports = [Port.http(80), Port.http(81, { name: 'http-b' })];
  const s = new MeshService(c, 'S', {
    ports,
    versions: { v1: { ...image, callPolicy: { loadBalancer: random } } },
    callPolicy: { loadBalancer: roundRobin, circuitBreaker: { maxConnections: 5 } },
  });
  s.portPolicy(ports[1]!, { loadBalancer: leastRequest });
  expect(policyFor(c, 's')).toEqual({ loadBalancer: { simple: 'RANDOM' }, connectionPool: { tcp: { maxConnections: 5 } } });
  expect(policyFor(c, 's', { port: 81 })).toEqual({ loadBalancer: { simple: 'RANDOM' } });
});

test("what is given for a caller holds before the service's, its ports' and its versions'; the rest stays", () => {
  const c = newChart();
  const port = Port.http(80);
  const page = new MeshService(c, 'Page', { port, versions: { v1: image } });
  const s = new MeshService(c, 'S', {
    port,
    versions: { v1: { ...image, callPolicy: { loadBalancer: random, circuitBreaker: { maxConnections: 7 } } }, v2: image },
    defaultVersion: 'v1',
    callPolicy: { circuitBreaker: { eject: { after: 3 } } },
  });
  s.portPolicy(port, { loadBalancer: leastRequest });
  s.callPolicyFrom(page, { loadBalancer: roundRobin });
  const labels = { app: 'page', version: 'v1' };
  expect(policyFor(c, 's', { subset: 'v1', labels })).toEqual({
    loadBalancer: { simple: 'ROUND_ROBIN' },
    connectionPool: { tcp: { maxConnections: 7 } },
  });
  expect(balance(policyFor(c, 's', { labels }))).toBe('ROUND_ROBIN');
  expect(balance(policyFor(c, 's', { subset: 'v1' }))).toBe('RANDOM');
  expect(balance(policyFor(c, 's'))).toBe('LEAST_REQUEST');
});

test('what is said about one caller in several calls adds up', () => {
  const c = newChart();
  const port = Port.http(80);
  const page = new MeshService(c, 'Page', { port, versions: { v1: image, v2: image }, defaultVersion: 'v1' });
  const s = new MeshService(c, 'S', { port, versions: { v1: image } });
  s.callPolicyFrom(page, { loadBalancer: random });
  s.callPolicyFrom(page, { circuitBreaker: { maxConnections: 5 } });
  s.callPolicyFrom(page, { timeout: '5s' });
  s.callPolicyFrom(page.version('v2'), { timeout: '9s' });
  expect(policyFor(c, 's', { labels: { app: 'page', version: 'v2' } })).toEqual({
    loadBalancer: { simple: 'RANDOM' },
    connectionPool: { tcp: { maxConnections: 5 } },
  });
  expect(routeOf(c, 's', { labels: { app: 'page', version: 'v1' } }).timeout).toBe('5s');
  expect(routeOf(c, 's', { labels: { app: 'page', version: 'v2' } }).timeout).toBe('9s');
  expect(routeOf(c, 's', { labels: { app: 'other' } }).timeout).toBeUndefined();
});

test('each version of a caller may have its own', () => {
  const c = newChart();
  const port = Port.http(80);
  const page = new MeshService(c, 'Page', { port, versions: { v1: image, v2: image }, defaultVersion: 'v1' });
  const s = new MeshService(c, 'S', { port, versions: { v1: image } });
  s.callPolicyFrom(page.version('v1'), { loadBalancer: random });
  s.callPolicyFrom(page.version('v2'), { loadBalancer: roundRobin });
  expect(balance(policyFor(c, 's', { labels: { app: 'page', version: 'v1' } }))).toBe('RANDOM');
  expect(balance(policyFor(c, 's', { labels: { app: 'page', version: 'v2' } }))).toBe('ROUND_ROBIN');
  expect(balance(policyFor(c, 's', { labels: { app: 'x' } }))).toBeUndefined();
});

test("timeout and retries by port and by caller: the caller's hold first", () => {
  const c = newChart();
  const [http, admin] = [Port.http(80), Port.http(81, { name: 'http-admin' })];
  const page = new MeshService(c, 'Page', { port: http, versions: { v1: image } });
  const s = new MeshService(c, 'S', { ports: [http, admin], versions: { v1: image }, callPolicy: { timeout: '1s' } });
  s.portPolicy(admin, { timeout: '2s', retries: { attempts: 0 } });
  s.callPolicyFrom(page, { timeout: '3s' });
  const labels = { app: 'page' };
  expect(routeOf(c, 's', { port: 80 }).timeout).toBe('1s');
  expect(routeOf(c, 's', { port: 81 })).toMatchObject({ timeout: '2s', retries: { attempts: 0 } });
  expect(routeOf(c, 's', { port: 80, labels }).timeout).toBe('3s');
  expect(routeOf(c, 's', { port: 81, labels })).toMatchObject({ timeout: '3s', retries: { attempts: 0 } });
});

test('a port with a timeout alone keeps what the service says about connections, also for a caller', () => {
  const c = newChart();
  const port = Port.http(80);
  const page = new MeshService(c, 'Page', { port, versions: { v1: image } });
  const breaker = { circuitBreaker: { maxConnections: 5 } };
  const s = new MeshService(c, 'S', { port, versions: { v1: image }, callPolicy: breaker });
  s.portPolicy(port, { timeout: '2s' }).callPolicyFrom(page, { loadBalancer: random });
  const connectionPool = { tcp: { maxConnections: 5 } };
  expect(policyFor(c, 's')).toEqual({ connectionPool });
  expect(policyFor(c, 's', { labels: { app: 'page' } })).toEqual({ connectionPool, loadBalancer: { simple: 'RANDOM' } });
});

test('a port is meant by what it is', () => {
  const c = newChart();
  const ports = [Port.http(80), Port.tcp(90)];
  const s = new MeshService(c, 'S', { ports, versions: { v1: { image: 'x' } } });
  s.portPolicy(Port.http(80), { circuitBreaker: { maxConnections: 7 } });
  expect(object(c, 'DestinationRule', 's').spec.trafficPolicy.portLevelSettings).toEqual([
    { port: { number: 80 }, connectionPool: { tcp: { maxConnections: 7 } } },
  ]);
  const said = (port: Port) => () => s.portPolicy(port, { circuitBreaker: { maxConnections: 8 } });
  expect(said(Port.http(80))).toThrow('port 80 of service "s" has a policy already');
  expect(said(Port.tcp(80))).toThrow('port 80 (tcp) is not one of service "s" (it has 80 (http), 90 (tcp))');
  expect(said(Port.tcp(90, { name: 'tcp-b' }))).toThrow('port 90 (tcp, "tcp-b") is not one of service "s"');
});

test('two gateways of one namespace have policies of their own', () => {
  const c = newChart();
  const s = new MeshService(c, 'S', { port: Port.http(80), versions: { v1: image } });
  for (const [name, lb] of [
    ['a', random],
    ['b', roundRobin],
  ] as const)
    s.callPolicyFrom(new IngressGateway(c, name, { hosts: [`${name}.example.com`], deploy: true }), { loadBalancer: lb });
  expect(balance(policyFor(c, 's', { labels: { istio: 'a.shop' } }))).toBe('RANDOM');
  expect(balance(policyFor(c, 's', { labels: { istio: 'b.shop' } }))).toBe('ROUND_ROBIN');
});

test('services of one name in two namespaces have rules apart beside their common caller', () => {
  const app = new App();
  const chart = (namespace: string) => new Chart(app, namespace, { namespace });
  const [web, x, y] = [chart('web'), chart('x'), chart('y')];
  const port = Port.http(80);
  const page = new MeshService(web, 'Page', { port, versions: { v1: image } });
  for (const c of [x, y])
    new MeshService(c, 'Api', { port, versions: { v1: image } }).callPolicyFrom(page, { loadBalancer: random });
  app.synthYaml();
  for (const c of [x, y])
    expect(object(c, 'DestinationRule', `api-${c.namespace}-from-page`).spec.host).toBe(`api.${c.namespace}.svc.cluster.local`);
});
