import { CanaryRelease, ExternalService, MeshService, Port, StranglerMigration } from '../../../src';
import { image, outside, refuses, solo, web } from './support';

const old = outside({ host: 'old.a.com', port: Port.http(80) });
const twoPorts = [Port.http(80), Port.http(81, { name: 'http-b' })];
const moving = (c: any, o: object, id = 'Moving') => new StranglerMigration(c, id, { percent: 5, ...o } as any);

refuses([
  ['nothing to migrate from', (c) => moving(c, { to: solo(c) }), /"chart\/Moving" lacks its property "from"/],
  ['a misspelt share', (c) => moving(c, { from: old(c), to: solo(c), percentage: 1 }), /has no property "percentage"/],
  ['from a service', (c) => moving(c, { from: web(c), to: solo(c) }), /"from" of "chart\/Moving" is no ExternalService/],
  [
    'to a host outside',
    (c) => moving(c, { from: old(c), to: new ExternalService(c, 'B', { host: 'b.com', port: Port.http(80) }) }),
    /"to" of "chart\/Moving" is no service of the mesh/,
  ],
  [
    'to one of two ports',
    (c) => moving(c, { from: old(c), to: new MeshService(c, 'Two', { ports: twoPorts, versions: { v1: image } }) }),
    /service "two" has several HTTP ports \(80, 81\): say which one is migrated, with toPort of "chart\/Moving"/,
  ],
  [
    'from one of two ports',
    (c) => moving(c, { from: outside({ host: 'old.a.com', ports: twoPorts })(c), to: solo(c) }),
    /external service "out" has several HTTP ports \(80, 81\): say which one is migrated, with fromPort/,
  ],
  [
    'a port that is none',
    (c) => moving(c, { from: old(c), to: solo(c), toPort: 81 }),
    /toPort of "chart\/Moving" is 81, which is not an HTTP port of service "solo" \(it has 80\)/,
  ],
  [
    'from a wildcard',
    (c) => moving(c, { from: outside({ host: '*.a.com', port: Port.http(80) })(c), to: solo(c) }),
    /whose address only callers know.*give it a whole host name/,
  ],
  [
    'from a wildcard with endpoints',
    (c) => moving(c, { from: outside({ host: '*.a.com', port: Port.http(80), endpoints: ['203.0.113.7'] })(c), to: solo(c) }),
    /give it a whole host name/,
  ],
  [
    'one service from two hosts',
    (c) => {
      const to = solo(c);
      moving(c, { from: old(c), to });
      moving(c, { from: new ExternalService(c, 'B', { host: 'b.com', port: Port.http(80) }), to }, 'Again');
    },
    /"chart\/Again" shares the traffic of host "solo\.shop.*", which "chart\/Moving" \(test\/\S*:\d+\) shares already/,
  ],
  [
    'a canary of the same name',
    (c) => {
      const service = web(c, { defaultVersion: undefined });
      new CanaryRelease(c, 'Release', { service, stable: 'v1', canary: 'v2', percent: 5 });
      moving(c, { from: old(c), to: service }, 'release');
    },
    /has a rule "release" already, from "chart\/Release"/,
  ],
  [
    'a service that answers some requests without a call',
    (c) => moving(c, { from: old(c), to: solo(c).answer('closed', { kind: 'respond', status: 503 }) }),
    /"moving" splits traffic to "solo\.shop.*", whose rule "closed" is a respond: a share of a split cannot be one, so take the rule out/,
  ],
  [
    'a service whose versions nobody chooses among',
    (c) => moving(c, { from: old(c), to: web(c, { defaultVersion: undefined }) }),
    /has versions "v1", "v2" and no rule that chooses among them/,
  ],
]);
