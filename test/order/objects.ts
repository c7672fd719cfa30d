import type { Manifest } from '../../src/manifests/manifest';
import { manifest } from './support';

// Objects of namespace `a`, for releases in which something moves.

type Spec = Readonly<Record<string, any>>;
const A = 'a';

export const fqdn = (name: string, ns = A) => `${name}.${ns}.svc.cluster.local`;
export const net = (kind: string, name: string, spec: Spec, ns = A) => manifest('networking.istio.io/v1', kind, name, spec, ns);
export const sec = (kind: string, name: string, spec: Spec, ns = A) => manifest('security.istio.io/v1', kind, name, spec, ns);

export const namespace = (name: string): Manifest =>
  ({ ...manifest('v1', 'Namespace', name, {}, ''), labels: { 'istio-injection': 'enabled' } }) as Manifest;
export const svc = (name: string, { ns = A, app = name, port = 80, ...more }: Spec = {}) =>
  manifest('v1', 'Service', name, { selector: { app }, ports: [{ name: 'http', port, targetPort: 8080 }], ...more }, ns);
/** `web-v1`, whose pods have `app: web`, `version: v1`; both may be said otherwise. */
export const dep = (name: string, { ns = A, kind = 'Deployment', app, version, labels, replicas = 1, ...pod }: Spec = {}) => {
  const [first, last] = name.split(/-(?=v\d+$)/) as [string, string?];
  const all = labels ?? { app: app ?? first, version: version ?? last ?? 'v1' };
  const template = {
    metadata: { labels: all },
    spec: { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 8080 }] }], ...pod },
  };
  return manifest('apps/v1', kind, name, { replicas, template }, ns);
};
export const dr = (name: string, subsets: Readonly<Record<string, string>>, { host = fqdn('web'), ns = A, ...more }: Spec = {}) =>
  net(
    'DestinationRule',
    name,
    { host, subsets: Object.entries(subsets).map(([n, version]) => ({ name: n, labels: { version } })), ...more },
    ns,
  );
/** A destination: `web/v1`, `ext.com`, `web:8080`. */
export const to = (text: string, weight?: number): Spec => {
  const [, host, port, subset] = /^([^:/]+)(?::(\d+))?(?:\/(.+))?$/.exec(text)!;
  return {
    destination: {
      host: host!.includes('.') ? host : fqdn(host!),
      ...(port ? { port: { number: Number(port) } } : {}),
      ...(subset ? { subset } : {}),
    },
    ...(weight === undefined ? {} : { weight }),
  };
};
export const vs = (name: string, hosts: readonly string[], dest: string, { gateways, ns = A, rule = {}, ...more }: Spec = {}) =>
  net('VirtualService', name, { hosts, http: [{ route: [to(dest)], ...rule }], ...(gateways ? { gateways } : {}), ...more }, ns);
export const gw = (name: string, hosts: readonly string[], { port = 80, credential, pods = 'ingressgateway' }: Spec = {}) =>
  net('Gateway', name, {
    selector: { istio: pods },
    servers: [
      {
        port: { number: port, name: `p${port}`, protocol: credential ? 'HTTPS' : 'HTTP' },
        hosts,
        ...(credential ? { tls: { mode: 'SIMPLE', credentialName: credential } } : {}),
      },
    ],
  });
export const se = (name: string, host: string, more: Spec = {}) =>
  net('ServiceEntry', name, {
    hosts: [host],
    ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
    resolution: 'DNS',
    location: 'MESH_EXTERNAL',
    ...more,
  });
export const plain = (kind: string, name: string, ns = A) => manifest('v1', kind, name, {}, ns);

const of = (app: string | undefined): Spec => (app ? { selector: { matchLabels: { app } } } : {});
export const account = (name = 'default', ns = A) => `cluster.local/ns/${ns}/sa/${name}`;
export const from = (...principals: string[]): Spec => ({ rules: [{ from: [{ source: { principals } }] }] });
export const ap = (name: string, app: string | undefined, spec: Spec = from(account()), ns = A) =>
  sec('AuthorizationPolicy', name, { ...of(app), ...spec }, ns);
export const deny = (what: Spec): Spec => ({ action: 'DENY', rules: [what] });
export const pa = (mode: string, { app, name = app ?? 'default', ns = A }: { name?: string; app?: string; ns?: string } = {}) =>
  sec('PeerAuthentication', name, { ...of(app), mtls: { mode } }, ns);
export const ra = (name: string, app: string, ...issuers: string[]) =>
  sec('RequestAuthentication', name, { ...of(app), jwtRules: issuers.map((issuer) => ({ issuer, jwks: '{"keys":[]}' })) });
export const tls = (mode: string, host?: string) =>
  dr('web', {}, { trafficPolicy: { tls: { mode } }, ...(host ? { host } : {}) });

/** Web and a client of it. */
export const BASE = [namespace(A), svc('web'), dep('web-v1'), dep('client-v1'), svc('client')];

/** The host of web. */
export const WEB = fqdn('web');
/** The host of its client. */
export const CLIENT = fqdn('client');
/** All objects but those of a name. */
export const without = (name: string, all = BASE) => all.filter((m) => m.name !== name);
/** Rules for web, each of a prefix. */
export const http = (name: string, paths: Readonly<Record<string, string>>, more: object = {}) =>
  net('VirtualService', name, {
    hosts: [WEB],
    ...more,
    http: Object.entries(paths).map(([prefix, dest]) => ({ match: [{ uri: { prefix } }], route: [to(dest)] })),
  });
/** Seen from another namespace. */
export const OTHER = [namespace('b'), dep('other-v1', { ns: 'b' })];
/** Two versions of web, without its Service. */
export const TWO_VERSIONS = [...without('web'), dep('web-v2'), dr('web', { v1: 'v1', v2: 'v2' })];
/** A Service of the pods of one version alone. */
export const NARROW = { selector: { app: 'web', version: 'v2' } };
/** A host inside of whatever has such labels, and its subsets. */
export const inside = (labels: object) => [
  se('in', 'in.com', { resolution: 'STATIC', location: 'MESH_INTERNAL', workloadSelector: { labels } }),
  dr('in', { v1: 'v1', v2: 'v2' }, { host: 'in.com' }),
];
