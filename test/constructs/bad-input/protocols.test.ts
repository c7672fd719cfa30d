import * as m from '../../../src';
import { db, image, outside, refuses, solo } from './support';

const { Port } = m;

refuses([
  [
    'a fault on TCP',
    (c) => new m.FaultInjection(c, 'F', { service: db(c), percent: 1, delay: '1s' }),
    /a fault needs an HTTP port, and service "db" has "redis 6379"/,
  ],
  [
    'a sticky canary on TCP',
    (c) =>
      new m.CanaryRelease(c, 'R', { service: db(c), stable: 'v1', canary: 'v2', percent: 5, sticky: { cookie: 'g' } } as any),
    /needs an HTTP port, and service "db"/,
  ],
  [
    'a timeout on TCP',
    (c) => new m.MeshService(c, 'Db', { port: Port.tcp(1), versions: { v1: image }, callPolicy: { timeout: '1s' } as never }),
    /a timeout or retries needs an HTTP port/,
  ],
  [
    'requests that are counted on MySQL',
    (c) =>
      new m.MeshService(c, 'Db', {
        port: Port.mysql(3306),
        versions: { v1: image },
        callPolicy: { retryBudget: { percent: 20 }, circuitBreaker: { maxRequests: 5, maxRequestsPerConnection: 1 } } as never,
      }),
    /callPolicy of service "db" has retryBudget and maxRequests and maxRequestsPerConnection, which is about single requests, and it speaks "mysql 3306".*maxConnections limits connections/,
  ],
  [
    'a hash of a header on Mongo',
    (c) =>
      new m.MeshService(c, 'Db', {
        port: Port.mongo(27017),
        versions: { v1: { ...image, callPolicy: { loadBalancer: m.LoadBalancer.consistentHash.header('x') } as never } },
      }),
    /callPolicy of version "v1" of service "db" has a hash of what is in requests.*consistentHash.sourceIp/,
  ],
  [
    'a hash of a cookie on one port of several',
    (c) => {
      const tcp = Port.tcp(2);
      const s = new m.MeshService(c, 'S', { ports: [Port.http(1), tcp], versions: { v1: image } });
      s.portPolicy(tcp, { loadBalancer: m.LoadBalancer.consistentHash.cookie('x') } as never);
    },
    /callPolicy of port 2 of service "s" has a hash of what is in requests.*"tcp 2"/,
  ],
  [
    'requests that are counted for one caller of Redis',
    (c) => db(c).callPolicyFrom(solo(c), { circuitBreaker: { maxRequests: 1 } } as never),
    /callPolicy of service "solo" for calls to service "db" has maxRequests/,
  ],
  [
    'requests that are counted on Kafka outside',
    (c) =>
      new m.ExternalService(c, 'K', {
        host: 'kafka.example.com',
        port: Port.kafka(9092),
        addresses: ['203.0.113.7'],
        callPolicy: { circuitBreaker: { maxRequests: 1 } } as never,
      }),
    /callPolicy of external service "k" has maxRequests/,
  ],
  [
    'limits to paths on TCP',
    (c) => solo(c).mayCall(db(c), { paths: ['/a'] }),
    /a limit to methods, paths or claims.*needs an HTTP port/,
  ],
  [
    'a status that is none',
    (c) => new m.FaultInjection(c, 'F', { service: solo(c), percent: 1, abort: { status: 99 } }),
    /abort status of "chart\/F" is 99/,
  ],
  [
    'a gRPC status that is none',
    (c) => new m.FaultInjection(c, 'F', { service: solo(c), percent: 1, abort: { grpcStatus: 'BAD' } }),
    /gRPC knows CANCELLED/,
  ],
  [
    'a date that is none',
    (c) => new m.FaultInjection(c, 'F', { service: solo(c), percent: 1, delay: '1s', until: 'soon' }),
    /until of "f" is "soon", which is not a date/,
  ],
  [
    'a fault that does nothing',
    (c) => new m.FaultInjection(c, 'F', { service: solo(c), percent: 1 }),
    /has neither abort nor delay/,
  ],
  [
    'a mirror of a service to itself',
    (c) => {
      const s = solo(c);
      new m.TrafficMirror(c, 'M', { service: s, to: s, percent: 5 });
    },
    /mirrors service "solo" to itself: name a version/,
  ],
  [
    'a migration from an opaque port',
    (c) =>
      new m.StranglerMigration(c, 'M', {
        from: outside({ host: 'a.com', port: Port.https(443) })(c) as any,
        to: solo(c),
        percent: 5,
      }),
    /a migration needs an HTTP port/,
  ],
  [
    'a mirror of TCP',
    (c) => new m.TrafficMirror(c, 'M', { service: db(c), to: solo(c), percent: 5 }),
    /mirror "chart\/M" needs an HTTP port, and service "db" has "redis 6379": Istio sees only connections there/,
  ],
  [
    'a mirror to TCP',
    (c) => new m.TrafficMirror(c, 'M', { service: solo(c), to: db(c), percent: 5 }),
    /the target of mirror "chart\/M" needs an HTTP port, and service "db" has "redis 6379"/,
  ],
]);
