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
    (c) => new m.MeshService(c, 'Db', { port: Port.tcp(1), versions: { v1: image }, callPolicy: { timeout: '1s' } }),
    /a timeout or retries needs an HTTP port/,
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
