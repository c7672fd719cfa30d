import { randomShares } from './random-actions';
import { CLIENTS, type World } from './world';

const SUBNETS = ['203.0.113.0/24', '10.96.0.0/16', '198.51.100.0/24', '203.0.113.7', '0.0.0.0/0', '10.96.0.2/32'];

function common(w: World, gateways: readonly string[] | undefined): any {
  const { dice } = w;
  const ports = w.services.flatMap((s) => s.ports.map((p) => p.port));
  return {
    ...dice.maybe(0.3, 'port', () => dice.pick([...ports, 443])),
    ...dice.maybe(0.12, 'sourceLabels', () => dice.pick(CLIENTS)),
    ...dice.maybe(0.08, 'sourceNamespace', () => dice.pick(w.namespaces)),
    ...(gateways ? dice.maybe(0.3, 'gateways', () => dice.some(gateways, 1)) : dice.maybe(0.05, 'gateways', () => ['mesh'])),
    ...dice.maybe(0.2, 'destinationSubnets', () => dice.some(SUBNETS, dice.int(1, 2))),
  };
}

/** `tls` and `tcp` of a VirtualService: by the name in the hello, by address, by port and by who calls. */
export function randomConnections(
  w: World,
  hosts: readonly string[],
  namespace: string,
  gateways: readonly string[] | undefined,
): any {
  const { dice, hints } = w;
  const full = hosts.map((h) => (h.includes('.') || h === '*' ? h : `${h}.${namespace}.svc.cluster.local`));
  const name = () => {
    const host = dice.pick(full);
    const sni = host.startsWith('*') ? (dice.chance(0.5) && host !== '*' ? host : `a${host.slice(1) || '.example.com'}`) : host;
    hints.snis.push(sni.replace(/^\*/, 'b'));
    return dice.chance(0.03) ? 'other.example.com' : sni;
  };
  const rule = (match: () => any) => ({
    ...(dice.chance(0.85) ? { match: dice.many(1, 2, match) } : {}),
    route: randomShares(w, namespace),
  });
  return {
    ...dice.maybe(0.7, 'tls', () =>
      dice.many(1, 2, () => {
        const made = rule(() => ({ sniHosts: dice.many(1, 2, name), ...common(w, gateways) }));
        return made.match || dice.chance(0.1) ? made : { ...made, match: [{ sniHosts: [name()] }] };
      }),
    ),
    ...dice.maybe(0.6, 'tcp', () => dice.many(1, 3, () => rule(() => common(w, gateways)))),
  };
}
