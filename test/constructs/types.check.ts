// What must not compile, and what must: asked of the types that are built, and by `npm run lint` of those in src/.
import { App, Chart } from 'cdk8s';
import {
  AccessPolicy,
  BlueGreenRelease,
  CanaryRelease,
  claim,
  EgressGateway,
  Experiment,
  ExternalAuthorization,
  ExternalService,
  FaultInjection,
  HeaderRoutedDevEnv,
  HeadlessGrpcService,
  header,
  IngressGateway,
  JwtPolicy,
  LoadBalancer,
  Mesh,
  MeshJob,
  MeshService,
  Port,
  path,
  RateLimit,
  SecureNamespace,
  StatefulService,
  StranglerMigration,
  TrafficMirror,
  VmWorkload,
} from 'cdk8s-mesh';

const chart = new Chart(new App(), 'chart', { namespace: 'shop' });
const image = { image: 'x:1' };
const http = Port.http(80);
const web = new MeshService(chart, 'Web', { port: Port.http(80), versions: { v1: image, v2: image }, defaultVersion: 'v1' });
const db = new MeshService(chart, 'Db', { port: Port.redis(6379), versions: { v1: image } });
const db2 = new MeshService(chart, 'Db2', { port: Port.redis(6379), versions: { v1: image, v2: image } });
const solo = new MeshService(chart, 'Solo', { port: http, versions: { live: image } });
const mixed = new MeshService(chart, 'Mixed', { ports: [Port.grpc(1), Port.tcp(2)], versions: { v1: image } });
const adopted = MeshService.adoptFrom(chart, 'Adopted', { from: chart });
const machines = VmWorkload.registering();
const moving = new MeshService(chart, 'Moving', { port: http, versions: { vm: machines, v1: image }, defaultVersion: 'vm' });
const limits = MeshService.fromName({ name: 'limits', namespace: 'platform' });
const opaque = new ExternalService(chart, 'Opaque', { host: 'a.com', port: Port.https(443) });

const grpc = Port.grpc(50051);
const headless = new HeadlessGrpcService(chart, 'Headless', { mode: 'client-side', port: grpc, versions: { v1: image } });
const balanced = new HeadlessGrpcService(chart, 'Balanced', {
  mode: 'mesh',
  port: grpc,
  versions: { v1: { ...image, callPolicy: { loadBalancer: LoadBalancer.random } }, v2: image },
  defaultVersion: 'v1',
  callPolicy: { circuitBreaker: { eject: {} } },
});
const job = new MeshJob(chart, 'Job', { image: 'x', schedule: '@daily', calls: [web] });
const kafka = new StatefulService(chart, 'Kafka', { port: Port.kafka(9092), image: 'kafka:4', peers: [Port.tcp(9093)] });

export const right = () => [
  job.mayCall(kafka.pods).mayCall(web, { methods: ['GET'] }),
  new AccessPolicy(chart, 'A', { service: web, deny: [job] }),
  new CanaryRelease(chart, 'C', { service: balanced, stable: 'v1', canary: 'v2', percent: 10 }),
  new FaultInjection(chart, 'F', { service: headless, percent: 1, delay: '1s' }),
  new TrafficMirror(chart, 'M', { service: headless, to: balanced, version: 'v2', percent: 1 }),
  headless.callPolicyFrom(web, { timeout: '1s', circuitBreaker: { maxConnections: 1 } }),
  balanced.callPolicyFrom(web, { loadBalancer: LoadBalancer.random }),
  new MeshService(chart, 'S', { port: http, versions: { v1: image }, calls: [kafka, kafka.pods] }),
  new RateLimit(chart, 'R', { target: web, local: { all: { requests: 1, per: 'second', burst: 2, each: { header: 'x-key' } } } }),
  new JwtPolicy(chart, 'J', { target: web, issuers: [{ issuer: 'https://a' }] }),
  new IngressGateway(chart, 'H', { hosts: ['*'] }).route(path.prefix('/').and(claim('group').is('beta')), web),
  new BlueGreenRelease(chart, 'B', { service: db2, blue: 'v1', green: 'v2', active: 'blue' }),
  new Experiment(chart, 'E', { service: web, arms: { v1: 50, v2: 50 } }),
  new CanaryRelease(chart, 'C', { service: web, stable: 'v1', canary: 'v2', percent: 10 }),
  new CanaryRelease(chart, 'C', { service: moving, stable: 'vm', canary: 'v1', percent: 10 }),
  new CanaryRelease(chart, 'C', { engine: 'flagger', service: solo, steps: [5, 50], mirrorFirst: 10 }),
  new CanaryRelease(chart, 'C', { engine: 'flagger', service: solo, audience: header('x').is('1'), iterations: 3 }),
  new CanaryRelease(chart, 'C', { engine: 'argo-rollouts', service: db, steps: [{ setWeight: 5 }, { pause: '1m' }] }),
  new FaultInjection(chart, 'F', { service: mixed, percent: 1, delay: '1s' }),
  new TrafficMirror(chart, 'M', { service: mixed, to: web, version: 'v2', percent: 1 }),
  new TrafficMirror(chart, 'N', { service: adopted, to: adopted, version: 'known at run time', percent: 1 }),
  new IngressGateway(chart, 'G', { hosts: ['*'] }).route(path.prefix('/'), web).tcp(1, db),
  new AccessPolicy(chart, 'A', {
    service: web,
    allow: [mixed, web.version('v2')],
    deny: [MeshService.fromName({ name: 'a', namespace: 'b' })],
  }),
  new MeshService(chart, 'S', {
    port: Port.mysql(3306),
    versions: { v1: { ...image, callPolicy: { circuitBreaker: { maxPendingRequests: 5 } } } },
    callPolicy: { circuitBreaker: { maxConnections: 5, eject: {} }, loadBalancer: LoadBalancer.consistentHash.sourceIp },
  }),
  new BlueGreenRelease(chart, 'B', { service: web, blue: 'v1', green: 'v2', active: 'blue', preview: header('x').present() }),
  new CanaryRelease(chart, 'C', { service: db2, stable: 'v1', canary: 'v2', percent: 10 }),
  new AccessPolicy(chart, 'A', { service: db, deny: [web] }),
  new AccessPolicy(chart, 'A', { service: mixed, deny: [web], methods: ['GET'] }),
  web
    .mayCall(db)
    .mayCall(mixed, { methods: ['GET'] })
    .mayCall(limits, { paths: ['/a'] }),
  mixed.portPolicy(Port.grpc(1), { timeout: '1s' }),
  new ExternalService(chart, 'X', { host: 'a.com', port: Port.http(80), originateTls: {}, callPolicy: { timeout: '1s' } }),
  new SecureNamespace(chart, 'N', { mtls: 'PERMISSIVE', dataPlane: 'ambient' }),
  web.callPolicyFrom(db, { timeout: '1s', retryBudget: { percent: 20 } }).portPolicy(http, { timeout: '2s' }),
  adopted.fork({ image: 'x', version: 'known at run time' }),
  web.fork({ env: { A: 'b' } }),
];

export const wrong = () => [
  // @ts-expect-error clients that balance by themselves know no versions
  new HeadlessGrpcService(chart, 'H', { mode: 'client-side', port: grpc, versions: { v1: image, v2: image } }),
  // @ts-expect-error nor a default one
  new HeadlessGrpcService(chart, 'H', { mode: 'client-side', port: grpc, versions: { v1: image }, defaultVersion: 'v1' }),
  new HeadlessGrpcService(chart, 'H', {
    mode: 'client-side',
    port: grpc,
    versions: { v1: image },
    // @ts-expect-error proxies choose no pod
    callPolicy: { loadBalancer: LoadBalancer.random },
  }),
  new HeadlessGrpcService(chart, 'H', {
    mode: 'client-side',
    port: grpc,
    versions: { v1: image },
    // @ts-expect-error nor do they take one out of the balance
    callPolicy: { circuitBreaker: { eject: {} } },
  }),
  new HeadlessGrpcService(chart, 'H', {
    mode: 'client-side',
    port: grpc,
    // @ts-expect-error nor for a version
    versions: { v1: { ...image, callPolicy: { loadBalancer: LoadBalancer.random } } },
  }),
  // @ts-expect-error it is for gRPC
  new HeadlessGrpcService(chart, 'H', { mode: 'mesh', port: http, versions: { v1: image } }),
  // @ts-expect-error a mode is one of two
  new HeadlessGrpcService(chart, 'H', { mode: 'client', port: grpc, versions: { v1: image } }),
  // @ts-expect-error no load balancer for one caller either
  headless.callPolicyFrom(web, { loadBalancer: LoadBalancer.random }),
  // @ts-expect-error nor for a port
  headless.portPolicy(grpc, { circuitBreaker: { eject: {} } }),
  // @ts-expect-error nobody can share the calls
  new CanaryRelease(chart, 'C', { service: headless, stable: 'v1', canary: 'v1', percent: 10 }),
  // @ts-expect-error nor can a controller
  new CanaryRelease(chart, 'C', { engine: 'flagger', service: headless, steps: [5] }),
  // @ts-expect-error nor can a controller
  new CanaryRelease(chart, 'C', { engine: 'argo-rollouts', service: headless, steps: [{ setWeight: 5 }] }),
  // @ts-expect-error nobody can switch
  new BlueGreenRelease(chart, 'B', { service: headless, blue: 'v1', green: 'v1', active: 'blue' }),
  // @ts-expect-error nobody can share the calls
  new Experiment(chart, 'E', { service: headless, arms: { v1: 100 } }),
  // @ts-expect-error copies would go to the address that the caller dialled
  new TrafficMirror(chart, 'M', { service: web, to: headless, percent: 1 }),
  new StranglerMigration(chart, 'S', {
    from: new ExternalService(chart, 'Y', { host: 'b.com', port: http }),
    // @ts-expect-error so would the share of the new one
    to: headless,
    percent: 1,
  }),
  // @ts-expect-error nobody calls a job
  web.mayCall(job),
  // @ts-expect-error nor is it ready for calls
  new MeshJob(chart, 'J', { image: 'x', readiness: undefined as any }),
  // @ts-expect-error nor does it have a port
  new MeshJob(chart, 'J', { image: 'x', port: http }),
  // @ts-expect-error it is done one day
  new MeshJob(chart, 'J', { image: 'x', restart: 'Always' }),
  // @ts-expect-error a StatefulSet has no versions
  new StatefulService(chart, 'D', { port: Port.mysql(3306), versions: { v1: image } }),
  // @ts-expect-error nobody scales a quorum by its CPU
  new StatefulService(chart, 'D', { port: Port.mysql(3306), image: 'x', autoscale: { max: 3 } }),
  // @ts-expect-error connections have no timeout
  new StatefulService(chart, 'D', { port: Port.mysql(3306), image: 'x', callPolicy: { timeout: '1s' } }),
  // @ts-expect-error a volume has a size
  new StatefulService(chart, 'D', { port: Port.mysql(3306), image: 'x', storage: { data: { path: '/data' } } }),
  // @ts-expect-error Istio sees only connections on a kafka port
  new FaultInjection(chart, 'F', { service: kafka, percent: 1, delay: '1s' }),
  // @ts-expect-error it is released as a whole
  new CanaryRelease(chart, 'C', { engine: 'argo-rollouts', service: kafka, steps: [{ setWeight: 5 }] }),
  // @ts-expect-error a sidecar knows no claims when it chooses a route
  web.routeTo('v1', header('a').is('b').and(claim('group').is('beta')), 'beta'),
  // @ts-expect-error nor for a fault
  new FaultInjection(chart, 'F', { service: web, when: claim('group').isNot('beta'), abort: { status: 500 } }),
  // @ts-expect-error nobody is asked about connections
  new ExternalAuthorization(chart, 'X', { target: db2, provider: 'opa' }),
  // @ts-expect-error connections have no requests to count
  new RateLimit(chart, 'R', { target: db2, local: { all: { requests: 1, per: 'second' } } }),
  // @ts-expect-error no such time
  new RateLimit(chart, 'R', { target: web, local: { all: { requests: 1, per: 'week' } } }),
  new RateLimit(chart, 'R', {
    target: web,
    // @ts-expect-error a service that counts for all knows no burst
    global: { service: limits, limits: { all: { requests: 1, per: 'day', burst: 2 } } },
  }),
  // @ts-expect-error connections have no token
  new JwtPolicy(chart, 'J', { target: db2, issuers: [{ issuer: 'https://a' }] }),
  // @ts-expect-error no such version
  new BlueGreenRelease(chart, 'B', { service: web, blue: 'v1', green: 'v3', active: 'blue' }),
  // @ts-expect-error the word is blue or green
  new BlueGreenRelease(chart, 'B', { service: web, blue: 'v1', green: 'v2', active: 'v1' }),
  // @ts-expect-error no such version
  new Experiment(chart, 'E', { service: web, arms: { v1: 50, v3: 50 } }),
  // @ts-expect-error an experiment is about requests
  new Experiment(chart, 'E', { service: db2, arms: { v1: 50, v2: 50 } }),
  // @ts-expect-error no such version
  new CanaryRelease(chart, 'C', { service: web, stable: 'v1', canary: 'v3', percent: 10 }),
  // @ts-expect-error no such version beside the machines
  new CanaryRelease(chart, 'C', { service: moving, stable: 'vm', canary: 'v2', percent: 10 }),
  // @ts-expect-error machines with addresses that stay are asked by nobody
  VmWorkload.at(['10.0.0.1'], { readiness: undefined as never }),
  // @ts-expect-error machines have no image
  VmWorkload.registering({ image: 'x:1' }),
  // @ts-expect-error no such version
  new CanaryRelease(chart, 'C', { service: web, stable: 'v', canary: 'v2', percent: 10 }),
  // @ts-expect-error a share is a number
  new CanaryRelease(chart, 'C', { service: web, stable: 'v1', canary: 'v2', percent: '10%' }),
  // @ts-expect-error no such state
  new CanaryRelease(chart, 'C', { service: web, stable: 'v1', canary: 'v2', percent: 1, state: 'done' }),
  // @ts-expect-error no such engine
  new CanaryRelease(chart, 'C', { engine: 'argo', service: solo, steps: [5] }),
  // @ts-expect-error the controller makes the second version
  new CanaryRelease(chart, 'C', { engine: 'flagger', service: web, steps: [5] }),
  // @ts-expect-error the controller makes the second version
  new CanaryRelease(chart, 'C', { engine: 'argo-rollouts', service: web, steps: [{ setWeight: 5 }] }),
  // @ts-expect-error the controller has no versions to be told
  new CanaryRelease(chart, 'C', { engine: 'flagger', service: solo, stable: 'live', steps: [5] }),
  // @ts-expect-error shares, or an audience
  new CanaryRelease(chart, 'C', { engine: 'flagger', service: solo, steps: [5], audience: header('x').is('1'), iterations: 3 }),
  // @ts-expect-error Flagger has nothing to measure of connections
  new CanaryRelease(chart, 'C', { engine: 'flagger', service: db, steps: [5] }),
  // @ts-expect-error its Deployment is not this app's
  new CanaryRelease(chart, 'C', { engine: 'argo-rollouts', service: adopted, steps: [{ setWeight: 5 }] }),
  // @ts-expect-error steps of a Rollout are objects
  new CanaryRelease(chart, 'C', { engine: 'argo-rollouts', service: solo, steps: [5, 50] }),
  // @ts-expect-error no such step
  new CanaryRelease(chart, 'C', { engine: 'argo-rollouts', service: solo, steps: [{ setweight: 5 }] }),
  // @ts-expect-error no such version
  web.version('v3'),
  // @ts-expect-error no such version
  web.routeTo('v3', header('x').is('y'), 'name'),
  // @ts-expect-error no such version
  web.fork({ version: 'v3' }),
  // @ts-expect-error no such version
  new MeshService(chart, 'S', { port: Port.http(80), versions: { v1: image }, defaultVersion: 'v2' }),
  // @ts-expect-error a version needs an image
  new MeshService(chart, 'S', { port: Port.http(80), versions: { v1: {} } }),
  // @ts-expect-error a port is a Port
  new MeshService(chart, 'S', { port: 80, versions: { v1: image } }),
  // @ts-expect-error names are for what lies outside: callees are objects
  new MeshService(chart, 'S', { port: Port.http(80), versions: { v1: image }, calls: ['web'] }),
  // @ts-expect-error Istio sees only connections on a redis port
  new FaultInjection(chart, 'F', { service: db, percent: 1, delay: '1s' }),
  // @ts-expect-error what ends a request is nothing to connections
  new MeshService(chart, 'S', { port: Port.mysql(3306), versions: { v1: image }, callPolicy: { timeout: '1s' } }),
  // @ts-expect-error nor are retries
  new MeshService(chart, 'S', { port: Port.mongo(1), versions: { v1: image }, callPolicy: { retries: { attempts: 1 } } }),
  // @ts-expect-error nor a budget of them
  new MeshService(chart, 'S', { port: Port.kafka(1), versions: { v1: image }, callPolicy: { retryBudget: { percent: 1 } } }),
  // @ts-expect-error requests that nobody sees are not counted
  new MeshService(chart, 'S', { port: Port.tls(1), versions: { v1: image }, callPolicy: { circuitBreaker: { maxRequests: 1 } } }),
  new MeshService(chart, 'S', {
    port: Port.redis(1),
    // @ts-expect-error a connection has no header
    versions: { v1: { ...image, callPolicy: { loadBalancer: LoadBalancer.consistentHash.header('x') } } },
  }),
  // @ts-expect-error a connection has no time to end at
  mixed.portPolicy(Port.tcp(2), { timeout: '1s' }),
  // @ts-expect-error whoever calls
  db.callPolicyFrom(web, { retries: { attempts: 1 } }),
  // @ts-expect-error an HTTPS port is opaque
  new ExternalService(chart, 'X', { host: 'a.com', port: Port.https(443), callPolicy: { timeout: '1s' } }),
  // @ts-expect-error connections are no requests to be told apart
  db.routeTo('v1', header('x').present(), 'name'),
  // @ts-expect-error nor to be answered
  db.answer('closed', { kind: 'respond', status: 503 }),
  // @ts-expect-error connections have no methods
  web.mayCall(db, { methods: ['GET'] }),
  // @ts-expect-error nor paths
  new AccessPolicy(chart, 'A', { service: db, allow: [web], paths: ['/a'] }),
  // @ts-expect-error nor a header that looks ahead
  new BlueGreenRelease(chart, 'B', { service: db2, blue: 'v1', green: 'v2', active: 'blue', preview: header('x').present() }),
  // @ts-expect-error nor an audience
  new CanaryRelease(chart, 'C', { service: db2, stable: 'v1', canary: 'v2', audience: header('x').present() }),
  // @ts-expect-error nor cookies
  new CanaryRelease(chart, 'C', { service: db2, stable: 'v1', canary: 'v2', percent: 1, sticky: { cookie: 'x' } }),
  // @ts-expect-error proxies take no datagrams
  Port.udp(53),
  // @ts-expect-error for whom?
  new FaultInjection(chart, 'F', { service: web, delay: '1s' }),
  // @ts-expect-error Istio sees only connections on a redis port
  new TrafficMirror(chart, 'M', { service: db, to: web, percent: 1 }),
  // @ts-expect-error copies of requests go to services that take requests
  new TrafficMirror(chart, 'M', { service: web, to: db, percent: 1 }),
  // @ts-expect-error no such version
  new TrafficMirror(chart, 'M', { service: web, to: web, version: 'v3', percent: 1 }),
  // @ts-expect-error HTTP routes lead to HTTP services
  new IngressGateway(chart, 'G', { hosts: ['*'] }).route(path.prefix('/'), db),
  // @ts-expect-error Envoy sends no 304
  new IngressGateway(chart, 'G', { hosts: ['*'] }).redirect(path.prefix('/'), { uri: '/x', code: 304 }),
  // @ts-expect-error an HTTPS port is opaque
  new StranglerMigration(chart, 'S', { from: opaque, to: web, percent: 1 }),
  // @ts-expect-error one carrier
  new HeaderRoutedDevEnv(chart, 'E', { name: 'dev1', forks: [web.fork()] }),
  // @ts-expect-error an Istio that this package does not write for
  new Mesh(chart, 'M', { istioVersion: '1.20' }),
  // @ts-expect-error a port that is not there
  Port.smtp(25),
  // @ts-expect-error an access policy is for a service of this app
  new AccessPolicy(chart, 'A', { service: opaque, allow: [web] }),
  // @ts-expect-error names are for what lies outside: callers are objects
  new AccessPolicy(chart, 'A', { service: web, allow: ['page'] }),
  // @ts-expect-error no such version
  new AccessPolicy(chart, 'A', { service: web, deny: [web.version('v3')] }),
  // @ts-expect-error which service?
  new AccessPolicy(chart, 'A', { allow: [web] }),
  // @ts-expect-error a port is a Port
  new ExternalService(chart, 'X', { host: 'a.com', port: 443 }),
  // @ts-expect-error a host is text
  new ExternalService(chart, 'X', { hosts: [web], port: http }),
  // @ts-expect-error no such property
  new ExternalService(chart, 'X', { host: 'a.com', port: http, tls: true }),
  // @ts-expect-error a gateway is a construct
  new ExternalService(chart, 'X', { host: 'a.com', port: http, via: 'egress' }),
  // @ts-expect-error a gateway for what comes in
  new ExternalService(chart, 'X', { host: 'a.com', port: http, via: new IngressGateway(chart, 'G', { hosts: ['*'] }) }),
  // @ts-expect-error hosts go through it by their own via
  new EgressGateway(chart, 'E', { hosts: ['a.com'] }),
  // @ts-expect-error a switch
  new EgressGateway(chart, 'E', { networkPolicy: 'yes' }),
  // @ts-expect-error Istio writes it in capitals
  new SecureNamespace(chart, 'N', { mtls: 'strict' }),
  // @ts-expect-error no such data plane
  new SecureNamespace(chart, 'N', { dataPlane: 'waypoint' }),
  // @ts-expect-error a switch
  new SecureNamespace(chart, 'N', { denyByDefault: 'no' }),
  // @ts-expect-error a version has no timeout: one route may lead to several
  new MeshService(chart, 'S', { port: http, versions: { v1: { ...image, callPolicy: { timeout: '1s' } } } }),
  // @ts-expect-error Istio has no retry budget for a port
  web.portPolicy(http, { retryBudget: { percent: 20 } }),
  // @ts-expect-error one of LoadBalancer's
  web.callPolicyFrom(db, { loadBalancer: 'RANDOM' }),
  // @ts-expect-error a hash picks the endpoint itself
  LoadBalancer.consistentHash.sourceIp.byLocality({ failover: { a: 'b' } }),
  // @ts-expect-error no such property
  LoadBalancer.random.byLocality({ failovers: { a: 'b' } }),
  // @ts-expect-error an outside host calls nobody
  web.callPolicyFrom(opaque, { loadBalancer: LoadBalancer.random }),
  // @ts-expect-error a callee is an object
  web.mayCall('db'),
  // @ts-expect-error no such limit
  web.mayCall(mixed, { method: ['GET'] }),
  // @ts-expect-error a fork has the account of the version that it stands for
  web.fork({ serviceAccount: 'own' }),
  // @ts-expect-error nothing tells an adopted service's image
  adopted.fork({ env: {} }),
  // @ts-expect-error the account of a version that is not there
  MeshService.adopt(chart, 'O', { port: http, versions: { v1: {} }, podLabels: { app: 'o' }, serviceAccount: { v2: 'a' } }),
  // @ts-expect-error which pods are its?
  MeshService.adopt(chart, 'O', { port: http, versions: { v1: {} } }),
  // @ts-expect-error where is it?
  MeshService.fromName({ name: 'a' }),
];
