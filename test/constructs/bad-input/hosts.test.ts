import { ExternalService, Port, path } from '../../../src';
import { db, gateway, outside, refuses, solo } from './support';

refuses([
  // the outside
  ['a URL as host', outside({ host: 'https://a.com', port: Port.https(443) }), /give the host name alone, without "https:\/\/"/],
  ['a host with a port', outside({ host: 'a.com:443', port: Port.https(443) }), /give the host without a port/],
  ['everything as host', outside({ host: '*', port: Port.https(443) }), /that would be everything/],
  ['a wildcard in the middle', outside({ host: 'a.*.com', port: Port.https(443) }), /is "a\.\*\.com", which is not a host name/],
  ['TCP without addresses', outside({ host: 'db.com', port: Port.mysql(3306) }), /has mysql port 3306 and no addresses/],
  [
    'an address that is none',
    outside({ host: 'db.com', port: Port.mysql(3306), addresses: ['here'] }),
    /address "here".*is not an IP or a CIDR block/,
  ],
  [
    'TLS for a wildcard',
    outside({ host: '*.a.com', port: Port.http(80), originateTls: {} }),
    /originates TLS for a wildcard host/,
  ],
  [
    'TLS on a TLS port',
    outside({ host: 'a.com', port: Port.https(443), originateTls: {} }),
    /originates TLS, and has no HTTP port/,
  ],
  [
    'a timeout on HTTPS',
    outside({ host: 'a.com', port: Port.https(443), callPolicy: { timeout: '1s' } }),
    /are opaque to Istio.*originateTls/,
  ],
  ['no host', outside({ port: Port.https(443) }), /external service "out" has no host/],
  ['localhost', outside({ host: 'localhost', port: Port.http(80) }), /"localhost", which is each caller's own pod/],
  [
    'a short name',
    outside({ host: 'legacy', port: Port.http(80) }),
    /"legacy", a short name, which Istio refuses.*"legacy\.example\.com"/,
  ],
  ['host and hosts', outside({ host: 'a.com', hosts: ['b.com'], port: Port.http(80) }), /has both host and hosts/],
  [
    'a misspelt property',
    outside({ host: 'a.com', port: Port.http(80), adresses: [] }),
    /no property "adresses" \(did you mean "addresses"/,
  ],
  ['a number for a port', outside({ host: 'a.com', port: 443 }), /property "port" of "chart\/Out" is 443: it has to be a port/],
  [
    'a misspelt TLS option',
    outside({ host: 'a.com', port: Port.http(80), originateTls: { caCert: 'x' } }),
    /originateTls of "chart\/Out" has no property "caCert"/,
  ],
  [
    'TLS on a port that is none',
    outside({ host: 'a.com', port: Port.http(80), originateTls: { port: 0 } }),
    /port of originateTls of .* is 0/,
  ],
  [
    'an address out of range',
    outside({ host: 'db.com', port: Port.mysql(3306), addresses: ['203.0.113.777'] }),
    /address "203\.0\.113\.777".*is not an IP or a CIDR block/,
  ],
  [
    'a block that is none',
    outside({ host: 'db.com', port: Port.mysql(3306), addresses: ['203.0.113.0/33'] }),
    /address "203\.0\.113\.0\/33".*is not an IP or a CIDR block/,
  ],
  [
    'a block with endpoints by name',
    outside({ host: 'db.com', port: Port.mysql(3306), addresses: ['203.0.113.0/24'], endpoints: ['a.com'] }),
    /has a block of addresses and endpoints by name/,
  ],
  [
    'numbers for ports',
    outside({ host: 'a.com', ports: [443] }),
    /property "port" of ports of external service "out" is 443: it has to be a port/,
  ],
  [
    'two ports of a number',
    outside({ host: 'a.com', ports: [Port.http(80), Port.http(80, { name: 'http-b' })] }),
    /two ports with number 80/,
  ],
  [
    'two hosts behind one address',
    (c) => {
      for (const [id, port] of [
        ['A', Port.tcp(9000)],
        ['B', Port.mysql(9000)],
      ] as const)
        new ExternalService(c, id, { host: `${id.toLowerCase()}.com`, port, addresses: ['203.0.113.7'] });
    },
    /external service "b" and external service "a" \("chart\/A"\) have address 203\.0\.113\.7 and port 9000 both/,
  ],
  // gateways
  [
    'a gateway host with a port',
    (c) => gateway(c, { hosts: ['a.com:80'] }),
    /host of gateway "edge" is "a\.com:80": give the host without a port/,
  ],
  ['a gateway host twice', (c) => gateway(c, { hosts: ['a.com', 'a.com'] }), /has host "a\.com" twice/],
  ['a certificate without TLS', (c) => gateway(c, { certificate: { issuer: 'x' } }), /has a certificate and no tls/],
  ['pods that are made and exist', (c) => gateway(c, { deploy: true, workload: {} }), /has both deploy and workload/],
  [
    'a route without hosts',
    (c) => gateway(c, { hosts: [] }).route(path.prefix('/'), solo(c)),
    /has no hosts: HTTP routes need at least one/,
  ],
  [
    'a port that the service lacks',
    (c) => gateway(c).route(path.prefix('/'), solo(c), { port: 81 }),
    /port 81 is not an HTTP port of service "solo" \(it has "80"\)/,
  ],
  ['an HTTP route to TCP', (c) => gateway(c).route(path.prefix('/'), db(c)), /a route of gateway "edge" needs an HTTP port/],
  [
    'a TCP port twice',
    (c) => {
      const d = db(c);
      gateway(c).tcp(1, d).tcp(1, d);
    },
    /TCP port 1 of gateway "edge" goes somewhere already/,
  ],
  [
    'a redirect to nowhere',
    (c) => gateway(c).redirect(path.exact('/a'), { code: 302 }),
    /a redirect of gateway "edge" says nothing new/,
  ],
]);
