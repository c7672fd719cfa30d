import { check } from '../../src/check/check';
import { parseManifests } from '../../src/manifests/parse';

// What the folders of the rules leave out: branches, and where Kiali would speak and we do not.
const found = (rule: string, yaml: string, meshConfig?: Record<string, unknown>) =>
  check(parseManifests(yaml, 'x.yaml'), meshConfig ? { meshConfig } : {})
    .diagnostics.filter((d) => d.rule === rule)
    .map((d) => `${d.severity} ${d.codes.join('+')} ${d.field}: ${d.message}`);

const object = (apiVersion: string, kind: string, name: string, spec: object, namespace = 'shop', labels: object = {}) =>
  `${JSON.stringify({ apiVersion, kind, metadata: { name, ...(namespace ? { namespace } : {}), labels }, spec })}\n---\n`;
const net = (kind: string, name: string, spec: object, namespace = 'shop') =>
  object('networking.istio.io/v1', kind, name, spec, namespace);
const sec = (kind: string, name: string, spec: object, namespace = 'shop') =>
  object('security.istio.io/v1', kind, name, spec, namespace);
const gw = (kind: string, name: string, spec: object, namespace = 'shop') =>
  object('gateway.networking.k8s.io/v1', kind, name, spec, namespace);
const namespace = (name: string, labels: object = {}) => object('v1', 'Namespace', name, {}, '', labels);
const service = (name: string, space = 'shop', ports: object[] = [{ name: 'http', port: 80 }], labels: object = {}) =>
  object('v1', 'Service', name, { selector: { app: name }, ports }, space, labels);
const deployment = (name: string, { space = 'shop', labels = {}, pod = {}, annotations = {}, kind = 'Deployment' } = {}) =>
  object(
    'apps/v1',
    kind,
    name,
    { template: { metadata: { labels: { app: name, ...labels }, annotations }, spec: { containers: [{ name }], ...pod } } },
    space,
  );
const policy = (spec: object, space = 'shop') => sec('AuthorizationPolicy', 'p', spec, space);
const strict = (space = 'shop', mode = 'STRICT') => sec('PeerAuthentication', 'default', { mtls: { mode } }, space);
const tlsRule = (host: string, mode: string | undefined, space = 'istio-system') =>
  net('DestinationRule', `r-${host.replace(/\W/g, '-')}`, { host, ...(mode ? { trafficPolicy: { tls: { mode } } } : {}) }, space);
const AMBIENT = { 'istio.io/dataplane-mode': 'ambient' };
const WITH_WAYPOINT = { ...AMBIENT, 'istio.io/use-waypoint': 'waypoint' };
const WAYPOINT = gw('Gateway', 'waypoint', { gatewayClassName: 'istio-waypoint' });
const FQ = 'reviews.shop.svc.cluster.local';

const ROWS: readonly (readonly [string, string, readonly RegExp[], Record<string, unknown>?])[] = [
  // exported-to-unknown-namespace
  ['exported-to-unknown-namespace', namespace('web') + net('ServiceEntry', 's', { exportTo: ['.', '*', '~', 'web'] }), []],
  ['exported-to-unknown-namespace', net('ServiceEntry', 's', { exportTo: ['web'] }), [/KIA0005 spec.exportTo\[0\].*"web"/]],
  [
    'exported-to-unknown-namespace',
    '{apiVersion: v1, kind: Service, metadata: {name: a, annotations: {networking.istio.io/exportTo: "., webb"}}}',
    [/annotations.*"webb"/],
  ],
  // peer-authentication-twice
  ['peer-authentication-twice', strict() + strict('other'), []],
  ['peer-authentication-twice', strict() + strict(), []],
  [
    'peer-authentication-twice',
    sec('PeerAuthentication', 'a', { selector: { matchLabels: { app: 'a' } } }) +
      sec('PeerAuthentication', 'b', { selector: { matchLabels: { app: 'a' } } }),
    [/KIA0003.*"b" does nothing for the same workloads/],
  ],
  // selector-selects-nothing
  [
    'selector-selects-nothing',
    deployment('reviews') + net('EnvoyFilter', 's', { workloadSelector: { labels: { app: 'review' } } }),
    [/warning KIA0004 spec.workloadSelector.labels: no pod of namespace "shop"/],
  ],
  ['selector-selects-nothing', net('EnvoyFilter', 's', { workloadSelector: { labels: { app: 'review' } } }), [/^info/]],
  [
    'selector-selects-nothing',
    deployment('reviews') + sec('RequestAuthentication', 'r', { selector: { matchLabels: { app: 'reviews' } } }, 'istio-system'),
    [],
  ],
  [
    'selector-selects-nothing',
    sec('RequestAuthentication', 'r', { selector: { matchLabels: { istio: 'ingressgateway' } } }, 'istio-system'),
    [],
  ],
  [
    'selector-selects-nothing',
    deployment('a') + sec('PeerAuthentication', 'r', { selector: { matchLabels: { 'service.istio.io/canonical-name': 'a' } } }),
    [],
  ],
  // http-method-unknown
  [
    'http-method-unknown',
    policy({ rules: [{ to: [{ operation: { methods: ['*', 'GE*', '*ET', 'PATCH', 'PROPFIND'] } }] }] }),
    [],
  ],
  [
    'http-method-unknown',
    policy({ rules: [{ to: [{ operation: { notMethods: ['GTE', 'pkg.Service/Call', 'FROB'] } }] }] }),
    [/warning KIA0102 .*notMethods\[0\]/, /notMethods\[1\]/, /^info .*"FROB"/],
  ],
  // authorization-host-unknown
  [
    'authorization-host-unknown',
    namespace('web') +
      service('reviews') +
      policy({
        rules: [
          {
            to: [
              { operation: { hosts: ['reviews:80', 'reviews.shop.svc', 'REVIEWS', 'api.example.com', '*.shop', 'api.info'] } },
              { operation: { notHosts: ['ratings', 'x.web'] } },
            ],
          },
        ],
      }),
    [/notHosts\[0\].*"ratings"/, /notHosts\[1\].*"x.web"/],
  ],
  // identity-without-mtls
  [
    'identity-without-mtls',
    deployment('reviews') +
      deployment('ratings') +
      strict('shop', 'DISABLE') +
      sec('PeerAuthentication', 'ratings', { selector: { matchLabels: { app: 'ratings' } }, mtls: { mode: 'STRICT' } }) +
      policy({ rules: [{ from: [{ source: { namespaces: ['web'] } }] }] }),
    [],
  ],
  [
    'identity-without-mtls',
    deployment('reviews') + policy({ rules: [{ when: [{ key: 'source.namespace', values: ['web'] }] }] }),
    [/error KIA0105 spec.rules\[0\].when\[0\].key.*no client speaks mutual TLS/],
    { enableAutoMtls: false },
  ],
  [
    'identity-without-mtls',
    deployment('reviews') +
      tlsRule('*.local', 'ISTIO_MUTUAL') +
      policy({ rules: [{ from: [{ source: { principals: ['*'] } }] }] }),
    [],
    { enableAutoMtls: false },
  ],
  // principal-unknown
  [
    'principal-unknown',
    deployment('web', { pod: { serviceAccountName: 'web' } }) +
      policy({
        rules: [
          {
            from: [
              {
                source: {
                  principals: [
                    'cluster.local/ns/shop/sa/web',
                    'cluster.local/ns/shop/sa/default',
                    'other.example/ns/shop/sa/x',
                    '*/ns/shop/sa/webb',
                    'cluster.local/ns/shop/*',
                    'cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account',
                    'cluster.local/ns/far/sa/x',
                  ],
                },
              },
            ],
          },
        ],
      }),
    [/error KIA0106 .*principals\[3\]/, /info KIA0106 .*principals\[6\]/],
  ],
  [
    'principal-unknown',
    object('v1', 'ServiceAccount', 'web', {}) +
      policy({
        rules: [
          {
            from: [{ source: { serviceAccounts: ['web', 'shop/web', 'api'] } }],
            when: [{ key: 'source.principal', values: ['td.example/ns/shop/sa/x'] }],
          },
        ],
      }),
    [/serviceAccounts\[2\]/, /when\[0\].values\[0\]/],
    { trustDomain: 'td.example' },
  ],
  // subset-twice
  [
    'subset-twice',
    net('DestinationRule', 'a', { host: 'reviews', subsets: [{ name: 'v1' }] }) +
      net('DestinationRule', 'b', { host: FQ, subsets: [{ name: 'v2' }] }) +
      net('DestinationRule', 'c', { host: FQ, exportTo: ['.'], subsets: [{ name: 'v1' }] }),
    [],
  ],
  [
    'subset-twice',
    net('DestinationRule', 'a', { host: 'reviews', subsets: [{ name: 'v1' }, { name: 'v1' }] }),
    [/subsets\[1\].name.*this DestinationRule has one/],
  ],
  // mutual TLS of whole namespaces
  ['plaintext-to-strict', strict() + tlsRule('*.other.svc.cluster.local', 'DISABLE'), []],
  ['plaintext-to-strict', strict() + tlsRule('*.local', 'DISABLE'), [/KIA0207/]],
  [
    'plaintext-to-strict',
    strict('istio-system') + strict('shop', 'PERMISSIVE') + tlsRule('*.shop.svc.cluster.local', 'DISABLE'),
    [],
  ],
  ['plaintext-to-strict', strict('istio-system') + tlsRule('*', 'DISABLE'), [/KIA0208/]],
  ['plaintext-to-strict', strict() + tlsRule('*.example.com', 'DISABLE'), []],
  ['mutual-tls-to-disabled', strict('istio-system', 'DISABLE') + tlsRule('*.local', 'ISTIO_MUTUAL'), [/KIA0506/]],
  [
    'mutual-tls-to-disabled',
    strict('shop', 'DISABLE') + tlsRule('*.local', 'ISTIO_MUTUAL') + tlsRule('*.shop.svc.cluster.local', 'DISABLE'),
    [],
  ],
  ['strict-without-client-mtls', strict() + service('reviews'), []],
  ['strict-without-client-mtls', strict(), [/KIA0501/], { enableAutoMtls: false }],
  ['strict-without-client-mtls', strict('istio-system'), [/KIA0401/], { enableAutoMtls: false }],
  // tls-mode-not-taken tells of it
  ['strict-without-client-mtls', strict() + service('reviews') + tlsRule(FQ, 'SIMPLE'), [], { enableAutoMtls: false }],
  // gateway-name-style: istiod finds such a Gateway, istioctl does not
  [
    'gateway-name-style',
    net('Gateway', 'public', { servers: [] }) +
      net('VirtualService', 'a', { gateways: ['public.shop.svc.cluster.local'] }) +
      net('VirtualService', 'b', { gateways: ['other.shop'] }),
    [/IST0101\+IST0132\+IST0133\+KIA1108/, /warning IST0133\+KIA1108/],
  ],
  [
    'gateway-not-found',
    net('Gateway', 'public', { servers: [] }) +
      net('VirtualService', 'a', { gateways: ['public.shop.svc.cluster.local'] }) +
      net('VirtualService', 'b', { gateways: ['other.shop'] }),
    [/"shop\/other.shop"/],
  ],
  [
    'namespace-injected-twice',
    namespace('shop', { ...AMBIENT, 'istio-injection': 'enabled' }) + namespace('web', { ...AMBIENT, 'istio.io/rev': 'a' }),
    [/IST0123\+KIA1311\+KIA1316/, /IST0123 .*"web"/],
  ],
  [
    'port-without-protocol',
    service('a', 'shop', [{ port: 80, appProtocol: 'web' }]),
    [/IST0118\+KIA0602 spec.ports\[0\].appProtocol/],
  ],
  // istioctl compares what is between commas, spaces and all
  ...['IST0118', '*', 'IST0118,IST0126,', 'IST0101, IST0118', 'IST0999'].map((codes): (typeof ROWS)[number] => [
    'suppression-unknown-rule',
    `{apiVersion: v1, kind: Service, metadata: {name: a, annotations: {galley.istio.io/analyze-suppress: "${codes}"}}}`,
    codes.includes(' ') ? [/no code " IST0118" \(did you mean "IST0118"\?\)/] : codes === 'IST0999' ? [/no code "IST0999"/] : [],
  ]),
  // pods in ambient mode are guarded by ztunnel
  ['policy-selects-no-pod', namespace('shop', AMBIENT) + deployment('a') + policy({}), []],
  ['policy-selects-no-pod', deployment('a') + policy({}), [/IST0127/]],
  [
    'strict-without-client-mtls',
    strict('istio-system') + tlsRule('*.local', 'ISTIO_MUTUAL') + service('reviews'),
    [],
    { enableAutoMtls: false },
  ],
  ['wide-mtls-overridden', tlsRule('*.local', 'ISTIO_MUTUAL') + tlsRule(FQ, undefined, 'shop'), []],
  [
    'wide-mtls-overridden',
    tlsRule('*.local', 'ISTIO_MUTUAL') + tlsRule(FQ, undefined, 'shop') + tlsRule('api.example.com', undefined, 'shop'),
    [/KIA0204 spec.host/],
    { enableAutoMtls: false },
  ],
  // subset-without-labels
  ['subset-without-labels', net('DestinationRule', 'a', { host: 'reviews', subsets: [{ name: 'all' }] }), []],
  [
    'subset-without-labels',
    net('DestinationRule', 'a', {
      host: 'reviews',
      subsets: [
        { name: 'v1', labels: { version: 'v1' } },
        { name: 'all', trafficPolicy: { loadBalancer: { simple: 'RANDOM' } } },
      ],
    }),
    [],
  ],
  // target-port-not-exposed
  [
    'target-port-not-exposed',
    service('a', 'shop', [{ name: 'http', port: 80, targetPort: 8443 }]) +
      deployment('a', { pod: { containers: [{ name: 'a' }] } }),
    [],
  ],
  [
    'target-port-not-exposed',
    service('a', 'shop', [
      { name: 'http', port: 8080 },
      { name: 'undeclared', port: 8443 },
    ]) + deployment('a', { pod: { containers: [{ name: 'a', ports: [{ containerPort: 8080 }] }] } }),
    [],
  ],
  [
    'target-port-not-exposed',
    service('a', 'shop', [{ name: 'http', port: 80, targetPort: 'web' }]) +
      deployment('a', { annotations: { 'inject.istio.io/templates': 'gateway' } }),
    [],
  ],
  [
    'target-port-not-exposed',
    service('a', 'shop', [{ name: 'http', port: 80, targetPort: 'web' }]) +
      deployment('a') +
      deployment('a', { kind: 'StatefulSet', pod: { containers: [{ name: 'a', ports: [{ name: 'web', containerPort: 80 }] }] } }),
    [],
  ],
  // sidecar-host-unknown
  [
    'sidecar-host-unknown',
    service('reviews') +
      service('ratings', 'data') +
      net('ServiceEntry', 'e', { hosts: ['*.example.com'] }) +
      net('VirtualService', 'v', { hosts: ['legacy.internal'] }) +
      net('Sidecar', 's', {
        egress: [
          {
            hosts: [
              './*',
              '*/*',
              '~/*',
              `./${FQ}`,
              `*/${FQ}`,
              './*.shop.svc.cluster.local',
              './api.example.com',
              './legacy.internal',
            ],
          },
          { hosts: ['./ratings.data.svc.cluster.local', 'far/x.far.svc.cluster.local', '*/*.nowhere.example'] },
        ],
      }),
    [/^warning KIA1004 spec.egress\[1\].hosts\[0\]/, /^info .*egress\[1\].hosts\[1\]/, /^warning .*egress\[1\].hosts\[2\]/],
  ],
  // selector-matches-no-pod
  [
    'selector-matches-no-pod',
    deployment('a', { space: 'istio-system' }) +
      net('Sidecar', 's', { workloadSelector: { labels: { app: 'a' } } }, 'istio-system'),
    [],
  ],
  [
    'selector-matches-no-pod',
    net('Sidecar', 's', { workloadSelector: { labels: { app: 'a' } } }, 'mesh'),
    [/KIA1006 spec.workloadSelector/],
    { rootNamespace: 'mesh' },
  ],
  // routes
  [
    'weight-of-single-destination',
    net('VirtualService', 'v', {
      http: [{ route: [{ weight: 100, destination: { host: 'a' } }] }, { route: [{ weight: 0, destination: { host: 'a' } }] }],
      tcp: [{ route: [{ weight: 5, destination: { host: 'a' } }] }],
      tls: [{ route: [{ weight: 1, destination: { host: 'a' } }] }],
    }),
    [/spec.tls\[0\]/, /spec.tcp\[0\]/],
  ],
  [
    'destination-twice',
    net('VirtualService', 'v', {
      http: [
        { route: [{ destination: { host: 'a', port: { number: 1 } } }, { destination: { host: 'a', port: { number: 2 } } }] },
      ],
      tcp: [{ route: [{ destination: { host: 'a' } }, { destination: { host: 'a.shop.svc.cluster.local' } }] }],
    }),
    [/spec.tcp\[0\].route\[1\]/],
  ],
  [
    'gateway-name-style',
    net('VirtualService', 'v', { gateways: ['mesh', 'a', 'shop/a'], http: [{ match: [{ gateways: ['a.shop'] }] }] }),
    [/warning KIA1108 spec.http\[0\].match\[0\].gateways\[0\]/],
  ],
  // workload-without-authorization
  ['workload-without-authorization', deployment('a') + deployment('b'), []],
  [
    'workload-without-authorization',
    deployment('a') + deployment('b') + policy({ selector: { matchLabels: { app: 'a' } } }),
    [/KIA1301.*"b"/],
  ],
  [
    'workload-without-authorization',
    deployment('a') + deployment('b') + policy({}, 'istio-system') + policy({ selector: { matchLabels: { app: 'a' } } }),
    [],
  ],
  // ServiceEntries
  [
    'service-entry-twice',
    net('ServiceEntry', 'a', { hosts: ['a.example'], resolution: 'STATIC', ports: [{ number: 80, protocol: 'HTTP' }] }) +
      net('ServiceEntry', 'b', { hosts: ['a.example'], resolution: 'STATIC', ports: [{ number: 80, protocol: 'HTTP' }] }),
    [],
  ],
  [
    'service-entry-twice',
    net('ServiceEntry', 'a', { hosts: ['a.example'], resolution: 'STATIC', ports: [{ number: 80, protocol: 'HTTP' }] }) +
      net('ServiceEntry', 'b', { hosts: ['a.example'], resolution: 'DNS', ports: [{ number: 80, protocol: 'HTTP' }] }),
    [/KIA1211/],
  ],
  // Gateway API
  [
    'route-gateway-unknown',
    namespace('edge') +
      gw('Gateway', 'g', { listeners: [{ name: 'http', port: 80 }] }, 'edge') +
      gw('HTTPRoute', 'r', { parentRefs: [{ name: 'g', namespace: 'edge' }, { name: 'g' }, { name: 'x', namespace: 'far' }] }),
    [
      /error KIA1401 spec.parentRefs\[0\].name: no listener .* takes routes of namespace "shop"/,
      /^error .*parentRefs\[1\]/,
      /^info .*parentRefs\[2\]/,
    ],
  ],
  [
    'route-gateway-unknown',
    namespace('shop', { team: 'shop' }) +
      gw(
        'Gateway',
        'g',
        {
          listeners: [
            {
              name: 'http',
              port: 80,
              allowedRoutes: { namespaces: { from: 'Selector', selector: { matchLabels: { team: 'shop' } } } },
            },
          ],
        },
        'edge',
      ) +
      gw('GRPCRoute', 'r', {
        parentRefs: [
          { name: 'g', namespace: 'edge' },
          { name: 'g', namespace: 'edge', sectionName: 'https' },
        ],
      }),
    [/sectionName: Gateway "g" has no listener "https"/],
  ],
  [
    'route-backend-unknown',
    service('a') +
      service('b', 'data') +
      service('c', 'data') +
      gw(
        'ReferenceGrant',
        'g',
        {
          from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'shop' }],
          to: [{ group: '', kind: 'Service', name: 'b' }],
        },
        'data',
      ) +
      gw('HTTPRoute', 'r', {
        parentRefs: [{ kind: 'Service', group: '', name: 'd' }, { name: 'g' }],
        rules: [
          {
            backendRefs: [
              { name: 'a' },
              { name: 'b', namespace: 'data' },
              { name: 'c', namespace: 'data' },
              { name: 'a.shop' },
              { name: 'h', kind: 'Hostname', group: 'networking.istio.io' },
            ],
            filters: [{ requestMirror: { backendRef: { name: 'm' } } }],
          },
        ],
      }),
    [/parentRefs\[0\].name/, /backendRefs\[2\].name.*may not lead/, /backendRefs\[3\].name/, /requestMirror.backendRef.name/],
  ],
  [
    'gateway-listener-twice',
    gw('Gateway', 'g', {
      listeners: [
        { name: 'a', port: 80, protocol: 'HTTP' },
        { name: 'b', port: 80, protocol: 'HTTP' },
        { name: 'c', port: 81, protocol: 'HTTP' },
      ],
    }),
    [/listeners\[1\].*no host name/],
  ],
  [
    'gateways-same-listener',
    gw('Gateway', 'a', { listeners: [{ name: 'a', port: 80, hostname: 'a.example' }] }) +
      gw('Gateway', 'b', { listeners: [{ name: 'a', port: 80, hostname: 'a.example' }] }),
    [],
  ],
  [
    'gateways-same-address',
    ['a', 'b'].map((n) => gw('Gateway', n, { addresses: [{ type: 'Hostname', value: 'x' }] })).join(''),
    [],
  ],
  // ambient mode
  [
    'ambient-policy-without-target',
    namespace('shop', AMBIENT) +
      sec('RequestAuthentication', 'r', { jwtRules: [{ issuer: 'x' }] }) +
      policy({ action: 'DENY', rules: [{ to: [{ operation: { paths: ['/admin'] } }] }] }) +
      sec('AuthorizationPolicy', 'l4', { rules: [{ from: [{ source: { principals: ['*'] } }] }] }),
    [/warning KIA1115\+KIA1110/, /warning KIA0110\+KIA0109 spec: .*"paths"/],
  ],
  [
    'ambient-policy-without-target',
    namespace('shop', AMBIENT) +
      deployment('a', { labels: { 'istio.io/dataplane-mode': 'none' } }) +
      policy({ rules: [{ to: [{ operation: { methods: ['GET'] } }] }] }),
    [],
  ],
  [
    'ambient-policy-without-target',
    namespace('shop', WITH_WAYPOINT) +
      WAYPOINT +
      object('telemetry.istio.io/v1', 'Telemetry', 'wide', { tracing: [{}] }) +
      object('telemetry.istio.io/v1', 'Telemetry', 'one', { selector: { matchLabels: { app: 'a' } }, tracing: [{}] }) +
      object('extensions.istio.io/v1alpha1', 'WasmPlugin', 'w', { url: 'oci://x' }),
    [/KIA1116/, /KIA1117 spec.selector/],
  ],
  [
    'ambient-policy-without-waypoint',
    namespace('shop', WITH_WAYPOINT) +
      WAYPOINT +
      service('a', 'shop', [], { 'istio.io/use-waypoint': 'none' }) +
      service('b') +
      policy({
        targetRefs: [
          { kind: 'Service', name: 'b' },
          { kind: 'Service', name: 'a' },
        ],
        rules: [{ to: [{ operation: { methods: ['GET'] } }] }],
      }),
    [/KIA0109 spec.targetRefs\[1\]/],
  ],
  [
    'ambient-route-without-waypoint',
    namespace('shop', AMBIENT) +
      service('reviews') +
      net('ServiceEntry', 'e', { hosts: ['api.example.com'] }) +
      net('VirtualService', 'a', { hosts: ['api.example.com'], http: [{}] }) +
      net('VirtualService', 'b', { hosts: ['reviews'], gateways: ['edge'], http: [{}] }) +
      net('VirtualService', 'c', { hosts: ['reviews'], tcp: [{}] }),
    [/KIA1109 spec.hosts\[0\]: "api.example.com"/],
  ],
  [
    'ambient-route-elsewhere',
    namespace('shop', { ...WITH_WAYPOINT, 'istio.io/use-waypoint-namespace': 'infra' }) +
      service('reviews') +
      net('VirtualService', 'a', { hosts: [FQ], http: [{}] }, 'infra') +
      net('VirtualService', 'b', { hosts: [FQ], http: [{}] }, 'web'),
    [/KIA1114.*namespace "web"/],
  ],
  [
    'ambient-rule-without-waypoint',
    namespace('shop', AMBIENT) +
      service('reviews') +
      net('DestinationRule', 'a', { host: 'reviews', trafficPolicy: { loadBalancer: { simple: 'RANDOM' } } }) +
      net('DestinationRule', 'b', { host: 'reviews', subsets: [{ name: 'v1', trafficPolicy: { outlierDetection: {} } }] }),
    [/KIA0211 spec.host/],
  ],
  [
    'sidecar-and-ambient',
    namespace('shop', AMBIENT) +
      deployment('a', { labels: { 'sidecar.istio.io/inject': 'true' } }) +
      deployment('b', { labels: { 'sidecar.istio.io/inject': 'true', 'istio.io/dataplane-mode': 'none' } }) +
      deployment('c', { labels: { 'sidecar.istio.io/inject': 'true', 'istio.io/dataplane-mode': 'ambient' } }),
    [/info KIA1316.*"a"/, /warning KIA1311.*"c"/],
  ],
  [
    'waypoint-without-ambient',
    namespace('shop') +
      deployment('a', { labels: { 'istio.io/use-waypoint': 'waypoint' } }) +
      deployment('b', { labels: { 'istio.io/use-waypoint': 'waypoint', 'istio.io/dataplane-mode': 'ambient' } }) +
      deployment('c', { labels: { 'istio.io/use-waypoint': 'none' } }),
    [/"a"/],
  ],
  [
    'waypoint-unknown',
    namespace('shop', { ...AMBIENT, 'istio.io/use-waypoint': 'none' }) +
      gw('Gateway', 'edge', { gatewayClassName: 'istio' }) +
      service('a', 'shop', [], { 'istio.io/use-waypoint': 'edge' }) +
      service('b', 'shop', [], { 'istio.io/use-waypoint': 'x', 'istio.io/use-waypoint-namespace': 'infra' }),
    [/error KIA1313.*class "istio"/, /warning KIA1313.*namespace "infra"/],
  ],
];

test.each(ROWS.map(([rule, yaml, expected, meshConfig]) => ({ rule, yaml, expected, meshConfig })))(
  '$rule %#',
  ({ rule, yaml, expected, meshConfig }) => {
    const said = found(rule, yaml, meshConfig);
    expect(said).toHaveLength(expected.length);
    for (const e of expected) expect(said.filter((s) => e.test(s))).toHaveLength(1);
  },
);
