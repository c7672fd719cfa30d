import {
  CanaryRelease,
  ExternalService,
  FaultInjection,
  header,
  IngressGateway,
  MeshService,
  method,
  Port,
  path,
  TrafficMirror,
} from '../../../src';
import { errorOf, image, refuses, solo, web } from './support';

const beta = header('x-beta').present();
const twice = 'give one of them another condition, or take one out';
const fault = (c: any, id: string, o: object) => new FaultInjection(c, id, o as any);

refuses([
  [
    'two rules about the same requests',
    (c) =>
      web(c)
        .routeTo('v1', beta.or(method('PUT')), 'one')
        .routeTo('v2', method('PUT').or(header('X-Beta').present()), 'two'),
    new RegExp(
      `rules of host "web\\.shop.*": "one" \\(chart/Web, .*ranks\\.test\\.ts:\\d+\\) and "two" \\(chart/Web, .*ranks\\.test\\.ts:\\d+\\) are both about the same requests \\(method is "PUT" or header x-beta is present\\), in the same tier "audience".*${twice}`,
    ),
  ],
  [
    'two faults of a kind for the same requests',
    (c) => {
      const service = web(c);
      fault(c, 'A', { service, when: beta, abort: { status: 500 } });
      fault(c, 'B', { service, when: beta, abort: { status: 503 }, over: 'everything' });
    },
    /overlays of host "web\.shop.*", of one kind \(abort\): "a" \(chart\/A, .*\) and "b" \(chart\/B, .*\) are both about the same requests/,
  ],
  [
    'two shares of faults for everyone',
    (c) => {
      const service = web(c);
      fault(c, 'A', { service, percent: 10, delay: '1s' });
      fault(c, 'B', { service, percent: 20, delay: '1s' });
    },
    /are both about every request, in the same tier "experiment"/,
  ],
  [
    'two policies for calls of one caller',
    (c) => {
      const from = web(c);
      solo(c).callPolicyFrom(from, { timeout: '1s' }).callPolicyFrom(from, { timeout: '2s' });
    },
    /gives service "web" a timeout twice: say it once/,
  ],
  [
    'two releases of connections',
    (c) => {
      const ports = [Port.tcp(9000)];
      const service = new MeshService(c, 'Db', { ports, versions: { v1: image, v2: image } });
      for (const id of ['A', 'B']) new CanaryRelease(c, id, { service, stable: 'v1', canary: 'v2', percent: 5 });
    },
    /rules "a-9000" \(chart\/A\) and "b-9000" \(chart\/B\) of host .* are both about the same connections/,
  ],
  [
    'two gateway routes on one path',
    (c) =>
      new IngressGateway(c, 'Edge', { hosts: ['a.com'] }).route(path.prefix('/a'), solo(c)).route(path.prefix('/a/'), web(c)),
    /routes of gateway "edge": "solo" \(chart\/Edge, .*\) and "web" \(chart\/Edge, .*\) are both about the same requests \(path \/a or path \/a\/\*\)/,
  ],
  [
    'one service on one path with two timeouts',
    (c) => {
      const service = solo(c);
      new IngressGateway(c, 'Edge', { hosts: ['a.com'] })
        .route(path.exact('/a'), service, { timeout: '1s' })
        .route(path.exact('/a'), service, { timeout: '2s', name: 'other' });
    },
    /are both about the same requests \(path \/a\)/,
  ],
  [
    'two answers to everyone',
    (c) => new IngressGateway(c, 'Edge', { hosts: ['a.com'] }).respond(503, 'a').respond(503, 'b'),
    /"response" .* are both about every request, in the same tier "platform"/,
  ],
  // orders
  [
    'an order that is no number',
    (c) => web(c).routeTo('v2', beta, 'r', { order: 'first' } as any),
    /property "order" of options of route "r" of service "web" is "first": it has to be a number/,
  ],
  [
    'an order that is half a number',
    (c) => web(c).answer('r', { kind: 'respond', status: 503 }, beta, { order: 0.5 }),
    /order of answer "r" of service "web" is 0\.5: it has to be a whole number/,
  ],
  [
    'a misspelt order',
    (c) => web(c).answer('r', { kind: 'respond', status: 503 }, beta, { ordre: 1 } as any),
    /options of answer "r" of service "web" has no property "ordre" \(did you mean "order"/,
  ],
  [
    "an order of a gateway's route",
    (c) => new IngressGateway(c, 'Edge', { hosts: ['a.com'] }).route(beta, solo(c), { order: Number.NaN }),
    /order of route to "solo" of gateway "edge" is NaN/,
  ],
  [
    "an order of a gateway's answer",
    (c) => new IngressGateway(c, 'Edge', { hosts: ['a.com'] }).respond(503, 'x', beta, 'r', { order: 1.5 }),
    /order of respond "r" of gateway "edge" is 1\.5/,
  ],
  // what a service says about its requests
  [
    'a route with text for its condition',
    (c) => web(c).routeTo('v2', '/a', 'r'),
    /property "when" of a route of service "web" is "\/a": it has to be a condition/,
  ],
  [
    'an answer that is none',
    (c) => web(c).answer('a', { kind: 'split', to: [] }),
    /kind of answer "a" of service "web" is "split": it has to be one of "redirect", "respond"/,
  ],
  [
    'an answer with status 99',
    (c) => web(c).answer('a', { kind: 'respond', status: 99 }),
    /status 99 of answer "a" of service "web"/,
  ],
  [
    'a redirect with status 200',
    (c) => web(c).answer('a', { kind: 'redirect', uri: '/', code: 200 }),
    /code of answer "a" of service "web" is 200/,
  ],
  [
    'a misspelt answer',
    (c) => web(c).answer('a', { kind: 'respond', status: 503, text: 'x' }),
    /answer "a" of service "web" has no property "text"/,
  ],
  // faults and mirrors
  [
    'a fault of the outside',
    (c) =>
      fault(c, 'F', { service: new ExternalService(c, 'O', { host: 'a.com', port: Port.http(80) }), percent: 1, delay: '1s' }),
    /the service of "chart\/F" is external service "o": it has to be a service of the mesh/,
  ],
  [
    'a fault with two answers',
    (c) => fault(c, 'F', { service: solo(c), percent: 1, abort: { status: 500, grpcStatus: 'OK' } }),
    /abort of "chart\/F" has both status and grpcStatus/,
  ],
  [
    'a misspelt answer',
    (c) => fault(c, 'F', { service: solo(c), percent: 1, abort: { stauts: 500 } }),
    /abort of "chart\/F" has no property "stauts" \(did you mean "status"/,
  ],
  [
    'a mirror of the outside',
    (c) =>
      new TrafficMirror(c, 'M', {
        service: new ExternalService(c, 'O', { host: 'a.com', port: Port.http(80) }),
        to: solo(c),
        percent: 1,
      } as any),
    /the service of "chart\/M" is external service "o"/,
  ],
  [
    'a mirror to the outside',
    (c) =>
      new TrafficMirror(c, 'M', {
        service: solo(c),
        to: new ExternalService(c, 'O', { host: 'a.com', port: Port.http(80) }),
        percent: 1,
      } as any),
    /the target of "chart\/M" is external service "o"/,
  ],
  [
    'a mirror to one of two ports',
    (c) => {
      const to = new MeshService(c, 'Two', {
        ports: [Port.http(80), Port.http(81, { name: 'http-b' })],
        versions: { v1: image },
      });
      new TrafficMirror(c, 'M', { service: solo(c), to, percent: 1 });
    },
    /service "two" has several HTTP ports \(80, 81\): say which one gets the copies, with port of "chart\/M"/,
  ],
  [
    'a mirror to a port that is none',
    (c) => new TrafficMirror(c, 'M', { service: web(c), to: solo(c), percent: 1, port: 81 }),
    /port of "chart\/M" is 81, which is not an HTTP port of service "solo"/,
  ],
]);

test('what says the same twice, or is narrower, or another kind, is no conflict', () => {
  expect(
    errorOf((c) => {
      const service = web(c);
      service
        .routeTo('v2', beta, 'one')
        .routeTo('v2', beta, 'two')
        .routeTo('v1', beta.and(method('PUT')), 'three');
      fault(c, 'A', { service, when: beta, abort: { status: 500 } });
      fault(c, 'B', { service, when: beta, abort: { status: 500 } });
      fault(c, 'C', { service, when: beta.and(method('PUT')), abort: { status: 503 } });
      fault(c, 'D', { service, when: beta, delay: '1s' });
      for (const percent of [5, 10]) new TrafficMirror(c, `M${percent}`, { service, to: service, version: 'v2', percent } as any);
      new IngressGateway(c, 'Edge', { hosts: ['a.com'] })
        .route(path.exact('/'), service)
        .route(path.exact('/'), service)
        .route(path.prefix('/'), service, { timeout: '1s' });
    }),
  ).toBe('(no error)');
});
