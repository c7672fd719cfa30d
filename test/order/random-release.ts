import type { Manifest } from '../../src/manifests/manifest';
import { manifestOf } from '../../src/manifests/manifest';
import { selects } from '../../src/model/config';
import { podLabels } from '../../src/order/facts/readiness';
import { Draws } from './draws';
import { account, ap, deny, dep, dr, fqdn, from, gw, namespace, net, pa, plain, ra, se, sec, svc, to } from './objects';

/** Two states of a small mesh, each right by itself, with much that both have. */
export interface Release {
  readonly live: readonly Manifest[];
  readonly desired: readonly Manifest[];
}

/** @param isGuarded whether they say who may, and how */
export function randomRelease(seed: number, isGuarded: boolean): Release {
  const own = Draws.of(seed);
  const live = stateOf(own, isGuarded).map((m) => aged(m, 0));
  const known = new Map(live.map((m) => [`${m.kind} ${m.namespace}/${m.name}`, m]));
  const other = own.changed(Draws.of(seed + 1e6), own.pick('share', [0.05, 0.15, 0.3, 0.6]));
  // what is changed keeps its age
  const desired = stateOf(other, isGuarded).map((m) => aged(m, known.has(`${m.kind} ${m.namespace}/${m.name}`) ? 0 : 1));
  return { live, desired };
}

const DAY = 86_400_000;
const aged = (m: Manifest, day: number): Manifest => ({ ...m, created: 1_700_000_000_000 + day * DAY });

const APPS = ['web', 'api'];
const VERSIONS = ['v1', 'v2', 'v3'];
const EGRESS = fqdn('egress', 'istio-system');

function stateOf(d: Draws, isGuarded: boolean): readonly Manifest[] {
  const ways: string[] = [];
  const out: Manifest[] = [
    namespace('a'),
    namespace('b'),
    bare(d, 'client', dep('client-v1', { serviceAccountName: d.maybe('identity', 0.3) && isGuarded ? 's1' : 'default' })),
    dep('other-v1', { ns: 'b' }),
    plain('ServiceAccount', 's1'),
    plain('Secret', 'cert', 'istio-system'),
    plain('Secret', 'cert2', 'istio-system'),
    dep('ingress', { ns: 'istio-system', labels: { istio: 'ingressgateway' } }),
    dep('egress', { ns: 'istio-system', labels: { istio: 'egressgateway' } }),
    svc('egress', { ns: 'istio-system', selector: { istio: 'egressgateway' } }),
  ];
  for (const app of APPS) out.push(...appOf(d.of(app), app, isGuarded, ways));
  if (d.maybe('wildcard rules', 0.15)) {
    out.push(
      dr('all', { v1: 'v1', v2: 'v2', v3: 'v3' }, { host: '*.a.svc.cluster.local', ...tlsOf(d, 'wildcard tls', isGuarded) }),
    );
    for (const app of APPS)
      if (!out.some((m) => m.kind === 'DestinationRule' && m.object.spec.host === fqdn(app)))
        for (const m of out) if (isOf(app, m) && isUp(m) && isBehind(out, m)) ways.push(`${app}/${podLabels(m).version}`);
  }
  for (const host of ['ext.com', 'new.com'])
    if (d.maybe(`entry ${host}`, 0.35)) {
      out.push(
        se(
          `entry-${host[0]}${d.pick(`entry name ${host}`, ['', '2'])}`,
          host,
          d.maybe(`own ${host}`, 0.2) ? { exportTo: ['.'] } : {},
        ),
      );
      ways.push(host);
    }
  if (d.maybe('front', 0.25)) {
    const behind = d.pick('front of', APPS);
    const only = d.maybe('front only', 0.3) ? out.filter((m) => isOf(behind, m) && isUp(m)) : [];
    const selector = only.length > 0 ? labelsOf(d.pick('front version', only)) : { app: behind };
    out.push(svc('front', { selector }));
    ways.push('front');
  }
  if (d.maybe('inside', 0.15)) out.push(...insideOf(d.of('inside'), ways));
  out.push(...routesOf(d, ways), ...(isGuarded ? accessOf(d) : []), ...scopesOf(d));
  const all = [...new Map(out.map((m) => [`${m.kind} ${m.namespace}/${m.name}`, m])).values()];
  // charts label what they make with their version: then every object changes
  return d.maybe('chart', 0.4)
    ? all.map((m) => (m.kind === 'Namespace' ? m : labelled(m, d.pick('chart version', ['1', '2', '3']))))
    : all;
}

/** A workload that may have no proxy. */
function bare(d: Draws, key: string, m: Manifest): Manifest {
  if (!d.maybe(`${key} bare`, 0.07)) return m;
  const object = structuredClone(m.object);
  object.spec.template.metadata.labels['sidecar.istio.io/inject'] = 'false';
  return manifestOf(object, m.place);
}

const isUp = (m: Manifest): boolean => m.kind === 'Deployment' && m.object.spec.replicas !== 0;

const labelsOf = (m: Manifest) => {
  const { app, version } = podLabels(m);
  return { app: app!, version: version! };
};

const isOf = (app: string, m: Manifest): boolean => m.kind === 'Deployment' && podLabels(m).app === app;

/** Whether the Service of a workload's app is of its pods. */
const isBehind = (all: readonly Manifest[], w: Manifest): boolean =>
  all.some((m) => m.kind === 'Service' && m.namespace === w.namespace && selects(m.object.spec.selector, podLabels(w)));

const tlsOf = (d: Draws, key: string, isGuarded: boolean, share = 0.2) =>
  isGuarded && d.maybe(key, share)
    ? { trafficPolicy: { tls: { mode: d.pick(`${key} mode`, ['DISABLE', 'ISTIO_MUTUAL']) } } }
    : {};

function appOf(d: Draws, app: string, isGuarded: boolean, ways: string[]): Manifest[] {
  // one workload that rolls from version to version, or one for each
  const rolling = d.maybe('rolling', 0.2);
  const versions = rolling ? [d.pick('rolling version', VERSIONS)] : d.some('versions', VERSIONS, 1);
  const up = versions.filter((v, i) => i === 0 || !d.maybe(`down ${v}`, 0.1));
  // a Service may be of one version alone
  const only = d.maybe('only', 0.15) ? d.pick('only version', up) : undefined;
  const shown = d.maybe('shown', 0.1) ? { 'networking.istio.io/exportTo': d.pick('shown to', ['.', 'a,b', '*']) } : undefined;
  const two = d.maybe('ports', 0.2);
  const service = svc(app, {
    selector: { app, ...(only ? { version: only } : {}) },
    ...(two
      ? {
          ports: [
            { name: 'http', port: 80, targetPort: 8080 },
            { name: 'http-b', port: 81, targetPort: 8080 },
          ],
        }
      : {}),
  });
  const out = [
    shown ? annotated(service, shown) : service,
    ...(rolling
      ? [bare(d, 'rolling', dep(app, { version: up[0] }))]
      : versions.map((v) => bare(d, v, dep(`${app}-${v}`, { replicas: up.includes(v) ? 1 : 0 })))),
  ];
  ways.push(app, ...(two ? [`${app}:80`, `${app}:81`] : d.maybe('said', 0.1) ? [`${app}:80`] : []));
  if (d.maybe('rules', 0.6)) {
    // a subset may have any name
    const subsets = Object.fromEntries(up.map((v) => [d.pick(`subset ${v}`, [v, v, 's', 't']), v]));
    out.push(
      dr(d.pick('rules name', [app, app, `${app}-rules`]), subsets, {
        host: d.maybe('short', 0.1) ? app : fqdn(app),
        ...(d.maybe('rules shown', 0.15) ? { exportTo: [d.pick('rules shown to', ['.', 'b', '*'])] } : {}),
        ...tlsOf(d, 'tls', isGuarded),
      }),
    );
    ways.push(...Object.entries(subsets).flatMap(([s, v]) => (only && v !== only ? [] : [`${app}/${s}`])));
    if (d.maybe('more rules', 0.05)) out.push(dr(`${app}-more`, { more: up[0]! }));
    if (d.maybe('rules of a client', 0.07))
      out.push(dr(`${app}-b`, subsets, { host: fqdn(app), ns: 'b', ...tlsOf(d, 'client tls', isGuarded) }));
    if (d.maybe('rules of some pods', 0.07)) {
      const workloadSelector = { matchLabels: { app: d.pick('pods with rules', ['client', ...APPS]) } };
      out.push(dr(`${app}-some`, subsets, { host: fqdn(app), workloadSelector, ...tlsOf(d, 'tls of some', isGuarded) }));
    }
  } else if (isGuarded && d.maybe('only tls', 0.2)) out.push(dr(app, {}, { host: fqdn(app), ...tlsOf(d, 'tls', true, 1) }));
  return out;
}

/** A host of pods and machines. */
function insideOf(d: Draws, ways: string[]): Manifest[] {
  const labels = d.pick('labels', [{ app: 'web' }, { app: 'vm' }, { app: 'vm', version: 'v1' }]);
  const machine = (version: string) =>
    net('WorkloadEntry', `vm-${version}`, { address: `10.0.0.${version.slice(1)}`, labels: { app: 'vm', version } });
  const some = d.some('machines', ['v1', 'v2'], 1);
  const out = [
    ...some.map(machine),
    se('inside', 'in.com', { resolution: 'STATIC', location: 'MESH_INTERNAL', workloadSelector: { labels } }),
  ];
  if (labels.app === 'vm' && labels.version && !some.includes('v1')) return out;
  ways.push('in.com');
  if (labels.app !== 'vm' || labels.version || !d.maybe('rules', 0.5)) return out;
  ways.push(...some.map((v) => `in.com/${v}`));
  return [...out, dr('inside', Object.fromEntries(some.map((v) => [v, v])), { host: 'in.com' })];
}

const labelled = (m: Manifest, chart: string): Manifest => {
  const { metadata } = m.object;
  return manifestOf({ ...m.object, metadata: { ...metadata, labels: { ...metadata.labels, chart } } }, m.place);
};

const annotated = (m: Manifest, annotations: Readonly<Record<string, string>>): Manifest =>
  manifestOf({ ...m.object, metadata: { ...m.object.metadata, annotations } }, m.place);

function routesOf(d: Draws, ways: readonly string[]): Manifest[] {
  const gateways = d.some('gateways', ['g1', 'g2'], 0);
  const destinations = (key: string) => {
    const all = d.maybe(`${key} split`, 0.3) ? [d.pick(`${key} a`, ways), d.pick(`${key} b`, ways)] : [d.pick(`${key} a`, ways)];
    return all.map((w) => to(w, all.length > 1 ? 50 : undefined));
  };
  const rules = (key: string) => [
    ...(d.maybe(`${key} header`, 0.15)
      ? [{ match: [{ headers: { who: { exact: 'me' } } }], route: destinations(`${key} me`) }]
      : []),
    ...(d.maybe(`${key} caller`, 0.1)
      ? [
          {
            match: [{ sourceLabels: { app: d.pick(`${key} caller is`, ['client', ...APPS]) } }],
            route: destinations(`${key} of`),
          },
        ]
      : []),
    ...(d.maybe(`${key} prefix`, 0.3) ? [{ match: [{ uri: { prefix: '/b' } }], route: destinations(`${key} /b`) }] : []),
    {
      route: destinations(`${key} /`),
      ...(d.maybe(`${key} rewrite`, 0.1) ? { rewrite: { uri: '/b' } } : {}),
      ...(d.maybe(`${key} mirror`, 0.1) ? { mirrors: [to(d.pick(`${key} mirror to`, ways))] } : {}),
    },
  ];
  const out: Manifest[] = [];
  for (const g of gateways) {
    const hosts = d.pick(`${g} hosts`, [['*'], ['x.com', 'y.com'], ['x.com'], ['*.com'], ['a/x.com', 'a/y.com']]);
    const secure = d.maybe(`${g} secure`, 0.2);
    out.push(
      gw(g, hosts, {
        port: secure ? 443 : d.maybe(`${g} port`, 0.2) ? 8080 : 80,
        ...(secure ? { credential: d.pick(`${g} credential`, ['cert', 'cert2']) } : {}),
      }),
    );
  }
  const delegates = d.some('delegates', ['d1', 'd2'], 0, 0.25);
  for (const name of delegates) out.push(net('VirtualService', name, { http: [{ route: destinations(name) }] }));
  // at a gateway that is open for some hosts of a wildcard its rules would be rules of these, beside those of their own
  const wild = out.filter((m) => m.kind === 'Gateway').every((m) => /^\*/.test(m.object.spec.servers[0].hosts[0]));
  const taken = new Set<string>();
  for (const name of ['e', 'f', 'h'])
    if (d.maybe(name, 0.5)) {
      const inside = gateways.length === 0 || d.maybe(`${name} inside`, 0.5);
      const all = inside ? APPS.map((app) => fqdn(app)) : ['x.com', 'y.com', ...(wild ? ['*.com'] : [])];
      const hosts = d.some(
        `${name} hosts`,
        all.filter((h) => !taken.has(h)),
        0,
      );
      for (const h of hosts) taken.add(h);
      if (hosts.length === 0) continue;
      const delegate = delegates.length > 0 && d.maybe(`${name} delegates`, 0.5);
      out.push(
        net('VirtualService', name, {
          hosts,
          http: delegate ? [{ delegate: { name: d.pick(`${name} delegate`, delegates) } }] : rules(name),
          ...(inside ? {} : { gateways: d.some(`${name} gateways`, gateways, 1) }),
          ...(inside && d.maybe(`${name} shown`, 0.15) ? { exportTo: [d.pick(`${name} shown to`, ['.', 'b', '*'])] } : {}),
        }),
      );
    }
  if (d.maybe('passthrough', 0.15)) {
    const hosts = d.some('passthrough hosts', ['x.com', 'z.com'], 1);
    const tls = hosts.map((host) => ({ match: [{ port: 8443, sniHosts: [host] }], route: destinations(`sni ${host}`) }));
    const spec = gw('sni', hosts).object.spec;
    out.push(
      net('Gateway', 'sni', {
        ...spec,
        servers: [{ ...spec.servers[0], port: { number: 8443, name: 'tls', protocol: 'TLS' }, tls: { mode: 'PASSTHROUGH' } }],
      }),
      net('VirtualService', 'sni', { hosts, gateways: ['sni'], tls }),
    );
  }
  if (ways.includes('ext.com') && d.maybe('egress', 0.3))
    out.push(
      gw('out', ['ext.com'], { pods: 'egressgateway' }),
      net('VirtualService', 'out', {
        hosts: ['ext.com'],
        gateways: ['mesh', 'out'],
        http: [
          { match: [{ gateways: ['mesh'] }], route: [{ destination: { host: EGRESS, port: { number: 80 } } }] },
          { match: [{ gateways: ['out'] }], route: [to('ext.com')] },
        ],
      }),
    );
  return out;
}

const MODES = ['DISABLE', 'PERMISSIVE', 'STRICT'];

function accessOf(d: Draws): Manifest[] {
  const rule = (key: string) =>
    d.pick(`${key} rule`, [
      from(account()),
      from(account('s1')),
      from(account(), account('s1')),
      from(account('default', 'b')),
      from('*'),
      { rules: [{ from: [{ source: { namespaces: ['a', 'istio-system'] } }] }] },
      { rules: [{ to: [{ operation: { paths: ['/b'] } }] }] },
      { rules: [{ from: [{ source: { requestPrincipals: ['i1/*'] } }] }] },
      { rules: [{}] },
    ]);
  const policy = (name: string) => {
    const how = d.int(`${name} how`, 0, 19);
    const spec = how < 4 ? deny(rule(name).rules[0]) : how < 7 ? {} : rule(name);
    const ns = d.maybe(`${name} root`, 0.1) ? 'istio-system' : 'a';
    const made = ap(name, d.pick(`${name} app`, [undefined, ...APPS]), spec, ns);
    return d.maybe(`${name} dry`, 0.05) ? annotated(made, { 'istio.io/dry-run': 'true' }) : made;
  };
  return [
    ...(d.maybe('peers', 0.3) ? [pa(d.pick('peers mode', MODES))] : []),
    ...(d.maybe('mesh peers', 0.2) ? [pa(d.pick('mesh peers mode', MODES), { ns: 'istio-system' })] : []),
    ...APPS.flatMap((app) =>
      d.maybe(`peers ${app}`, 0.12)
        ? d.maybe(`peers ${app} port`, 0.3)
          ? [
              sec('PeerAuthentication', app, {
                selector: { matchLabels: { app } },
                portLevelMtls: { 8080: { mode: d.pick(`peers ${app} mode`, MODES) } },
              }),
            ]
          : [pa(d.pick(`peers ${app} mode`, MODES), { app })]
        : [],
    ),
    ...(d.maybe('tokens', 0.3)
      ? [ra(d.pick('tokens name', ['j', 'k']), d.pick('tokens app', APPS), d.pick('issuer', ['i1', 'i2']))]
      : []),
    ...(d.maybe('policies', 0.7) ? d.some('policy', ['p', 'q', 'r'], 0).map(policy) : []),
  ];
}

function scopesOf(d: Draws): Manifest[] {
  const sidecar = (name: string, more: object) => {
    const hosts = d.some(`${name} hosts`, [...APPS.map((app) => `./${fqdn(app)}`), './*', '*/ext.com'], 0);
    const policy = d.maybe(`${name} closed`, 0.3) ? { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } } : {};
    return net('Sidecar', name, { ...more, egress: [{ hosts: [...hosts, 'istio-system/*'] }], ...policy });
  };
  return [
    ...(d.maybe('scope', 0.12) ? [sidecar('default', {})] : []),
    ...(d.maybe('client scope', 0.08) ? [sidecar('client', { workloadSelector: { labels: { app: 'client' } } })] : []),
  ];
}
