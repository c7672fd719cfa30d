import type { Chart } from 'cdk8s';
import { EgressGateway, ExternalService, MeshService, Port, StranglerMigration } from '../../src';
import type { Destination, HttpTable } from '../../src/routing/table';
import type { Ask, Question } from './random-app';

interface Around {
  /** Where the host outside is said. */
  readonly chart: Chart;
  /** Where the gateway is. */
  readonly home: Chart;
  /** Who calls it. */
  readonly page: MeshService<any, any>;
  /** Whether nothing else outside is called, so that the other ways out may be closed. */
  readonly alone: boolean;
  /** The pods that questions are asked from. */
  readonly caller: Question['client'];
  /** Draws of their own, so that the rest of an app is the same with and without them. */
  readonly next: () => number;
  readonly use: (name: 'EgressGateway' | 'StranglerMigration') => void;
}

const [PAID, FILES] = ['paid.example.com', 'files.example.com'];
/** A certificate of the gateway's pods, which their container holds. */
const FILES_OF = { certificate: '/etc/certs/tls.crt', privateKey: '/etc/certs/tls.key' };

/** Hosts outside that are called through a gateway. */
export function randomEgress({ chart, home, page, alone, caller, next, use }: Around): readonly Ask[] {
  const maybe = (p: number) => next() < p;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  if (!maybe(0.5)) return [];
  use('EgressGateway');
  const via = new EgressGateway(home, 'Egress', { deploy: true, networkPolicy: alone && maybe(0.5) });
  const port = pick([Port.http(80), Port.https(443)]);
  const paid = new ExternalService(chart, 'Paid', {
    host: PAID,
    port,
    ...(port.isHttp && maybe(0.6)
      ? { originateTls: pick([{}, { clientCertificate: FILES_OF }, { clientCertificate: { secret: 'paid' } }]) }
      : {}),
    callPolicy: {
      ...(maybe(0.4) ? { circuitBreaker: { maxConnections: 5 } } : {}),
      ...(port.isHttp && maybe(0.4) ? { timeout: '4s' } : {}),
    },
    via,
  });
  page.mayCall(paid);
  if (port.isHttp && maybe(0.3)) {
    use('StranglerMigration');
    const to = new MeshService(chart, 'Here', { port: Port.http(7070), versions: { v1: { image: 'here:1' } }, calls: [] });
    new StranglerMigration(chart, 'PaidHere', { from: paid as never, to, percent: pick([5, 50, 100]) });
  }
  if (maybe(0.5))
    page.mayCall(new ExternalService(home, 'Files', { host: FILES, port: Port.tcp(9000), addresses: ['203.0.113.8'], via }));

  const egress: Question['client'] = { kind: 'gateway', namespace: via.namespace, labels: { ...via.labels }, name: via.name };
  const hello = { sni: PAID };
  const trusted = { ...hello, principal: page.principals[0]! };
  const led = { host: via.host, subset: 'paid-example-com', port: via.port };
  if (!port.isHttp) {
    const to = (cluster: string) => ({ connection: { shares: { [cluster]: 100 } } });
    const asked = { host: PAID, table: tableTo(PAID, port.number), port: 443 };
    return [
      { ...asked, client: caller, hello, ...to(`outbound|${led.port}|${led.subset}|${led.host}`) },
      { ...asked, client: egress, hello: trusted, ...to(`outbound|443||${PAID}`) },
    ];
  }
  const table = paid.tables[0]!.table();
  const by = ({ table, ...d }: Destination): Destination =>
    d.host === PAID ? { ...d, ...led } : { ...d, ...(table ? { table } : {}) };
  const rules = table.rules.map((r) =>
    r.action.kind === 'split' ? { ...r, action: { ...r.action, to: r.action.to.map(by) } } : r,
  );
  return [
    { client: caller, host: PAID, table: { ...table, rules }, port: port.number },
    { client: egress, host: PAID, table: tableTo(PAID, port.number), port: via.port, hello: trusted },
  ];
}

/** All requests to one host, as a gateway sends them on. */
const tableTo = (host: string, port: number): HttpTable => ({
  host,
  ports: [port],
  rules: [
    {
      name: 'on',
      tier: 'default',
      order: 0,
      when: [{}],
      origin: { construct: 'random' },
      action: { kind: 'split', to: [{ host, port }] },
    },
  ],
  overlays: [],
});
