import * as m from '../../../src';
import { db, gateway, image, refuses, solo, web } from './support';

const { LoadBalancer, MeshService, Port } = m;
const far = () => MeshService.fromName({ name: 'far', namespace: 'elsewhere' });
const page = (c: any) => new MeshService(c, 'Page', { port: Port.http(80), versions: { v1: image, v2: image } }) as any;
const policy = (p: object) => (c: any) => solo(c, { callPolicy: p });
const breaker = (circuitBreaker: object) => policy({ circuitBreaker });

refuses([
  // levels
  [
    'a timeout for a version',
    (c) => solo(c, { versions: { v1: { ...image, callPolicy: { timeout: '1s' } } } }),
    /callPolicy of version "v1" of service "solo" has timeout: one route may lead to several versions.*portPolicy/,
  ],
  [
    'a retry budget for a port',
    (c) => {
      const port = Port.http(80);
      solo(c, { port }).portPolicy(port, { retryBudget: { percent: 5 } });
    },
    /port 80 of service "solo" has retryBudget, which Istio has no place for at a port: say it for the service/,
  ],
  [
    'a retry budget for a caller, on a port with a policy',
    (c) => {
      const port = Port.http(80);
      const s = solo(c, { port }).portPolicy(port, { loadBalancer: LoadBalancer.random });
      s.callPolicyFrom(web(c), { retryBudget: { percent: 5 } });
    },
    /\[chart\/Solo\] retryBudget of service "web" calling service "solo" cannot hold on port 80/,
  ],
  [
    'a timeout for a TCP port',
    (c) => {
      const port = Port.tcp(81);
      solo(c, { port: undefined, ports: [Port.http(80), port] }).portPolicy(port, { timeout: '1s' });
    },
    /a timeout or retries for port 81 of service "solo" need single requests: it speaks tcp/,
  ],
  ['a policy for no port', (c) => solo(c).portPolicy(undefined, {}), /a portPolicy of service "solo" lacks its property "port"/],
  [
    'two policies for a port',
    (c) => {
      const port = Port.http(80);
      solo(c, { port }).portPolicy(port, { timeout: '1s' }).portPolicy(port, { timeout: '2s' });
    },
    /port 80 of service "solo" has a policy already/,
  ],
  // callers
  [
    "a caller's try longer than the service's timeout",
    (c) => solo(c, { callPolicy: { timeout: '1s' } }).callPolicyFrom(web(c), { retries: { attempts: 1, perTryTimeout: '2s' } }),
    /perTryTimeout of service "solo" \(2000ms\) is longer than its timeout \(1000ms\)/,
  ],
  [
    'a timeout twice for a caller',
    (c) => {
      const w = web(c);
      solo(c).callPolicyFrom(w, { timeout: '1s' }).callPolicyFrom(w, { timeout: '2s' });
    },
    /callPolicyFrom of service "solo" gives service "web" a timeout twice: say it once/,
  ],
  [
    'a version and then its service',
    (c) => {
      const w = web(c);
      solo(c)
        .callPolicyFrom(w.version('v1'), { loadBalancer: LoadBalancer.random })
        .callPolicyFrom(w, { loadBalancer: LoadBalancer.roundRobin });
    },
    /gives service "web" and version "v1" of service "web", which share pods, connection policies of their own.*say it for each version/,
  ],
  [
    'a connection policy for a caller of another app',
    (c) => solo(c).callPolicyFrom(far(), { loadBalancer: LoadBalancer.random }),
    /is a DestinationRule in namespace "elsewhere", which no chart of this app has.*timeout and retries can be said here/,
  ],
  [
    'a connection policy for a gateway that is installed elsewhere',
    (c) => solo(c).callPolicyFrom(gateway(c), { loadBalancer: LoadBalancer.random }),
    /gateway "edge" to service "solo" is a DestinationRule in namespace "istio-system"/,
  ],
  ['a caller as text', (c) => solo(c).callPolicyFrom('page', {}), /callPolicyFrom of service "solo" names "page".*fromName/],
  ['a callee as text', (c) => solo(c).mayCall('page'), /a call of service "solo" names "page": it has to be a service/],
  ['a callee that is missing', (c) => solo(c, { calls: [undefined] }), /a call of service "solo" names nothing/],
  ['an allowed caller as text', (c) => solo(c).allowFrom('page'), /allowFrom of service "solo" names "page"/],
  [
    'a misspelt limit',
    (c) => solo(c).mayCall(page(c), { method: ['GET'] }),
    /limits for calls of service "solo" to service "page" has no property "method" \(did you mean "methods"\?\)/,
  ],
  [
    'a limit to no method',
    (c) => solo(c).mayCall(page(c), { methods: [] }),
    /methods for service "solo" is empty: name at least one, or leave/,
  ],
  ['a limit to no path', (c) => solo(c).mayCall(page(c), { paths: [] }), /paths for service "solo" is empty/],
  [
    'a path that is a number',
    (c) => solo(c).mayCall(page(c), { paths: [7] }),
    /a path for service "solo" is 7: it has to be text/,
  ],
  ['retries on nothing', policy({ retries: { attempts: 1, on: [] } }), /on in the retries of service "solo" is empty/],
  // properties
  [
    'a misspelt policy',
    policy({ timeuot: '1s' }),
    /callPolicy of service "solo" has no property "timeuot" \(did you mean "timeout"/,
  ],
  [
    'a policy as text',
    (c) => solo(c, { callPolicy: 'x' }),
    /"callPolicy".* is "x": it has to be an object|callPolicy of service "solo" has "x"/,
  ],
  ['a misspelt breaker', breaker({ maxConnection: 1 }), /circuitBreaker of service "solo" has no property "maxConnection"/],
  [
    'a misspelt ejection',
    breaker({ eject: { afer: 1 } }),
    /eject of service "solo" has no property "afer" \(did you mean "after"/,
  ],
  ['a misspelt budget', policy({ retryBudget: { percentage: 5 } }), /retryBudget of service "solo" has no property "percentage"/],
  ['a misspelt retry', policy({ retries: { attempt: 1 } }), /retries of service "solo" has no property "attempt"/],
  [
    'retries as a number',
    policy({ retries: 3 }),
    /property "retries" of callPolicy of service "solo" is 3: it has to be an object/,
  ],
  [
    'a load balancer as text',
    policy({ loadBalancer: 'RANDOM' }),
    /loadBalancer of service "solo" is not one of LoadBalancer's, such as LoadBalancer.roundRobin/,
  ],
  [
    'a retry condition that is a number',
    policy({ retries: { attempts: 1, on: [503] } }),
    /"503" in the retries.*not a retry condition/,
  ],
  [
    'a misspelt retry condition',
    policy({ retries: { attempts: 1, on: ['5xxx'] } }),
    /"5xxx" in the retries of service "solo" is not a retry condition: give one an entry, of 5xx, .*or a status.*did you mean "5xx"/,
  ],
  [
    'retries on a status that HTTP has not',
    policy({ retries: { attempts: 1, on: ['503', '999'] } }),
    /"999" in the retries.*not a retry condition/,
  ],
  [
    'more attempts than Istio can count',
    policy({ retries: { attempts: 1e12 } }),
    /attempts in the retries of .* is 1000000000000: .* 2147483647 at most/,
  ],
  [
    'more connections than Istio can count',
    policy({ circuitBreaker: { maxConnections: 1e12 } }),
    /maxConnections of .* is 1000000000000: .* at least 1 and 2147483647 at most/,
  ],
  ['no retries, with a pause', policy({ retries: { attempts: 0, backoff: '1s' } }), /have attempts 0 and more settings/],
  // numbers
  ['no connections', breaker({ maxConnections: 0 }), /maxConnections of service "solo" is 0, which Istio takes for its default/],
  ['half a request', breaker({ maxRequests: 1.5 }), /maxRequests of service "solo" is 1\.5: it has to be a whole number/],
  ['ejection after nothing', breaker({ eject: { after: 0 } }), /eject\.after of service "solo" is 0, which Istio takes/],
  [
    'ejection of a fraction',
    breaker({ eject: { atMost: 33.3 } }),
    /eject\.atMost of service "solo" is 33\.3: Istio takes whole percents/,
  ],
  [
    'ejection of nobody',
    breaker({ eject: { atMost: 0 } }),
    /eject\.atMost of service "solo" is 0: Istio takes whole percents here, 1/,
  ],
  ['ejection of too many', breaker({ eject: { atMost: 101 } }), /eject\.atMost of service "solo" is 101/],
  [
    'a budget without a floor',
    policy({ retryBudget: { percent: 5, minConcurrency: 0 } }),
    /minConcurrency of service "solo" is 0/,
  ],
  // load balancers
  [
    'a policy for calls to TCP',
    (c) => db(c).callPolicyFrom(web(c), { timeout: '1s' }),
    /a timeout or retries needs an HTTP port/,
  ],
]);

// values that no construct has been given yet
refuses(
  [
    ['a hash of no header', () => LoadBalancer.consistentHash.header('x y'), /"x y" is not a header name/],
    ['a hash of no cookie', () => LoadBalancer.consistentHash.cookie(undefined as never), /"undefined" is not a cookie name/],
    [
      'a cookie without a time',
      () => LoadBalancer.consistentHash.cookie('c', 5 as never),
      /ttl of cookie "c" is 5, which is not a duration/,
    ],
    ['a hash of no parameter', () => LoadBalancer.consistentHash.query(''), /name of the query parameter is empty/],
  ],
  'value',
);
