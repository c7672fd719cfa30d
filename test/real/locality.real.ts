import { parseManifests as parseText } from '../../src/manifests/parse';
import { MeshModel } from '../../src/model/mesh-model';
import { placesOf } from '../../src/model/places';
import { findClient, proxyOf } from '../../src/trace/client';
import type { RealContext } from './lane';
import { type PlacedCase, placed, randomPlaced } from './locality/cases';
import { takenBy } from './locality/envoy';
import { askIstiod } from './oracle/istiod';
import type { Xds } from './oracle/xds';
import { expectNone, type Report } from './report';

export const name = 'locality';

const CASES = 200;
const CLUSTER = 'outbound|8080||catalog.shop.svc.cluster.local';

/** istiod ranks places, and Envoy takes them, as the trace says. */
export async function run({ components, seed, count = CASES }: RealContext, report: Report): Promise<void> {
  const cases = Array.from({ length: count }, (_, i) => randomPlaced(seed * 100_000 + i));
  const answers = await told(components.oracle, cases);
  let [ranked, alike] = [0, 0];
  const wrong = cases.flatMap((c, i) => {
    const said = fromModel(c);
    if (said === undefined) alike++;
    else ranked++;
    const [ours, theirs] = [said ?? evenly(answers[i]!), groupsOf(answers[i]!)].map((g) => JSON.stringify(g));
    return ours === theirs ? [] : [`${c.id} from ${c.from}: istiod ${theirs}, and ${ours} is said`];
  });
  await report.check(
    `istiod ranks the places of ${count} random services as the trace says (${ranked} ranked, ${alike} alike)`,
    () => expectNone('otherwise', wrong),
  );

  await report.check(`istiod has the machines of ${count} services where the trace says, at their ports and by mutual TLS`, () =>
    expectNone(
      'otherwise',
      cases.flatMap((c, i) => {
        const places = fromModel(c);
        const left = places && new Set(places.map((p) => p.locality));
        const [ours, theirs] = [machinesOf(c, left), endpointsOf(answers[i]!)];
        return ours.join() === theirs.join() ? [] : [`${c.id}: istiod ${theirs}, and ${ours} is said`];
      }),
    ),
  );

  const places = ['eu/a', 'eu/b', 'us/a', 'ap/a'];
  const failover = placed('failover', places, { failover: { eu: 'ap' } }, 'eu/a');
  const shares = placed('distribute', places, { distribute: { 'eu/a': { 'eu/a': 80, 'us/a': 20 } } }, 'eu/a');
  const [first, second] = (await told(components.oracle, [failover, shares])) as [Xds, Xds];
  const order = (fromModel(failover) ?? []).sort((a, b) => a.priority - b.priority).map((p) => p.locality);
  await report.check(`Envoy takes ${order.join(', then ')}, as each fails`, async () => {
    const got: string[] = [];
    for (let failed = 0; failed < order.length; failed++) {
      const by = await takenBy(components.envoy, first, CLUSTER, new Set(order.slice(0, failed)));
      got.push(most(by));
    }
    if (got.join() !== order.join()) throw new Error(`it takes ${got.join(', then ')}`);
  });
  await report.check('Envoy takes shares of 80 and 20 % of two places, and none of others', async () => {
    const by = await takenBy(components.envoy, second, CLUSTER, new Set());
    const total = [...by.values()].reduce((a, b) => a + b, 0);
    const share = (100 * (by.get('eu/a') ?? 0)) / total;
    if (Math.abs(share - 80) > 10 || [...by.keys()].sort().join() !== 'eu/a,us/a')
      throw new Error([...by].map(([place, n]) => `${place} ${n}`).join(', '));
  });
}

const most = (by: ReadonlyMap<string, number>): string => [...by].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 'nobody';

async function told(oracle: string, cases: readonly PlacedCase[]): Promise<Xds[]> {
  return askIstiod(
    oracle,
    cases.map(({ id, objects, from }) => ({
      id,
      mesh: objects.map((o) => JSON.stringify(o)).join('\n---\n'),
      client: { kind: 'sidecar', namespace: 'shop', name: 'desk', labels: { app: 'desk' }, ip: '192.0.2.99', locality: from },
      requests: [],
    })),
  );
}

interface Group {
  readonly locality: string;
  readonly priority: number;
  readonly weight: number;
}
const sorted = (groups: readonly Group[]) =>
  [...groups]
    .map(({ locality, priority, weight }) => ({ locality, priority, weight }))
    .sort((a, b) => (a.locality < b.locality ? -1 : 1));

function clusterOf({ objects }: PlacedCase) {
  const model = new MeshModel(parseText(objects.map((o) => JSON.stringify(o)).join('\n---\n'), 'x').manifests);
  return proxyOf(model, findClient(model, 'shop/desk')).cluster(CLUSTER)!;
}

/** `192.0.2.1:9000 mtls`; in places that a client's shares leave out there are none. */
const machinesOf = (c: PlacedCase, places: ReadonlySet<string> | undefined): string[] =>
  clusterOf(c)
    .endpoints.filter((e) => !places || places.has(e.locality!))
    .map((e) => `${e.address}:${e.port}${e.mtls ? ' mtls' : ''}`)
    .sort();

const endpointsOf = (xds: Xds): string[] =>
  withPlaces(xds)
    .flatMap((g) => g.lb_endpoints ?? [])
    .map(({ endpoint, metadata }) => {
      const { address, port_value: port } = endpoint.address.socket_address;
      const { tlsMode } = metadata?.filter_metadata?.['envoy.transport_socket_match'] ?? {};
      return `${address}:${port}${tlsMode === 'istio' ? ' mtls' : ''}`;
    })
    .sort();

function fromModel(c: PlacedCase): Group[] | undefined {
  const { from } = c;
  const cluster = clusterOf(c);
  const places = placesOf(cluster, from);
  return places && sorted(places);
}

const withPlaces = (xds: Xds): any[] => {
  if (xds.error || xds.invalid) throw new Error(xds.error ?? String(xds.invalid));
  return xds.endpoints?.find((e) => e.cluster_name === CLUSTER)?.endpoints ?? [];
};
const localityOf = ({ region = '', zone = '', sub_zone = '' }: any = {}) => [region, zone, sub_zone].filter(Boolean).join('/');

function groupsOf(xds: Xds): Group[] {
  const groups = withPlaces(xds).filter((g) => g.lb_endpoints?.length > 0);
  return sorted(
    groups.map((g) => ({ locality: localityOf(g.locality), priority: g.priority ?? 0, weight: g.load_balancing_weight ?? 0 })),
  );
}

/** All places alike: as many as they have endpoints. */
const evenly = (xds: Xds): Group[] =>
  sorted(withPlaces(xds).map((g) => ({ locality: localityOf(g.locality), priority: 0, weight: g.lb_endpoints?.length ?? 0 })));
