import { check } from '../../src/check/check';
import { parseManifests } from '../../src/manifests/parse';

const found = (yaml: string, rule: string) =>
  check(parseManifests(yaml, 'x.yaml'))
    .diagnostics.filter((d) => d.rule === rule)
    .map(({ severity, message, hint, codes }) => ({ severity, message, hint, codes }));

const service = (port: string) => `
apiVersion: v1
kind: Service
metadata: { name: post, namespace: shop }
spec: { selector: { app: post }, ports: [${port}] }
`;

describe('a port of no protocol that is known', () => {
  const said = (port: string) => found(service(port), 'port-without-protocol')[0];
  test.each([
    ['{ name: smtp, port: 587 }', 'SMTP', 'call it "tcp-smtp", or write "appProtocol: tcp"'],
    ['{ name: mail, port: 2525, targetPort: 587 }', 'SMTP', 'call it "tcp-mail", or write "appProtocol: tcp"'],
    ['{ name: db, port: 13306, targetPort: 3306 }', 'MySQL', 'call it "tcp-db", or write "appProtocol: tcp"'],
    ['{ name: files, port: 2022, targetPort: sftp }', 'SSH', 'call it "tcp-files", or write "appProtocol: tcp"'],
    ['{ port: 22 }', 'SSH', 'call it "tcp", or write "appProtocol: tcp"'],
    ['{ name: http-x, appProtocol: ssh, port: 1022, targetPort: 22 }', 'SSH', 'write "appProtocol: tcp"'],
  ])('%s: %s speaks first', (port, speaks, hint) => {
    expect(said(port)).toMatchObject({
      severity: 'warning',
      message: expect.stringContaining(`looks like ${speaks}, whose server speaks first`),
      hint,
    });
  });
  test.each(['kafka', 'postgres', 'memcached', 'client-amqp'])('%s takes no HTTP', (name) => {
    expect(said(`{ name: ${name}, port: 1234 }`)).toMatchObject({
      severity: 'info',
      hint: `call it "tcp-${name}", or write "appProtocol: tcp"`,
    });
  });
  test.each([
    '{ name: tcp-smtp, port: 587 }',
    '{ name: smtp, port: 25 }', // istiod's own list
    '{ name: smtp, port: 587, appProtocol: tcp }',
    '{ name: mysql, port: 13306 }',
    '{ name: ssh, port: 22, protocol: UDP }',
  ])('%s: nothing is to be said', (port) => expect(said(port)).toBeUndefined());
});

const entry = (port: string, more = '') => `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: out, namespace: shop }
spec: { hosts: [out.example.com], resolution: DNS, location: MESH_EXTERNAL, ports: [${port}]${more} }
`;

test('connections of MySQL, MongoDB and Redis outside say no host either; istioctl says nothing of them', () => {
  for (const protocol of ['MySQL', 'MONGO', 'redis'])
    expect(found(entry(`{ number: 1, name: a, protocol: ${protocol} }`), 'service-entry-address-required')).toMatchObject([
      { codes: [], message: expect.stringContaining(`is ${protocol.toUpperCase()}`) },
    ]);
  expect(found(entry('{ number: 1, name: a, protocol: TCP }'), 'service-entry-address-required')[0]!.codes).toEqual(['IST0134']);
  for (const protocol of ['TLS', 'HTTP', 'GRPC', 'UDP'])
    expect(found(entry(`{ number: 1, name: a, protocol: ${protocol} }`), 'service-entry-address-required')).toEqual([]);
  expect(
    found(entry('{ number: 1, name: a, protocol: MySQL }', ', addresses: [203.0.113.7]'), 'service-entry-address-required'),
  ).toEqual([]);
});

test('an entry for UDP decides nothing', () => {
  expect(found(entry('{ number: 8125, name: a, protocol: UDP }'), 'datagrams-past-the-mesh')).toMatchObject([
    { message: 'port "8125" is UDP, which no proxy gets: this entry neither lets datagrams out nor holds them back' },
  ]);
});

describe('a policy about requests', () => {
  const policy = (more: string, ports = '{ name: redis, port: 6379 }') =>
    found(
      `${service(ports)}---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: post, namespace: shop }
spec: { host: post, ${more} }
`,
      'request-policy-on-connections',
    ).map((f) => f.message);
  const HASH = 'loadBalancer: { consistentHash: { httpHeaderName: x } }';
  const NOTHING = '"httpHeaderName" does nothing: port 6379 of "post.shop.svc.cluster.local" speaks Redis';

  test('at the whole host, a subset, a port', () => {
    const said = [expect.stringContaining(NOTHING)];
    expect(policy(`trafficPolicy: { ${HASH} }`)).toEqual(said);
    expect(policy(`subsets: [{ name: a, labels: { a: b }, trafficPolicy: { ${HASH} } }]`)).toEqual(said);
    const two = '{ name: http, port: 80 }, { name: redis, port: 6379 }';
    const at = (port: number) => `trafficPolicy: { ${HASH}, portLevelSettings: [{ port: { number: ${port} }, ${HASH} }] }`;
    expect(policy(at(6379), two)).toEqual(said);
    expect(policy(at(80), two)).toEqual([]);
  });

  test('nothing where it holds, or may', () => {
    expect(policy('trafficPolicy: { loadBalancer: { consistentHash: { useSourceIp: true } } }')).toEqual([]);
    expect(policy('trafficPolicy: { connectionPool: { http: { http1MaxPendingRequests: 3 } } }')).toEqual([]);
    for (const name of ['http', 'grpc', 'web', 'https'])
      expect(policy(`trafficPolicy: { ${HASH} }`, `{ name: ${name}, port: 6379 }`)).toEqual([]);
    const led = `${service('{ name: tcp, port: 6379 }')}---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: edge, namespace: shop }
spec: { hosts: [a.example.com], gateways: [edge], http: [{ route: [{ destination: { host: post, port: { number: 6379 } } }] }] }
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: post, namespace: shop }
spec: { host: post, trafficPolicy: { ${HASH} } }
`;
    expect(found(led, 'request-policy-on-connections')).toEqual([]);
  });
});
