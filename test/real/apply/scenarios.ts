import { ACCESS_SCENARIOS } from './access-scenarios';
import { app, destinationRule, hostOf, virtualService } from './app';
import { asks, istio, type NamedScenario, type Scenario, without } from './scenario';

/** Releases that change what others refer to, each in another way. */
export function scenarios(namespaceOf: (purpose: string) => string): Scenario[] {
  return [...ROUTE_SCENARIOS, ...ACCESS_SCENARIOS].map(([purpose, of]) => of(namespaceOf(purpose)));
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

/** Routes, and what they lead to. */
const ROUTE_SCENARIOS: readonly NamedScenario[] = [
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
];
