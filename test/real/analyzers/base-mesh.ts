import type { Dice } from '../trace/dice';

type Obj = Record<string, any>;

const SPACES = ['shop', 'store', 'edge'];
const NAMES = ['reviews', 'ratings', 'web'];

const object = (apiVersion: string, kind: string, namespace: string | undefined, name: string, rest: Obj): Obj => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace ? { namespace } : {}) },
  ...rest,
});
const istio = (group: string, kind: string, namespace: string, name: string, spec: Obj) =>
  object(`${group}.istio.io/v1`, kind, namespace, name, { spec });
const fqdn = (name: string, namespace: string) => `${name}.${namespace}.svc.cluster.local`;

/** A small mesh in which nothing is wrong, of all kinds that analyzers look at: what is changed at random afterwards. */
export function baseMesh(dice: Dice): Obj[] {
  const out: Obj[] = [];
  const spaces = dice.some(SPACES, dice.int(1, 3));
  const hosts: [string, string][] = [];
  for (const s of spaces) {
    out.push(object('v1', 'Namespace', undefined, s, {}));
    out.at(-1)!.metadata.labels = { 'istio-injection': 'enabled' };
    for (const n of dice.some(NAMES, dice.int(1, 2))) {
      hosts.push([n, s]);
      out.push(...service(dice, n, s));
    }
  }
  for (const [n, s] of hosts) {
    const subsets = dice.some(['v1', 'v2'], dice.int(1, 2));
    for (const v of subsets) out.push(workload(dice, n, s, v));
    if (dice.chance(0.7))
      out.push(
        istio('networking', 'DestinationRule', s, n, {
          host: fqdn(n, s),
          ...dice.maybe(0.3, 'trafficPolicy', () => ({ tls: { mode: 'ISTIO_MUTUAL' } })),
          subsets: subsets.map((name) => ({ name, labels: { version: name } })),
        }),
      );
    if (dice.chance(0.6)) out.push(route(dice, n, s, subsets));
  }
  const [n, s] = dice.pick(hosts);
  out.push(...edge(dice, n, s));
  out.push(...policies(dice, n, s));
  return out;
}

function service(dice: Dice, name: string, namespace: string): Obj[] {
  const ports = [
    { name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 },
    ...(dice.chance(0.3) ? [{ name: 'grpc', port: 90, protocol: 'TCP', targetPort: 9090 }] : []),
  ];
  return [object('v1', 'Service', namespace, name, { spec: { selector: { app: name }, ports } })];
}

function workload(dice: Dice, app: string, namespace: string, version: string): Obj {
  const kind = dice.chance(0.8) ? 'Deployment' : dice.pick(['StatefulSet', 'DaemonSet']);
  return object('apps/v1', kind, namespace, `${app}-${version}`, {
    spec: {
      selector: { matchLabels: { app, version } },
      template: { metadata: { labels: { app, version } }, spec: { containers: [{ name: app, image: `${app}:1` }] } },
    },
  });
}

function route(dice: Dice, n: string, s: string, subsets: readonly string[]): Obj {
  const destination = () => ({
    destination: { host: fqdn(n, s), ...dice.maybe(0.7, 'subset', () => dice.pick(subsets)), port: { number: 80 } },
  });
  return istio('networking', 'VirtualService', s, n, {
    hosts: [dice.chance(0.7) ? fqdn(n, s) : n],
    http: dice.many(1, 2, () => ({
      ...dice.maybe(0.3, 'match', () => [{ uri: { prefix: '/a' } }]),
      ...dice.maybe(0.2, 'fault', () => ({ delay: { fixedDelay: '1s', percentage: { value: 1 } } })),
      ...dice.maybe(0.2, 'mirror', () => destination().destination),
      route: [destination()],
    })),
  });
}

function edge(dice: Dice, n: string, s: string): Obj[] {
  const tls = dice.chance(0.5);
  const server = (host: string) => ({
    port: tls ? { number: 443, name: 'https', protocol: 'HTTPS' } : { number: 80, name: 'http', protocol: 'HTTP' },
    hosts: [host],
    ...(tls ? { tls: { mode: 'SIMPLE', credentialName: `${host.split('.')[0]}-cert` } } : {}),
  });
  const out = [
    istio('networking', 'Gateway', s, 'public', { selector: { istio: 'ingressgateway' }, servers: [server('shop.example.com')] }),
    istio('networking', 'Gateway', s, 'docs', { selector: { istio: 'ingressgateway' }, servers: [server('docs.example.com')] }),
    istio('networking', 'VirtualService', s, 'public', {
      hosts: ['shop.example.com'],
      gateways: ['public'],
      http: [
        {
          ...dice.maybe(0.3, 'match', () => [{ headers: { '@request.auth.claims.group': { exact: 'staff' } } }]),
          route: [{ destination: { host: fqdn(n, s), port: { number: 80 } } }],
        },
      ],
    }),
    object('v1', 'Secret', 'istio-system', 'shop-cert', { type: 'kubernetes.io/tls', data: {} }),
    object('v1', 'Secret', 'istio-system', 'docs-cert', { type: 'kubernetes.io/tls', data: {} }),
  ];
  if (dice.chance(0.5))
    out.push(
      istio('networking', 'ServiceEntry', s, 'bank', {
        hosts: ['bank.example.com'],
        location: 'MESH_EXTERNAL',
        resolution: 'DNS',
        ports: [{ number: 443, name: 'https', protocol: 'HTTPS' }],
      }),
      istio('networking', 'ServiceEntry', s, 'pay', {
        hosts: ['pay.example.com'],
        location: 'MESH_EXTERNAL',
        resolution: 'DNS',
        ports: [{ number: 443, name: 'tls', protocol: 'TLS' }],
      }),
      istio('networking', 'DestinationRule', s, 'bank', {
        host: 'bank.example.com',
        trafficPolicy: {
          tls: { mode: 'SIMPLE', caCertificates: 'system' },
          portLevelSettings: [{ port: { number: 443 }, tls: { mode: 'SIMPLE', caCertificates: 'system' } }],
        },
      }),
    );
  return out;
}

function policies(dice: Dice, app: string, s: string): Obj[] {
  const selector = { matchLabels: { app } };
  const all = [
    istio('security', 'AuthorizationPolicy', s, app, { selector, rules: [{ from: [{ source: { namespaces: [s] } }] }] }),
    istio('security', 'AuthorizationPolicy', 'istio-system', 'mesh', { selector, action: 'DENY', rules: [{}] }),
    istio('security', 'RequestAuthentication', 'istio-system', 'login', {
      selector: { matchLabels: { istio: 'ingressgateway' } },
      jwtRules: [{ issuer: 'https://login.example.com', jwksUri: 'https://login.example.com/keys' }],
    }),
    istio('networking', 'Sidecar', s, 'default', { egress: [{ hosts: ['./*'] }] }),
    istio('networking', 'Sidecar', s, app, { workloadSelector: { labels: { app } }, egress: [{ hosts: ['./*'] }] }),
    istio('telemetry', 'Telemetry', s, 'default', { accessLogging: [{ providers: [{ name: 'envoy' }] }] }),
    istio('telemetry', 'Telemetry', s, app, { selector, tracing: [{ providers: [{ name: 'tracer' }] }] }),
    object('networking.istio.io/v1alpha3', 'EnvoyFilter', s, app, {
      spec: {
        workloadSelector: { labels: { app } },
        configPatches: [
          {
            applyTo: 'HTTP_FILTER',
            match: { context: 'SIDECAR_INBOUND' },
            patch: { operation: 'INSERT_FIRST', value: { name: 'envoy.filters.http.lua' } },
          },
        ],
      },
    }),
    object('apps/v1', 'Deployment', 'istio-system', 'istiod', {
      spec: {
        template: {
          metadata: { labels: { app: 'istiod', 'sidecar.istio.io/inject': 'false' } },
          spec: {
            containers: [
              { name: 'discovery', image: 'pilot:1', env: [{ name: 'BLOCKED_CIDRS_IN_JWKS_URIS', value: '10.0.0.0/8' }] },
            ],
          },
        },
      },
    }),
    object('apps/v1', 'Deployment', 'edge', 'gateway', {
      spec: {
        template: {
          metadata: { labels: { istio: 'edge', 'sidecar.istio.io/inject': 'true' } },
          spec: { containers: [{ name: 'istio-proxy', image: 'auto' }] },
        },
      },
    }),
    object('v1', 'Service', 'edge', 'gateway', {
      spec: { selector: { istio: 'edge' }, ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }] },
    }),
    object('apps/v1', 'Deployment', s, 'waypoint', {
      spec: {
        template: {
          metadata: { labels: { 'gateway.networking.k8s.io/gateway-name': 'waypoint' } },
          spec: { containers: [{ name: 'istio-proxy', image: 'proxyv2:1' }] },
        },
      },
    }),
    object('v1', 'ConfigMap', 'istio-system', 'istio-sidecar-injector', { data: { values: injectorValues(dice) } }),
    object('v1', 'Pod', s, 'running', {
      spec: { containers: [{ name: 'istio-proxy', image: `docker.io/istio/proxyv2:${dice.pick(['1.30.0', '1.31.0'])}` }] },
    }),
    object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', undefined, 'tlsroutes.gateway.networking.k8s.io', {
      spec: {
        group: 'gateway.networking.k8s.io',
        names: { kind: 'TLSRoute', plural: 'tlsroutes' },
        scope: 'Namespaced',
        versions: [],
      },
    }),
    webhook('istio-sidecar-injector', 'enabled'),
    webhook('istio-revision-tag', 'disabled'),
  ];
  all.find((o) => o.kind === 'CustomResourceDefinition')!.metadata.annotations = {
    'gateway.networking.k8s.io/bundle-version': dice.pick(['v1.5.0', 'v1.4.9', 'v1.6.0-rc.1', 'v1.5.0-rc.2', 'v1.4.0-rc.1']),
  };
  all.find((o) => o.metadata.name === 'istiod')!.metadata.labels = { app: 'istiod' };
  const out = dice.some(all, dice.int(2, 8));
  if (out.some((o) => o.kind === 'MutatingWebhookConfiguration') && dice.chance(0.7))
    out.push(
      object('v1', 'Service', 'istio-system', 'istiod', {
        spec: { selector: { app: 'istiod' }, ports: [{ name: 'https', port: 443, protocol: 'TCP' }] },
      }),
    );
  return out;
}

/** What the injector was installed with. */
const injectorValues = (dice: Dice) =>
  JSON.stringify({
    global: { hub: 'docker.io/istio', tag: '1.31.0', proxy: { image: 'proxyv2' } },
    sidecarInjectorWebhook: { enableNamespacesByDefault: dice.chance(0.5) },
  });

const webhook = (name: string, injection: string) =>
  object('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', undefined, name, {
    webhooks: [
      {
        name: 'namespace.sidecar-injector.istio.io',
        clientConfig: { service: { name: 'istiod', namespace: 'istio-system', path: '/inject' } },
        namespaceSelector: { matchLabels: { 'istio-injection': injection } },
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
      },
    ],
  });
