import { randomAction } from './random-actions';
import { randomConnections } from './random-connections';
import { randomMatch } from './random-match';
import { add, age, exportTo, type RandomService, ROOT, type World } from './world';

/** A Gateway of the mesh, as VirtualServices name it. */
export interface GatewayName {
  readonly namespace: string;
  readonly name: string;
}

function rules(w: World, namespace: string, gateways: readonly string[] | undefined): any[] {
  const { dice } = w;
  const n = dice.int(1, 4);
  return dice.many(n, n, (i) => ({
    ...(i === n - 1 && dice.chance(0.6)
      ? {}
      : { match: dice.many(1, dice.chance(0.75) ? 1 : 3, () => randomMatch(w, gateways)) }),
    ...dice.maybe(0.3, 'name', () => `rule-${i}`),
    ...randomAction(w, namespace),
  }));
}

/** VirtualServices, several about one host among them, some that hand on to delegates. */
export function randomRoutes(w: World, gateways: readonly GatewayName[], atGateway: boolean): void {
  const { dice, hints } = w;
  const favourite = dice.pick(w.services);
  dice.many(1, 4, (v) => {
    const namespace = dice.chance(0.05) ? ROOT : dice.pick(w.namespaces);
    const bound = gateways.length > 0 && dice.chance(atGateway ? 0.88 : 0.25);
    const named = bound ? gatewayNames(w, gateways, namespace) : undefined;
    const inMesh = !named || named.includes('mesh');
    const hosts = hostsOf(w, namespace, bound, inMesh, favourite);
    hints.hosts.push(...hosts);
    const spec: any = {
      hosts,
      ...(named ? { gateways: named } : {}),
      ...exportTo(w, 0.13),
      http: rules(w, namespace, bound ? named : undefined),
    };
    if (dice.chance(0.17)) delegate(w, spec, namespace, v);
    if (dice.chance(0.25) || (!bound && favourite.ports.some((p) => p.kind !== 'http')))
      Object.assign(spec, randomConnections(w, spec.hosts, namespace, named));
    if (dice.chance(0.03)) delete spec.http;
    add(w, 'VirtualService', namespace, `vs${v}`, spec, age(w));
  });
}

function gatewayNames(w: World, gateways: readonly GatewayName[], namespace: string): string[] {
  const { dice } = w;
  const names = dice
    .some(gateways, dice.int(1, gateways.length))
    .map((g) =>
      g.namespace === namespace && dice.chance(0.5)
        ? g.name
        : dice.chance(0.1)
          ? `${g.name}.${g.namespace}.svc.cluster.local`
          : `${g.namespace}/${g.name}`,
    );
  return [...names, ...(dice.chance(0.25) ? ['mesh'] : []), ...(dice.chance(0.01) ? ['./gw0'] : [])];
}

const OUTSIDE = [
  'shop.example.com',
  '*.example.com',
  'api.example.com',
  'www.example.org',
  'any.example.com',
  '*.org',
  'a.b.example.com',
];

function hostsOf(w: World, namespace: string, bound: boolean, inMesh: boolean, favourite: RandomService): string[] {
  const { dice } = w;
  const hosts = bound ? dice.some([...OUTSIDE, ...(dice.chance(0.3) ? ['*'] : [])], dice.int(1, 2)) : [];
  if (inMesh) {
    const own = (s: RandomService) => (s.namespace === namespace && s.kind !== 'entry' && dice.chance(0.5) ? s.name : s.host);
    hosts.push(own(dice.chance(0.5) ? favourite : dice.pick(w.services)));
    if (dice.chance(0.15)) hosts.push(own(dice.pick(w.services)));
    if (dice.chance(0.08)) hosts.push('virtual.example.net');
    if (dice.chance(0.08))
      hosts.splice(
        0,
        hosts.length,
        dice.pick([`*.${dice.pick(w.namespaces)}.svc.cluster.local`, '*.svc.cluster.local', '*.local', '*.wild.org', '*.org']),
      );
    if (dice.chance(0.02)) hosts.push(`${dice.pick(w.services).name}.${dice.pick(w.namespaces)}`);
  }
  // hosts that meet are refused: they are rare, not gone
  const over = (a: string, b: string) => a !== b && (a === '*' || (a.startsWith('*') && b.endsWith(a.slice(1))));
  const apart = [...new Set(hosts)].filter((h, _, all) => dice.chance(0.03) || !all.some((g) => over(g, h)));
  return inMesh && dice.chance(0.98)
    ? apart
        .filter((h) => h !== '*')
        .slice(0, 3)
        .concat(apart.every((h) => h === '*') ? ['virtual.example.net'] : [])
    : apart;
}

/** One rule is handed on to another VirtualService, whose paths lie mostly below the rule's. */
function delegate(w: World, spec: any, namespace: string, v: number): void {
  const { dice, hints } = w;
  const at = dice.int(0, spec.http.length - 1);
  const to = dice.pick(w.namespaces);
  const kept = spec.http[at];
  spec.http[at] = {
    ...(kept.match ? { match: kept.match } : {}),
    ...(kept.name ? { name: kept.name } : {}),
    delegate: { name: `inner${v}`, ...(dice.chance(0.8) || to !== namespace ? { namespace: to } : {}) },
    ...dice.maybe(0.3, 'timeout', () => '9s'),
    ...dice.maybe(0.3, 'headers', () => ({ request: { set: { 'x-root': '1' } } })),
    ...dice.maybe(0.1, 'retries', () => ({ attempts: 7 })),
    ...dice.maybe(0.1, 'corsPolicy', () => ({ allowOrigins: [{ exact: 'http://ok.com' }] })),
    ...dice.maybe(0.1, 'fault', () =>
      dice.oneOf<any>(
        () => ({ abort: { httpStatus: 418, percentage: { value: 100 } } }),
        () => ({ delay: { fixedDelay: '1s', percentage: { value: 100 } } }),
      ),
    ),
  };
  const inner = rules(w, to, undefined);
  const prefix = kept.match?.[0]?.uri?.prefix;
  if (prefix)
    for (const rule of inner)
      for (const m of rule.match ?? [])
        if (m.uri && dice.chance(0.7)) {
          const below = `${prefix.replace(/\/$/, '')}/${dice.pick(['in', 'v2', 'x1'])}`;
          m.uri = dice.oneOf<any>(
            () => ({ prefix: below }),
            () => ({ exact: below }),
          );
          hints.paths.push(below);
        }
  if (dice.chance(0.95))
    add(
      w,
      'VirtualService',
      to,
      `inner${v}`,
      { ...exportTo(w, 0.1), ...(dice.chance(0.03) ? { gateways: ['mesh'] } : {}), http: inner },
      age(w),
    );
}
