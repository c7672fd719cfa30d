import type { GatewayName } from './random-routes';
import { add, age, GATEWAY, ROOT, type World } from './world';

const HOSTS = [
  'shop.example.com',
  '*.example.com',
  'api.example.com',
  './api.example.com',
  '*.org',
  '*/www.example.org',
  'a.b.example.com',
];

/** Gateways of one proxy: plain and TLS servers that share ports, hosts and addresses, or fight for them. */
export function randomGateways(w: World, count: number): GatewayName[] {
  const { dice } = w;
  const names = Array.from({ length: count }, (_, i) => ({ namespace: dice.pick([...w.namespaces, ROOT]), name: `gw${i}` }));
  for (const { namespace, name } of names) {
    const servers = dice.some([80, 80, 8080], dice.int(0, 2)).map((port, i) => plainServer(w, port, i));
    if (dice.chance(0.45) || servers.length === 0) servers.push(...dice.many(1, 2, (i) => tlsServer(w, i)));
    if (dice.chance(0.1))
      servers.push({
        port: { number: dice.pick([9000, 80, 3306]), name: 'tcp', protocol: dice.pick(['TCP', 'TCP', 'MONGO']) },
        hosts: hosts(w),
      });
    add(
      w,
      'Gateway',
      namespace,
      name,
      { ...(dice.chance(0.97) ? { selector: dice.chance(0.96) ? GATEWAY : { istio: 'nope' } } : {}), servers },
      age(w),
    );
  }
  if (dice.chance(0.35)) {
    const target = dice.chance(0.6);
    add(w, 'Service', dice.chance(0.85) ? ROOT : dice.pick(w.namespaces), 'ingress', {
      selector: GATEWAY,
      ports: [
        { name: 'http', port: 80, ...(target ? { targetPort: 8080 } : {}) },
        { name: 'https', port: 443, ...(target ? { targetPort: 8443 } : {}) },
        ...(dice.chance(0.4) ? [{ name: 'http-alt', port: 8080 }] : []),
      ],
    });
  }
  return names;
}

function hosts(w: World): string[] {
  const { dice } = w;
  return dice.chance(0.25)
    ? ['*']
    : dice.some([...HOSTS, `${dice.pick(w.namespaces)}/shop.example.com`, `${dice.pick(w.namespaces)}/*`], dice.int(1, 3));
}

function plainServer(w: World, number: number, i: number): any {
  const { dice } = w;
  const protocol = dice.pick(['HTTP', 'HTTP', 'HTTP', 'HTTP', 'HTTP', 'HTTP2', 'GRPC']);
  return {
    port: { number, name: `http-${number}-${i}`, protocol },
    hosts: hosts(w),
    ...dice.maybe(0.08, 'tls', () => ({ httpsRedirect: true })),
  };
}

function tlsServer(w: World, i: number): any {
  const { dice } = w;
  const mode = dice.pick(['SIMPLE', 'SIMPLE', 'SIMPLE', 'SIMPLE', 'PASSTHROUGH', 'PASSTHROUGH', 'MUTUAL', 'ISTIO_MUTUAL']);
  const protocol = mode === 'PASSTHROUGH' ? dice.pick(['TLS', 'HTTPS']) : dice.pick(['HTTPS', 'HTTPS', 'HTTPS', 'TLS']);
  return {
    port: { number: dice.pick([443, 443, 443, 8443]), name: dice.chance(0.7) ? `https-${i}` : 'https', protocol },
    hosts: hosts(w),
    tls:
      mode === 'SIMPLE' || mode === 'MUTUAL'
        ? { mode, credentialName: 'cert', ...dice.maybe(0.05, 'httpsRedirect', () => true) }
        : { mode },
  };
}
