import type { KubeObject } from '../manifests';
import { allow, app, destinationRule, hostOf, virtualService } from './app';
import type { Witness } from './witnesses';

/** A release of an app in a namespace of its own, and requests that are let in before and after. */
export interface Scenario {
  readonly before: readonly KubeObject[];
  readonly after: readonly KubeObject[];
  readonly witnesses: readonly Witness[];
  /** Requests that are let in neither before nor after. */
  readonly strangers?: readonly Witness[];
}

/** Releases that change what others refer to, each in another way. */
export function scenarios(namespaceOf: (purpose: string) => string): Scenario[] {
  return SCENARIOS.map(([purpose, of]) => of(namespaceOf(purpose)));
}

type Versions = { readonly versions: readonly string[]; readonly routed?: readonly string[] };

/** `page` calls `web`, which has other versions after it. */
const versions =
  (before: Versions, after: Versions) =>
  (n: string): Scenario => ({
    before: app(n, [{ name: 'page' }, { name: 'web', ...before }]),
    after: app(n, [{ name: 'page' }, { name: 'web', ...after }]),
    witnesses: [asks(n, 'web')],
  });

const asks = (n: string, name: string, from = 'page'): Witness => ({ from: `${n}/${from}`, host: hostOf(n, name) });
const istio = (kind: string, n: string, name: string, spec: object): KubeObject => ({
  apiVersion:
    kind.endsWith('Authentication') || kind === 'AuthorizationPolicy' ? 'security.istio.io/v1' : 'networking.istio.io/v1',
  kind,
  metadata: { name, namespace: n },
  spec,
});
const isOf = (kind: string, name: string) => (o: KubeObject) => o.kind === kind && o.metadata.name === name;
const without = (objects: readonly KubeObject[], kind: string, name: string) => objects.filter((o) => !isOf(kind, name)(o));

const SCENARIOS: readonly (readonly [purpose: string, of: (namespace: string) => Scenario])[] = [
  ['add', versions({ versions: ['v1'] }, { versions: ['v1', 'v2'] })],
  ['drop', versions({ versions: ['v1', 'v2'] }, { versions: ['v2'] })],
  ['swap', versions({ versions: ['v1'] }, { versions: ['v2'] })],
  ['swap-both', versions({ versions: ['v1', 'v2'] }, { versions: ['v3', 'v4'] })],
  [
    'rename',
    (n) => {
      const objects = app(n, [{ name: 'page' }, { name: 'web' }]);
      const host = hostOf(n, 'web');
      const renamed = [
        ...without(without(objects, 'DestinationRule', 'web'), 'VirtualService', 'web'),
        { ...destinationRule(n, 'web', []), spec: { host, subsets: [{ name: 'stable', labels: { version: 'v1' } }] } },
        virtualService(n, 'web', [{ host, subset: 'stable' }]),
      ];
      return { before: objects, after: renamed, witnesses: [asks(n, 'web')] };
    },
  ],
  [
    'host',
    (n) => {
      const page = app(n, [{ name: 'page' }]);
      const service = (name: string) => without(app(n, [{ name }]).slice(1), 'VirtualService', name);
      const entry = (...names: string[]) =>
        istio('VirtualService', n, 'entry', {
          hosts: [hostOf(n, 'page')],
          http: [{ route: names.map((name) => ({ destination: { host: hostOf(n, name), subset: 'v1' } })) }],
        });
      const base = without(page, 'VirtualService', 'page');
      return {
        before: [...base, ...service('old'), entry('old')],
        after: [...base, ...service('new'), entry('new')],
        witnesses: [asks(n, 'page')],
      };
    },
  ],
  [
    'remove',
    (n) => {
      const both = app(n, [{ name: 'page' }, { name: 'web' }]);
      return {
        before: both,
        after: without(without(both, 'VirtualService', 'web'), 'DestinationRule', 'web'),
        witnesses: [asks(n, 'web')],
      };
    },
  ],
  [
    'edge',
    (n) => {
      const base = app(n, [{ name: 'page' }]);
      const gateway = (name: string) =>
        istio('Gateway', n, name, {
          selector: { istio: 'ingressgateway' },
          servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['shop.example.com'] }],
        });
      const route = (name: string) =>
        istio('VirtualService', n, 'edge', {
          hosts: ['shop.example.com'],
          gateways: [name],
          http: [{ route: [{ destination: { host: hostOf(n, 'page') } }] }],
        });
      return {
        before: [...base, gateway('old'), route('old')],
        after: [...base, gateway('new'), route('new')],
        witnesses: [],
      };
    },
  ],
  [
    'outside',
    (n) => {
      const base = app(n, [{ name: 'page' }, { name: 'web' }]);
      const entry = (host: string) =>
        istio('ServiceEntry', n, 'bank', {
          hosts: [host],
          location: 'MESH_EXTERNAL',
          resolution: 'DNS',
          ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
        });
      const route = (host: string) =>
        istio('VirtualService', n, 'bank', { hosts: [`bank.${n}.example`], http: [{ route: [{ destination: { host } }] }] });
      const own = istio('ServiceEntry', n, 'own', {
        hosts: [`bank.${n}.example`],
        location: 'MESH_EXTERNAL',
        resolution: 'DNS',
        ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
      });
      return {
        before: [...base, own, entry(`old.${n}.example`), route(`old.${n}.example`)],
        after: [...base, own, entry(`new.${n}.example`), route(`new.${n}.example`)],
        witnesses: [],
      };
    },
  ],
  [
    'delegate',
    (n) => {
      const base = without(app(n, [{ name: 'page' }, { name: 'web' }]), 'VirtualService', 'web');
      const root = (name: string) =>
        istio('VirtualService', n, 'web', {
          hosts: [hostOf(n, 'web')],
          http: [{ match: [{ uri: { prefix: '/' } }], delegate: { name } }],
        });
      const part = (name: string) =>
        istio('VirtualService', n, name, { http: [{ route: [{ destination: { host: hostOf(n, 'web'), subset: 'v1' } }] }] });
      return {
        before: [...base, root('old'), part('old')],
        after: [...base, root('new'), part('new')],
        witnesses: [asks(n, 'web')],
      };
    },
  ],
  [
    'callers',
    (n) => {
      const services = ['page', 'other', 'third'].map((name) => ({ name }));
      const of = (...callers: string[]) => app(n, [...services, { name: 'web', callers }]);
      const before = of('page', 'other');
      return { before, after: of('third', 'page'), witnesses: [asks(n, 'web')], strangers: [asks(n, 'web', 'web')] };
    },
  ],
  [
    'locked',
    (n) => {
      const open = app(n, [{ name: 'page' }, { name: 'web' }]);
      return {
        before: open,
        after: [
          ...open,
          istio('AuthorizationPolicy', n, 'deny-all', {}),
          allow(n, 'web', ['page']),
          istio('PeerAuthentication', n, 'default', { mtls: { mode: 'STRICT' } }),
        ],
        witnesses: [asks(n, 'web')],
      };
    },
  ],
  [
    'unlocked',
    (n) => {
      const open = app(n, [{ name: 'page' }, { name: 'web' }]);
      return {
        before: [...open, istio('AuthorizationPolicy', n, 'deny-all', {}), allow(n, 'web', ['page'])],
        after: open,
        witnesses: [asks(n, 'web')],
      };
    },
  ],
  [
    'moved-allow',
    (n) => {
      // the rule that lets page in moves from one policy to another
      const open = app(n, [{ name: 'page' }, { name: 'web' }]);
      const policy = (name: string) => ({ ...allow(n, 'web', ['page']), metadata: { name, namespace: n } });
      return {
        before: [...open, policy('first')],
        after: [...open, policy('second')],
        witnesses: [asks(n, 'web')],
        strangers: [asks(n, 'web', 'web')],
      };
    },
  ],
  [
    'guarded',
    (n) => {
      // a service comes with its policy, another goes with its own
      const rest = app(n, [{ name: 'page' }, { name: 'other' }]);
      const guarded = (name: string) => app(n, [{ name, callers: ['page'] }]).slice(1);
      return {
        before: [...rest, ...guarded('old')],
        after: [...rest, ...guarded('new')],
        witnesses: [],
        strangers: [asks(n, 'old', 'other'), asks(n, 'new', 'other')],
      };
    },
  ],
  [
    'denied',
    (n) => {
      // who was denied by name is then not among those who may
      const rest = app(n, [{ name: 'page' }, { name: 'other' }, { name: 'web' }]);
      const denied = istio('AuthorizationPolicy', n, 'not-other', {
        selector: { matchLabels: { app: 'web' } },
        action: 'DENY',
        rules: [{ from: [{ source: { principals: [`cluster.local/ns/${n}/sa/other`] } }] }],
      });
      return {
        before: [...rest, denied],
        after: [...rest, allow(n, 'web', ['page'])],
        witnesses: [asks(n, 'web')],
        strangers: [asks(n, 'web', 'other')],
      };
    },
  ],
  [
    'widened',
    (n) => {
      // more may, but not all of it: who was shut out altogether finds no open door meanwhile
      const rest = app(n, [{ name: 'page' }, { name: 'other' }, { name: 'web' }]);
      const denied = istio('AuthorizationPolicy', n, 'no-admin', {
        selector: { matchLabels: { app: 'web' } },
        action: 'DENY',
        rules: [{ to: [{ operation: { paths: ['/admin'] } }] }],
      });
      return {
        before: [...rest, allow(n, 'web', ['page'])],
        after: [...rest, allow(n, 'web', ['page', 'other']), denied],
        witnesses: [asks(n, 'web')],
        strangers: [{ ...asks(n, 'web', 'other'), how: { path: '/admin' } }],
      };
    },
  ],
  [
    'scoped',
    (n) => {
      // proxies come to know less, and nothing beyond it, while what is called has another name
      const rest = app(n, [{ name: 'page' }, { name: 'web' }]);
      const service = (name: string) => without(app(n, [{ name }]).slice(1), 'VirtualService', name);
      const scope = (name: string) =>
        istio('Sidecar', n, 'default', {
          egress: [{ hosts: [`./${hostOf(n, 'web')}`, `./${hostOf(n, name)}`] }],
          outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
        });
      const entry = (name: string) => virtualService(n, 'web', [{ host: hostOf(n, name), subset: 'v1' }]);
      const base = without(rest, 'VirtualService', 'web');
      return {
        before: [...base, ...service('old'), entry('old')],
        after: [...base, ...service('new'), entry('new'), scope('new')],
        witnesses: [asks(n, 'web')],
      };
    },
  ],
  [
    'unscoped',
    (n) => {
      const rest = app(n, [{ name: 'page' }, { name: 'web' }]);
      const scope = (...hosts: string[]) =>
        istio('Sidecar', n, 'default', { egress: [{ hosts }], outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } });
      return {
        before: [...rest, scope('./*')],
        after: [...rest, scope(`./${hostOf(n, 'web')}`, `./${hostOf(n, 'page')}`)],
        witnesses: [asks(n, 'web')],
      };
    },
  ],
  [
    'tokens',
    (n) => {
      // who calls has a token that is looked at, and then asked for
      const rest = app(n, [{ name: 'page' }, { name: 'other' }, { name: 'web' }]);
      const issuer = 'https://issuer.example';
      const chosen = { selector: { matchLabels: { app: 'web' } } };
      const asked = istio('RequestAuthentication', n, 'web', { ...chosen, jwtRules: [{ issuer, jwks: '{"keys":[]}' }] });
      const needed = istio('AuthorizationPolicy', n, 'token', {
        ...chosen,
        rules: [{ from: [{ source: { requestPrincipals: [`${issuer}/*`] } }] }],
      });
      const authorization = [`Bearer ${tokenOf(issuer)}`];
      return {
        before: rest,
        after: [...rest, asked, needed],
        witnesses: [{ ...asks(n, 'web'), how: { headers: { authorization } } }],
      };
    },
  ],
];

/** A token whose signature the trace does not look at. */
const tokenOf = (iss: string): string =>
  [{ alg: 'RS256', kid: 'k' }, { iss, sub: 'somebody', exp: 4_102_444_800 }, 'x']
    .map((part) => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url'))
    .join('.');
