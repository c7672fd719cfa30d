import { App, Chart } from 'cdk8s';
import { ExternalService, IngressGateway, Mesh, MeshService, Port, path } from '../../../src';
import { type Case, gateway, image, outside, refuses, solo } from './support';

const tls = { credentialName: 'cert' };
const own = (c: any) => new MeshService(c, 'Vault', { port: Port.tls(8200), versions: { v1: image } });
const second = (c: any, o: object = {}) => new IngressGateway(c, 'Second', { hosts: ['b.example.com'], ...o } as any);

/** A route with these options. */
const route = (o: object) => (c: any) => gateway(c).route(path.prefix('/'), solo(c), o as any);
const header = (value: string) => route({ headers: { request: { set: { 'x-a': value } } } });
const cors = (o: object) => route({ cors: { allowOrigins: [{ exact: 'https://a.com' }], ...o } });

// where they are made: at synth nothing would lead there
test.each([
  ['a port that is none', { port: 0 }, 'port of gateway "edge" is 0: it has to be a whole number from 1 to 65535'],
  ['a port for TLS that is none', { tls, tlsPort: 99_999 }, 'tlsPort of gateway "edge" is 99999'],
])('%s is an error of the construct', (_what, o, says) => {
  const chart = new Chart(new App(), 'chart', { namespace: 'shop' });
  expect(() => gateway(chart, o)).toThrow(says);
});

refuses([
  [
    'a certificate that no Secret can be called',
    (c) => gateway(c, { tls: { credentialName: 'Shop_TLS' } }),
    /tls\.credentialName of gateway "edge" is "Shop_TLS", which is not the name of a Secret: only lower-case letters/,
  ],
  // what a route does on the way
  ...['100%', '%BAD(', '50% off 20%', '%req(x)%', '%REQ(x):10%', '%REQ()%', '%START_TIME%%', '%DYNAMIC_METADATA(["a)%'].map(
    (value): Case => [
      `a header of ${value}`,
      header(value),
      /header "x-a" in headers\.request of route to "solo" .* is .*, where "%" begins no command of Envoy's.*write a percent sign as "%%"/,
    ],
  ),
  ...(
    [
      ['a b\n', /authority in the rewrite of route to "solo" of gateway "edge" is "a b\n", which is not a host name/],
      ['a.com:99999', /port in authority in the rewrite of .* is 99999/],
      ['', /authority in the rewrite of .* is empty/],
      ['https://a.com', /authority in the rewrite of .*give the host name alone/],
    ] as const
  ).map(([authority, says]): Case => [`an authority of ${JSON.stringify(authority)}`, route({ rewrite: { authority } }), says]),
  [
    'a rewrite by a regex that is none',
    route({ rewrite: { regex: '(', with: '/' } }),
    /rewrite of route to "solo" of gateway "edge": regex "\(" is not valid RE2/,
  ],
  [
    'a Port for the number of one',
    route({ port: Port.http(80) }),
    /property "port" of .* is a Port \(give its number, 80, where a number is asked for\): it has to be a number/,
  ],
  ['a rewrite by a regex to nothing', route({ rewrite: { regex: '/a', with: '' } }), /with in the rewrite of .* is empty/],
  [
    'a rewrite of a prefix to nothing',
    route({ rewrite: { replacePrefix: '/api', with: '' } }),
    /with in the rewrite of .* is "", which does not begin with "\/"/,
  ],
  [
    'a regex of origins that is none',
    cors({ allowOrigins: [{ regex: '(' }] }),
    /an origin in cors of route to "solo" of gateway "edge": regex "\(" is not valid RE2/,
  ],
  ['a long regex of origins', cors({ allowOrigins: [{ regex: 'a'.repeat(2000) }] }), /has 2000 characters: Istio takes 1024/],
  ['an empty origin', cors({ allowOrigins: [{ prefix: '' }] }), /an origin in cors of .* is empty/],
  ['an age below zero', cors({ maxAge: '-1s' }), /maxAge in cors of .* is "-1s", which is not a duration: write it like "10s"/],
  ['half a second of age', cors({ maxAge: '0.5s' }), /maxAge in cors of .* is 500ms: it has to be whole seconds/],
  ['a method in small letters', cors({ allowMethods: ['get'] }), /a method in cors of .* is "get".*did you mean "GET"/],
  ['a header of CORS that is none', cors({ allowHeaders: ['x y'] }), /"x y" is not a header name in cors of/],
  [
    'an answer that Istio does not take',
    (c) => gateway(c).respond(200, 'é'.repeat(600_000)),
    /the body of a response of gateway "edge" has 1200000 bytes: Istio takes 1048576, so have a service answer/,
  ],
  [
    'an answer of a service that Istio does not take',
    (c) => solo(c).answer('big', { kind: 'respond', status: 200, body: 'x'.repeat(1_048_577) }),
    /the body of .* has 1048577 bytes/,
  ],
  [
    'a redirect to a port that is none',
    (c) => gateway(c).redirect(path.exact('/a'), { authority: 'b.com:99999' }),
    /port in authority of a redirect of gateway "edge" is 99999/,
  ],
  [
    'a certificate for every name',
    (c) => gateway(c, { hosts: ['*'], tls, certificate: { issuer: 'x' } }),
    /gateway "edge" has a certificate and host "\*".*name the hosts/,
  ],
  ['an IP for its host', (c) => gateway(c, { hosts: ['1.2.3.4'] }), /host of gateway "edge" is "1\.2\.3\.4", an IP/],
  ['an IPv6 for its host', (c) => gateway(c, { hosts: ['::1'] }), /host of gateway "edge" is "::1", an IP/],
  [
    'an endpoint that is nearly an IP',
    outside({ host: 'a.example.com', port: Port.http(80), endpoints: ['1.2.3.400'] }),
    /endpoint of external service "out" is "1\.2\.3\.400", which is not a host name: its last part is a number/,
  ],
  [
    'a deployed gateway whose name and namespace are too long for a label',
    (c) => gateway(c, { name: 'x'.repeat(60), deploy: true }),
    /gateway "x{60}" and its namespace "shop" have 65 characters together.*give it a shorter name/,
  ],
  // what does not go together on one port
  [
    'a name that is passed through twice',
    (c) => gateway(c, { port: 8080 }).passthrough(['v.com'], own(c)).passthrough(['v.com'], solo(c), { target: 80 }),
    /host "v\.com" on port 443 of gateway "edge" is passed through to a service already: one name leads to one service/,
  ],
  [
    'a name that is passed through and has a certificate',
    (c) => gateway(c, { tls }).passthrough(['a.example.com'], own(c)),
    /host "a\.example\.com" on port 443 of gateway "edge" is for HTTPS, with a certificate at the gateway already: it cannot be for TLS that is passed through too/,
  ],
  [
    'TCP where HTTP is',
    (c) => gateway(c).tcp(80, own(c)),
    /port 80 of gateway "edge" is for plain HTTP already: it cannot be for TCP connections too, so choose another port/,
  ],
  ['TCP where HTTPS is', (c) => gateway(c, { tls }).tcp(443, own(c)), /port 443 of gateway "edge" is for HTTPS/],
  [
    'TCP where TLS is passed through',
    (c) => {
      const service = own(c);
      gateway(c).passthrough(['v.com'], service).tcp(443, service);
    },
    /port 443 of gateway "edge" is for TLS that is passed through already/,
  ],
  ['HTTP and HTTPS on one port', (c) => gateway(c, { tls, tlsPort: 80 }), /port 80 of gateway "edge" is for plain HTTP already/],
  [
    'passthrough where HTTP is',
    (c) => gateway(c, { port: 443 }).passthrough(['v.com'], own(c)),
    /port 443 of gateway "edge" is for plain HTTP already/,
  ],
  [
    'one TCP port at two gateways on the same pods',
    (c) => {
      const service = own(c);
      gateway(c).tcp(9000, service);
      second(c).tcp(9000, service);
    },
    /TCP port 9000 of gateway "edge" \("chart\/Edge"\) goes somewhere already, and "chart\/Second" has the same pods/,
  ],
  [
    'one name passed through by two gateways on the same pods',
    (c) => {
      const service = own(c);
      gateway(c).passthrough(['v.com'], service);
      second(c).passthrough(['v.com'], service);
    },
    /host "v\.com" on port 443 of gateway "edge" \("chart\/Edge"\) is passed through to a service already/,
  ],
  [
    'one TCP port at pods that another selector takes as well',
    (c) => {
      const service = own(c);
      gateway(c, { workload: { labels: { istio: 'in' } } }).tcp(9000, service);
      second(c, { workload: { labels: { istio: 'in', app: 'in' } } }).tcp(9000, service);
    },
    /TCP port 9000 of gateway "edge" .* and "chart\/Second" has the same pods/,
  ],
  [
    'HTTP where another gateway has TCP',
    (c) => {
      gateway(c).tcp(8080, own(c));
      second(c, { port: 8080 });
    },
    /port 8080 of gateway "edge" \("chart\/Edge"\) is for TCP connections already, and "chart\/Second" has the same pods/,
  ],
  ['a port of the proxy', (c) => gateway(c, { port: 15021 }), /port 15021 of gateway "edge" is one that the proxy itself needs/],
  ['nothing to listen for', (c) => gateway(c, { hosts: [] }), /gateway "edge" listens for nothing: give it hosts/],
  // names
  ['a short host', (c) => gateway(c, { hosts: ['shop'] }), /"shop", a short name, which Istio refuses.*"shop\.example\.com"/],
  ['localhost', (c) => gateway(c, { hosts: ['localhost'] }), /or '\*' to try it without a name/],
  [
    'a short passthrough host',
    (c) => gateway(c).passthrough(['vault'], own(c)),
    /passthrough host of gateway "edge" is "vault", a short name/,
  ],
  // properties
  [
    'a misspelt property',
    (c) => gateway(c, { host: 'a.com' }),
    /"chart\/Edge" has no property "host" \(did you mean "hosts"\?\)/,
  ],
  [
    'a host instead of hosts',
    (c) => gateway(c, { hosts: 'a.com' }),
    /property "hosts" of "chart\/Edge" is "a\.com": it has to be a list/,
  ],
  ['TLS without a certificate', (c) => gateway(c, { tls: {} }), /tls of "chart\/Edge" lacks its property "credentialName"/],
  ['an empty certificate', (c) => gateway(c, { tls: { credentialName: '' } }), /tls\.credentialName of "chart\/Edge" is empty/],
  [
    'a TLS mode that is none',
    (c) => gateway(c, { tls: { ...tls, mode: 'MUTUAL' } }),
    /tls\.mode of "chart\/Edge" is "MUTUAL".*did you mean "mutual"/,
  ],
  [
    'a kind of issuer that is none',
    (c) => gateway(c, { tls, certificate: { issuer: 'x', kind: 'Cluster' } }),
    /certificate\.kind of "chart\/Edge" is "Cluster"/,
  ],
  ['pods of any labels', (c) => gateway(c, { workload: { labels: {} } }), /workload\.labels of "chart\/Edge" are empty/],
  [
    "pods of any labels as every gateway's",
    (_, app) => new Mesh(app, 'M', { ingress: { labels: {} } }),
    /labels in ingress of "M" are empty: they would mean every pod/,
  ],
  [
    'a deployed gateway with the account that every pod has',
    (c) => gateway(c, { name: 'default', deploy: true }),
    /gateway "default" would have Kubernetes' own service account "default".*give it another name/,
  ],
  ['misspelt pods', (c) => gateway(c, { workload: { label: {} } }), /workload of "chart\/Edge" has no property "label"/],
  // routes
  [
    'text for a condition',
    (c) => gateway(c).route('/api' as any, solo(c)),
    /property "when" of a route of gateway "edge" is "\/api": it has to be a condition/,
  ],
  [
    'a name for a service',
    (c) => gateway(c).route(path.prefix('/'), 'web' as any),
    /service of a route of gateway "edge" is "web": it has to be a service/,
  ],
  ['no service', (c) => gateway(c).route(path.prefix('/'), undefined as any), /is missing: it has to be a service of the mesh/],
  [
    'a route to the outside',
    (c) => gateway(c).route(path.prefix('/'), outside({ host: 'a.com', port: Port.http(80) })(c) as any),
    /is external service "out": it has to be a service of the mesh/,
  ],
  [
    'TCP to the outside',
    (c) => gateway(c).tcp(9000, new ExternalService(c, 'O', { host: 'a.com', port: Port.https(443) }) as any),
    /is external service "o"/,
  ],
  [
    'a version for a service',
    (c) => gateway(c).route(path.prefix('/'), solo(c).version('v1')),
    /has to be a service of the mesh/,
  ],
  [
    'a misspelt option',
    (c) => gateway(c).route(path.prefix('/'), solo(c), { timout: '1s' } as any),
    /route to "solo" of gateway "edge" has no property "timout" \(did you mean "timeout"/,
  ],
  [
    'half a rewrite',
    (c) => gateway(c).route(path.prefix('/'), solo(c), { rewrite: { replacePrefix: '/a' } } as any),
    /rewrite of route to "solo" of gateway "edge" has replacePrefix: it is \{ replacePrefix, with \}/,
  ],
  [
    'two rewrites',
    (c) => gateway(c).route(path.prefix('/'), solo(c), { rewrite: { replacePrefix: '/a', with: '/', replaceFull: '/b' } } as any),
    /has replacePrefix and with and replaceFull/,
  ],
  ['an empty rewrite', (c) => gateway(c).route(path.prefix('/'), solo(c), { rewrite: {} } as any), /says nothing: leave it out/],
  [
    'a rewrite to no path',
    (c) => gateway(c).route(path.prefix('/'), solo(c), { rewrite: { replaceFull: 'b' } }),
    /replaceFull in the rewrite of .* is "b", which does not begin with "\/"/,
  ],
  [
    'a misspelt side of headers',
    (c) => gateway(c).route(path.prefix('/'), solo(c), { headers: { requests: {} } } as any),
    /headers of .* has no property "requests" \(did you mean "request"/,
  ],
  [
    'a header name that is none',
    (c) => gateway(c).route(path.prefix('/'), solo(c), { headers: { request: { set: { 'x y': '1' } } } }),
    /"x y" is not a header name in headers\.request/,
  ],
  [
    'the authority as a header',
    (c) => gateway(c).route(path.prefix('/'), solo(c), { headers: { request: { set: { Host: 'a' } } } }),
    /header "Host" in headers\.request .* the authority is set with rewrite/,
  ],
  [
    'one header in two cases',
    (c) => gateway(c).route(path.prefix('/'), solo(c), { headers: { response: { remove: ['X-A', 'x-a'] } } }),
    /headers\.response of .* has header "x-a" twice/,
  ],
  [
    'CORS for nobody',
    (c) => gateway(c).route(path.prefix('/'), solo(c), { cors: {} } as any),
    /cors of .* lacks its property "allowOrigins"/,
  ],
  [
    'an origin as text',
    (c) => gateway(c).route(path.prefix('/'), solo(c), { cors: { allowOrigins: ['https://a.com'] } } as any),
    /an origin in cors of .* is "https:\/\/a\.com": write it like \{ exact/,
  ],
  [
    'a passthrough of one host',
    (c) => gateway(c).passthrough('v.com' as any, own(c)),
    /property "hosts" of a passthrough of gateway "edge" is "v\.com"/,
  ],
  [
    'a misspelt passthrough',
    (c) => gateway(c).passthrough(['v.com'], own(c), { prot: 1 } as any),
    /has no property "prot" \(did you mean "port"/,
  ],
  // redirects and responses
  [
    'a redirect to nowhere said',
    (c) => (gateway(c) as any).redirect(path.exact('/a')),
    /a redirect of gateway "edge" has undefined for its properties/,
  ],
  [
    'a redirect with 200',
    (c) => gateway(c).redirect(path.exact('/a'), { uri: '/b', code: 200 as any }),
    /code of a redirect of gateway "edge" is 200: a redirect has one of 301, 302, 303, 307, 308/,
  ],
  [
    'a redirect with 304',
    (c) => gateway(c).redirect(path.exact('/a'), { uri: '/b', code: 304 as any }),
    /is 304: a redirect has one of/,
  ],
  [
    'a redirect to two paths',
    (c) => gateway(c).redirect(path.startsWith('/a'), { uri: '/b', prefix: '/c' }),
    /has both uri and prefix/,
  ],
  [
    'a new prefix for a whole path',
    (c) => gateway(c).redirect(path.prefix('/a'), { prefix: '/b' }),
    /replaces a prefix, and its condition \(path \/a or path \/a\/\*\) is not about one alone: use path\.startsWith/,
  ],
  [
    'a redirect to a scheme that is none',
    (c) => gateway(c).redirect(path.exact('/a'), { scheme: 'HTTPS' as any }),
    /scheme of a redirect .* is "HTTPS".*did you mean "https"/,
  ],
  [
    'a redirect to a URL',
    (c) => gateway(c).redirect(path.exact('/a'), { authority: 'https://b.com' }),
    /give the host name alone/,
  ],
  [
    'a misspelt redirect',
    (c) => gateway(c).redirect(path.exact('/a'), { url: '/b' } as any),
    /a redirect of gateway "edge" has no property "url" \(did you mean "uri"/,
  ],
  [
    'text for the condition of a redirect',
    (c) => gateway(c).redirect('/a' as any, { uri: '/b' }),
    /property "when" of a redirect/,
  ],
  ['text for the condition of a response', (c) => gateway(c).respond(503, 'x', '/a' as any), /property "when" of a response/],
]);
