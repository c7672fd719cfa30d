// Every protocol that a company of many languages speaks, and what the mesh can do for each: requests are routed, retried and
// delayed one by one; of connections it knows who begins them, and where to; of datagrams nothing.
import { Chart, Size } from 'cdk8s';
import {
  App,
  CanaryRelease,
  ExternalService,
  FaultInjection,
  HeadlessGrpcService,
  header,
  IngressGateway,
  LoadBalancer,
  MeshService,
  Port,
  path,
  SecureNamespace,
  StatefulService,
  VmWorkload,
} from 'cdk8s-mesh';

const app = new App();
const chart = new Chart(app, 'bazaar', { namespace: 'bazaar' });
new SecureNamespace(chart, 'Namespace');
const image = (name: string) => ({ image: `bazaar/${name}` });

// Connections. A cache that clients talk to in plain TCP: a share of connections can be released, and a caller's stay together.
const cache = new MeshService(chart, 'Cache', {
  port: Port.tcp(11211, { name: 'tcp-memcached' }),
  versions: { v1: image('memcached:1.6.30'), v2: image('memcached:1.6.40') },
  callPolicy: {
    loadBalancer: LoadBalancer.consistentHash.sourceIp,
    circuitBreaker: { maxConnections: 200, connectTimeout: '1s' },
  },
  calls: [],
});
new CanaryRelease(chart, 'CacheCanary', { service: cache, stable: 'v1', canary: 'v2', percent: 10 });
const sessions = new StatefulService(chart, 'Sessions', { port: Port.redis(6379), ...image('redis:8'), calls: [] });
const orders = new StatefulService(chart, 'OrdersDb', {
  port: Port.mysql(3306),
  ...image('mysql:8'),
  storage: { data: { path: '/var/lib/mysql', size: Size.gibibytes(50) } },
  callPolicy: { circuitBreaker: { maxConnections: 100 } },
  calls: [],
});
// Clients of a replica set, and of brokers, are sent to single pods: they call these by name.
const profiles = new StatefulService(chart, 'Profiles', {
  port: Port.mongo(27017),
  ...image('mongo:8'),
  replicas: 3,
  start: 'at once',
  storage: { data: { path: '/data/db', size: Size.gibibytes(50) } },
  calls: [],
});
const events = new StatefulService(chart, 'Events', {
  port: Port.kafka(9092),
  peers: [Port.tcp(9093, { name: 'tcp-controller' })],
  ...image('kafka:4'),
  replicas: 3,
  start: 'at once',
  storage: { data: { path: '/var/lib/kafka', size: Size.gibibytes(100) } },
  calls: [],
});

// Outside: connections say no name, so the mesh has to know addresses, and each broker that Kafka names to its clients is a host.
const brokers = ['b-1', 'b-2', 'b-3'].map(
  (name, i) =>
    new ExternalService(chart, `Kafka-${name}`, {
      host: `${name}.kafka.partner.example`,
      port: Port.kafka(9094),
      addresses: [`203.0.113.${11 + i}`],
    }),
);
const billing = new ExternalService(chart, 'BillingDb', {
  host: 'billing.mysql.example',
  port: Port.mysql(3306),
  addresses: ['203.0.113.21'],
  callPolicy: { circuitBreaker: { maxConnections: 20, connectTimeout: '2s' } },
});
// Cloud Pub/Sub is gRPC over TLS. Where the proxy speaks the TLS, single calls are retried; the client speaks plain gRPC to it.
const pubsub = new ExternalService(chart, 'PubSub', {
  host: 'pubsub.googleapis.com',
  port: Port.grpc(80),
  originateTls: {},
  callPolicy: { timeout: '10s', retries: { attempts: 3, on: ['unavailable', 'reset'] } },
});

// A machine that nobody moves, as a version beside the pods that will take its place.
const stock = new MeshService(chart, 'Stock', {
  port: Port.http(8080),
  versions: { vm: VmWorkload.at(['10.1.0.7']), v1: image('stock:1') },
  calls: [billing],
});
new CanaryRelease(chart, 'OffTheMachine', { service: stock, stable: 'vm', canary: 'v1', percent: 5 });

// Requests: gRPC in Python, calls balanced one by one; HTTP/2 in Rust; HTTP/1.1 in Go; gRPC-Web for browsers.
const ranking = new HeadlessGrpcService(chart, 'Ranking', {
  mode: 'mesh',
  port: Port.grpc(50051),
  versions: { v1: { ...image('ranking:1'), replicas: 3 } },
  callPolicy: { timeout: '500ms', loadBalancer: LoadBalancer.leastRequest },
  calls: [cache],
});
const catalog = new MeshService(chart, 'Catalog', {
  port: Port.http2(8080),
  versions: { v1: image('catalog:1') },
  callPolicy: { circuitBreaker: { maxRequests: 500, eject: { after: 5 } } },
  calls: [profiles, profiles.pods, ranking],
});
const checkout = new MeshService(chart, 'Checkout', {
  port: Port.http(8080),
  versions: { v1: image('checkout:1') },
  calls: [orders, events, events.pods, stock, pubsub, ...brokers],
});
const chat = new MeshService(chart, 'Chat', { port: Port.grpcWeb(8080), versions: { v1: image('chat:1') }, calls: [sessions] });
const web = new MeshService(chart, 'Web', {
  port: Port.http(8080),
  versions: { v1: image('web:1') },
  calls: [catalog, checkout, sessions],
});
new FaultInjection(chart, 'NoRanking', {
  service: ranking,
  when: header('x-test').is('no-ranking'),
  abort: { grpcStatus: 'UNAVAILABLE' },
});

new IngressGateway(chart, 'Edge', { hosts: ['bazaar.example.com'] })
  .route(path.prefix('/'), web)
  .route(path.prefix('/chat.Chat'), chat);

app.synth();
