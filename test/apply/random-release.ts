import { keyOf } from '../../src/manifests/key-of';
import type { Manifest } from '../../src/manifests/manifest';
import type { Dice } from '../real/trace/dice';
import { account, ap, deny, dep, dr, fqdn, from, gw, namespace, net, pa, ra, se, svc, tls, to } from './objects';

const APPS = ['web', 'api'];
const VERSIONS = ['v1', 'v2', 'v3'];

/**
 * Some state of a small mesh, of names that others have too.
 * @param isGuarded whether it says who may, and how
 */
export function randomState(dice: Dice, isGuarded: boolean): readonly Manifest[] {
  const some = <T>(all: readonly T[], share = 0.5): T[] => all.filter(() => dice.chance(share));
  const out: Manifest[] = [
    namespace('a'),
    namespace('b'),
    dep('client-v1', { serviceAccountName: 'default' }),
    dep('other-v1', { ns: 'b' }),
  ];
  const ways: string[] = [];
  for (const app of APPS) {
    const versions = some(VERSIONS);
    if (versions.length === 0) versions.push(dice.pick(VERSIONS));
    out.push(svc(app), ...versions.map((v) => dep(`${app}-${v}`, { replicas: dice.chance(0.1) ? 0 : 1 })));
    ways.push(app);
    if (dice.chance(0.6)) {
      // a subset may have any name
      const subsets = Object.fromEntries(versions.map((v) => [dice.pick([v, 's', 't']), v]));
      const host = fqdn(app);
      out.push(
        dr(dice.pick([app, `${app}-rules`]), subsets, {
          host,
          ...(dice.chance(0.15) ? { exportTo: ['.'] } : {}),
          ...(isGuarded && dice.chance(0.2) ? { trafficPolicy: { tls: { mode: dice.pick(['DISABLE', 'ISTIO_MUTUAL']) } } } : {}),
        }),
      );
      ways.push(...Object.keys(subsets).map((s) => `${app}/${s}`));
    } else if (isGuarded && dice.chance(0.2)) out.push(tls(dice.pick(['DISABLE', 'ISTIO_MUTUAL']), fqdn(app)));
  }
  for (const host of some(['ext.com', 'new.com'], 0.3)) {
    out.push(se(`entry-${host[0]}`, host));
    ways.push(host);
  }
  out.push(...routes(dice, some, ways), ...(isGuarded ? access(dice, some) : []));
  if (dice.chance(0.1))
    out.push(
      net('Sidecar', 'default', {
        egress: [
          { hosts: some(['./web.a.svc.cluster.local', './api.a.svc.cluster.local', './*'], 0.6).concat('istio-system/*') },
        ],
      }),
    );
  return [...new Map(out.map((m) => [`${m.kind} ${m.namespace}/${m.name}`, m])).values()];
}

/** Another state: some objects are as in a third one, or are not there as in that. */
export function randomChange(dice: Dice, state: readonly Manifest[], isGuarded: boolean): readonly Manifest[] {
  const other = new Map(randomState(dice, isGuarded).map((m) => [keyOf(m), m]));
  const share = dice.pick([0.15, 0.3, 0.6, 1]);
  const out = new Map(state.map((m) => [keyOf(m), m]));
  for (const key of new Set([...out.keys(), ...other.keys()])) {
    if (!dice.chance(share)) continue;
    const m = other.get(key);
    if (m) out.set(key, m);
    else out.delete(key);
  }
  return [...out.values()];
}

type Some = <T>(all: readonly T[], share?: number) => T[];

function routes(dice: Dice, some: Some, ways: readonly string[]): Manifest[] {
  if (ways.length === 0) return [];
  const gateways = some(['g1', 'g2']);
  const destinations = () => {
    const all = dice.chance(0.3) ? [dice.pick(ways), dice.pick(ways)] : [dice.pick(ways)];
    return all.map((w) => to(w, all.length > 1 ? 50 : undefined));
  };
  const rules = () => [
    ...(dice.chance(0.3) ? [{ match: [{ uri: { prefix: '/b' } }], route: destinations() }] : []),
    { route: destinations() },
  ];
  const hosts = ['x.com', 'y.com', ...APPS.map((app) => fqdn(app))];
  const taken = new Set<string>();
  const delegate = dice.chance(0.2) ? [net('VirtualService', 'd1', { http: [{ route: destinations() }] })] : [];
  return [
    ...gateways.map((g) =>
      gw(g, dice.chance(0.2) ? ['*'] : ['x.com', 'y.com'].slice(0, dice.int(1, 2)), { port: dice.chance(0.2) ? 8080 : 80 }),
    ),
    ...delegate,
    ...some(['e', 'f', 'h']).flatMap((name) => {
      const inside = gateways.length === 0 || dice.chance(0.4);
      const own = some(hosts.filter((h) => h.endsWith('.local') === inside && !taken.has(h)));
      for (const h of own) taken.add(h);
      const http = delegate.length > 0 && !inside && dice.chance(0.5) ? [{ delegate: { name: 'd1' } }] : rules();
      return own.length === 0
        ? []
        : [
            net('VirtualService', name, {
              hosts: own,
              http,
              ...(inside
                ? {}
                : {
                    gateways: some(gateways)
                      .concat(gateways[0]!)
                      .filter((g, i, all) => all.indexOf(g) === i),
                  }),
            }),
          ];
    }),
  ];
}

function access(dice: Dice, some: Some): Manifest[] {
  const app = () => dice.pick([undefined, ...APPS]);
  const modes = ['DISABLE', 'PERMISSIVE', 'STRICT'];
  const rule = () =>
    dice.pick([
      from(account()),
      from(account('s1')),
      from(account(), account('s1')),
      from(account('default', 'b')),
      { rules: [{ to: [{ operation: { paths: ['/b'] } }] }] },
      { rules: [{ from: [{ source: { requestPrincipals: ['i1/*'] } }] }] },
    ]);
  const policy = (name: string) => ap(name, app(), dice.chance(0.2) ? deny(rule().rules[0]) : dice.chance(0.15) ? {} : rule());
  return [
    ...(dice.chance(0.3) ? [pa(dice.pick(modes))] : []),
    ...(dice.chance(0.2) ? [pa(dice.pick(modes), { ns: 'istio-system' })] : []),
    ...(dice.chance(0.2) ? [pa(dice.pick(modes), { app: dice.pick(APPS) })] : []),
    ...(dice.chance(0.3) ? [ra(dice.pick(['j', 'k']), dice.pick(APPS), ...some(['i1', 'i2']).concat('i1').slice(0, 1))] : []),
    ...(dice.chance(0.5) ? some(['p', 'q', 'r']).map(policy) : []),
  ];
}
