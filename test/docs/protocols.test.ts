import { Chart } from 'cdk8s';
import * as m from '../../src';
import { problemsOf } from '../../src/synth/problem';
import { validate } from '../../src/synth/validate';
import { meshOf } from '../../src/testing/jest';
import { features, type ProtocolRow, protocols } from './protocol-table';

// What docs/protocols.md says works compiles and does it; what it says does not is an error at the line.
const { LoadBalancer } = m;
const image = { image: 'x:1' };
const VERSIONS = { v1: image, v2: image };
type Any = any;

interface Given {
  readonly chart: Chart;
  readonly port: m.Port;
  readonly service: Any;
  readonly web: Any;
}
type Does = (g: Given) => unknown;

const policy =
  (callPolicy: object): Does =>
  ({ chart, port }) =>
    new m.MeshService(chart, 'Other', { port, versions: { v1: image }, callPolicy } as Any);
const caller = (chart: Chart) => new m.MeshService(chart, 'Caller', { port: m.Port.http(80), versions: { v1: image } });
const when = () => m.header('x').is('1');
const token = { issuers: [{ issuer: 'https://a.example' }] };

/** By the words of the page; each has to fail, or not, by itself. */
const FEATURES: Readonly<Record<string, readonly Does[]>> = {
  'a share for a version (`CanaryRelease`, `BlueGreenRelease`)': [
    ({ chart, service }) => new m.CanaryRelease(chart, 'C', { service, stable: 'v1', canary: 'v2', percent: 10 } as Any),
    ({ chart, service }) => new m.BlueGreenRelease(chart, 'B', { service, blue: 'v1', green: 'v2', active: 'blue' }),
  ],
  'a route, an answer, a preview, an audience, an environment': [
    ({ service }) => service.routeTo('v2', when(), 'name'),
    ({ service }) => service.answer('closed', { kind: 'respond', status: 503 }),
    ({ chart, service }) =>
      new m.BlueGreenRelease(chart, 'B', { service, blue: 'v1', green: 'v2', active: 'blue', preview: when() }),
    ({ chart, service }) => new m.CanaryRelease(chart, 'C', { service, stable: 'v1', canary: 'v2', audience: when() } as Any),
    ({ chart, service }) => new m.HeaderRoutedDevEnv(chart, 'D', { name: 'd', header: 'x-d', forks: [service.fork()] }),
  ],
  'timeout, retries': [policy({ timeout: '1s' }), policy({ retries: { attempts: 1 } })],
  'faults, copies': [
    ({ chart, service }) => new m.FaultInjection(chart, 'F', { service, percent: 1, delay: '1s' }),
    ({ chart, service }) => new m.TrafficMirror(chart, 'M', { service, to: service, version: 'v2', percent: 1 } as Any),
  ],
  '`maxConnections`, `connectTimeout`, `maxPendingRequests`, `eject`': [
    policy({ circuitBreaker: { maxConnections: 5 } }),
    policy({ circuitBreaker: { connectTimeout: '1s' } }),
    policy({ circuitBreaker: { maxPendingRequests: 5 } }),
    policy({ circuitBreaker: { eject: {} } }),
  ],
  '`maxRequests`, `maxRequestsPerConnection`, `retryBudget`': [
    policy({ circuitBreaker: { maxRequests: 5 } }),
    policy({ circuitBreaker: { maxRequestsPerConnection: 5 } }),
    policy({ retryBudget: { percent: 20 } }),
  ],
  "turns, least requests, random, by locality, by the caller's IP": [
    policy({ loadBalancer: LoadBalancer.roundRobin }),
    policy({ loadBalancer: LoadBalancer.leastRequest }),
    policy({ loadBalancer: LoadBalancer.random }),
    policy({ loadBalancer: LoadBalancer.random.byLocality({ failover: { a: 'b' } } as Any), circuitBreaker: { eject: {} } }),
    policy({ loadBalancer: LoadBalancer.consistentHash.sourceIp }),
  ],
  'a hash of a header, cookie or query parameter': [
    policy({ loadBalancer: LoadBalancer.consistentHash.header('x') }),
    policy({ loadBalancer: LoadBalancer.consistentHash.cookie('x') }),
    policy({ loadBalancer: LoadBalancer.consistentHash.query('x') }),
  ],
  'who may call: identity, namespace, address': [
    ({ chart, service, web }) => new m.AccessPolicy(chart, 'A', { service, allow: [web] }),
    ({ chart, service }) => new m.AccessPolicy(chart, 'A', { service, denyNamespaces: ['other'] }),
    ({ chart, service }) => new m.AccessPolicy(chart, 'A', { service, allowIpBlocks: ['10.0.0.0/8'] }),
  ],
  'which methods, paths, claims': [
    ({ chart, service }) => caller(chart).mayCall(service, { methods: ['GET'] } as Any),
    ({ chart, service }) => new m.AccessPolicy(chart, 'A', { service, allow: [caller(chart)], paths: ['/a'] } as Any),
    ({ chart, service }) => caller(chart).mayCall(service, { claims: { groups: ['a'] } } as Any),
  ],
  'tokens, decisions outside, rate limits': [
    ({ chart, service }) => new m.JwtPolicy(chart, 'J', { target: service, ...token }),
    ({ chart, service }) => new m.ExternalAuthorization(chart, 'X', { target: service, provider: 'opa' }),
    ({ chart, service }) => new m.RateLimit(chart, 'R', { target: service, local: { all: { requests: 1, per: 'second' } } }),
  ],
};
/** Said of every port by its name, and tested elsewhere: the lane `random-apps`, test/constructs/ingress-gateway.test.ts. */
const ELSEWHERE = ['mutual TLS', 'at a gateway', 'metrics'];

const PROVIDER = { name: 'opa', envoyExtAuthzGrpc: { service: 'opa.policy.svc.cluster.local', port: 9191 } };

function made(row: ProtocolRow, does: Does): { readonly app: m.App; readonly error: string | undefined } {
  const app = new m.App();
  new m.Mesh(app, 'Mesh', { meshConfig: { extensionProviders: [PROVIDER] } } as Any);
  const chart = new Chart(app, 'c', { namespace: 'shop' });
  new m.SecureNamespace(chart, 'Namespace');
  const { port } = row;
  try {
    const service = new m.MeshService(chart, 'Service', { port, versions: VERSIONS, defaultVersion: 'v1', calls: [] });
    const web = new m.MeshService(chart, 'Web', { port: m.Port.http(80), versions: { v1: image }, calls: [service] });
    does({ chart, port, service, web });
    validate(app);
    return { app, error: undefined };
  } catch (e) {
    return {
      app,
      error:
        problemsOf(e)
          .map((p) => p.message)
          .join('\n') || (e as Error).message,
    };
  }
}

test('the page tells of every feature that is tried here, and of no other', () => {
  expect(features().map((f) => f.What)).toEqual([...Object.keys(FEATURES), ...ELSEWHERE]);
  for (const f of features()) expect(f.UDP).toBe('no');
});

describe.each(protocols().map((row) => [row.speaks, row] as const))('%s', (_, row) => {
  const seen = { requests: 'route', TLS: 'connection', connections: 'connection' }[row.sees];

  test('is written so that Istio reads it', () => {
    expect(row.port.name).toBe(row.name);
    expect(row.name.startsWith(row.port.appProtocol)).toBe(true);
    expect(row.port.isHttp).toBe(row.sees === 'requests');
  });

  test('goes through the mesh as the page says, by mutual TLS', () => {
    const { app } = made(
      row,
      ({ chart, service }) => new m.CanaryRelease(chart, 'C', { service, stable: 'v1', canary: 'v2', percent: 10 } as Any),
    );
    const asked = meshOf(app).request({ from: 'shop/web', to: 'service', ...(row.sees === 'TLS' ? { tls: true } : {}) });
    expect(asked).toSplit({ v1: 90, v2: 10 });
    expect(asked.outbound?.action).toBe(seen === 'route' ? 'route' : 'l4');
    expect(asked.arrivals.map((a) => a.mutualTls)).toEqual([true, true]);
  });

  test.each(
    features()
      .filter((f) => FEATURES[f.What])
      .map((f) => [f.What, f[row.sees]] as const),
  )('%s: %s', (what, said) => {
    for (const does of FEATURES[what]!) {
      const { error } = made(row, does);
      if (said === 'yes') expect(error).toBeUndefined();
      else expect(error).toMatch(/needs? (an HTTP port|single requests)|about single requests/);
    }
  });
});
