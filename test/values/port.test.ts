import fc from 'fast-check';
import { checkPort, Port, type Protocol } from '../../src/values/port';

const RUNS = Number(process.env.FC_RUNS ?? 500);
const makers = {
  http: Port.http,
  http2: Port.http2,
  grpc: Port.grpc,
  'grpc-web': Port.grpcWeb,
  https: Port.https,
  tls: Port.tls,
  tcp: Port.tcp,
  mongo: Port.mongo,
  mysql: Port.mysql,
  redis: Port.redis,
  kafka: Port.kafka,
} satisfies Record<Protocol, unknown>;
const protocols = Object.keys(makers) as Protocol[];
const numbers = fc.integer({ min: 1, max: 65_535 });

/** The protocol that istiod reads from a name, by `ConvertProtocol` in pkg/config/kube/conversion.go. */
const read = (name: string) => (name.startsWith('grpc-web') ? 'grpc-web' : name.split('-')[0]);

test.each(protocols)('%s: name and appProtocol say the same to istiod', (protocol) => {
  const port = makers[protocol](80);
  const istio = protocol === 'kafka' ? 'tcp' : protocol;
  expect([port.protocol, read(port.name), port.appProtocol, port.target]).toEqual([protocol, istio, istio, 80]);
});

test('requests are seen on HTTP, HTTP/2 and gRPC, and on nothing else', () => {
  expect(protocols.filter((p) => makers[p](80).isHttp)).toEqual(['http', 'http2', 'grpc', 'grpc-web']);
});

test('every number from 1 to 65535 is a port, here and at the container', () => {
  fc.assert(
    fc.property(fc.constantFrom(...protocols), numbers, numbers, (protocol, number, target) => {
      const port = makers[protocol](number, { target });
      expect([port.number, port.target]).toEqual([number, target]);
    }),
    { numRuns: RUNS },
  );
});

test('no other number is one', () => {
  const others = fc.oneof(
    fc.integer({ max: 0 }),
    fc.integer({ min: 65_536 }),
    fc.double().filter((n) => !Number.isInteger(n)),
    fc.constantFrom('80', undefined, null, {}),
  );
  fc.assert(
    fc.property(others, (n) => {
      expect(() => checkPort(n as number, 'port')).toThrow(/^port is .*: it has to be a whole number from 1 to 65535$/);
      expect(() => Port.http(n as number)).toThrow('http port is ');
      if (n !== undefined && n !== null)
        expect(() => Port.http(80, { target: n as number })).toThrow('target of http port 80 is ');
    }),
    { numRuns: RUNS },
  );
});

test('a name that begins with the protocol is taken, up to 15 characters', () => {
  const rest = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
  fc.assert(
    fc.property(rest, (more) => {
      const name = `http-${more}`;
      expect(Port.http(80, { name }).name).toBe(name);
      expect(read(Port.http(80, { name }).name)).toBe('http');
      expect(() => Port.grpc(80, { name })).toThrow(`so call it "grpc" or "grpc-${name}"`);
    }),
    { numRuns: RUNS },
  );
});

test.each([
  [{ name: 'http-administration' }, /name "http-administration" of port 80 has 19 characters: Kubernetes allows 15/],
  [{ name: 'HTTP' }, /name of port 80 is "HTTP": only lower-case letters/],
  [{ name: '' }, /name of port 80 is empty/],
  [{ name: 'httpx' }, /name "httpx" of port 80 does not begin with its protocol/],
])('%j is refused', (options, says) => expect(() => Port.http(80, options)).toThrow(says));
