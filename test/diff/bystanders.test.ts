import { bystanders } from '../../src/diff/bystanders';
import { diff, differing, diffOf } from '../../src/diff/diff';
import { diffJson } from '../../src/diff/diff-json';
import { touchedHosts } from '../../src/diff/touched';
import { type Manifest, manifestOf } from '../../src/manifests/manifest';
import { MeshModel } from '../../src/model/mesh-model';
import { refused } from '../../src/validation/validate';
import { Dice } from '../real/trace/dice';
import { pairOf } from './pairs';
import { deployment, istio, type Obj, routes, service, subsets, to } from './support';

const MESHES = Number(process.env.DIFF_PAIRS ?? 40);
const FIRST = Number(process.env.DIFF_SEED ?? 1);
const SPACES = ['default', 'shop', 'team-b', 'foo'];

/** Services beside those of a mesh: most are plain, and each may meet the others, or the mesh's, in one way or another. */
function crowd(dice: Dice, mesh: readonly Obj[]): Obj[] {
  const own = mesh.filter((o) => o.kind === 'Service' || o.kind === 'Deployment');
  const hosts = mesh.flatMap((o) => (o.kind === 'VirtualService' ? (o.spec.hosts ?? []) : [])).filter((h) => !/[*]/.test(h));
  return dice
    .many(3, 8, (i) => {
      const [name, namespace] = [`by${i}`, dice.pick(SPACES)];
      const fqdn = `${name}.${namespace}.svc.cluster.local`;
      const ports = dice.some([80, 8080, 9090, 443, 7070], dice.int(1, 2)).map((port) => ({
        port,
        name: dice.chance(0.8) ? `http-${port}` : dice.pick([`tcp-${port}`, `p${port}`, `tls-${port}`, `grpc-${port}`]),
      }));
      const other = own.length > 0 && dice.chance(0.15) ? dice.pick(own) : undefined;
      const spec = {
        ...service(name, ports).spec,
        ...(other ? { selector: other.spec.selector?.matchLabels ?? other.spec.selector ?? {} } : {}),
        ...(dice.chance(0.1) ? { clusterIP: 'None' } : {}),
      };
      const made = { ...service(name, ports, other?.metadata.namespace ?? namespace), spec };
      const rule = {
        route: [to(fqdn, dice.chance(0.5) ? 'v1' : undefined)],
        ...dice.maybe(0.2, 'match', () => [{ uri: { prefix: '/a' } }]),
      };
      const vs = {
        ...routes(fqdn, dice.chance(0.1) ? [{ redirect: { uri: '/b', redirectCode: dice.pick([301, 304]) } }] : [rule], {
          ...dice.maybe(0.15, 'hosts', () => [
            fqdn,
            dice.pick([...hosts, '*.com', `by0.${namespace}.svc.cluster.local`, `by1.${namespace}`]),
          ]),
          ...dice.maybe(0.1, 'gateways', () => ['mesh', 'shop/edge']),
          ...dice.maybe(0.15, 'exportTo', () => [dice.pick(['.', 'shop'])]),
        }),
        metadata: { name, namespace },
      };
      return [
        made,
        ...(dice.chance(0.8) ? [deployment(name, 'v1', namespace)] : []),
        ...(dice.chance(0.6) ? [vs] : []),
        ...(dice.chance(0.5) ? [{ ...subsets(fqdn), metadata: { name, namespace } }] : []),
        ...(dice.chance(0.1)
          ? [
              istio(
                'ServiceEntry',
                `e${i}`,
                { hosts: [dice.pick([`${name}.${namespace}`, 'a.com'])], ports, resolution: 'DNS' },
                namespace,
              ),
            ]
          : []),
      ];
    })
    .flat();
}

test('hosts that are left out change nothing of what is told about others', () => {
  const count = { left: 0, told: 0, none: 0 };
  for (let seed = FIRST; seed < FIRST + MESHES; seed++) {
    const { manifests, case: c } = pairOf(seed);
    const dice = new Dice(seed);
    const scoped = dice.chance(0.05);
    const mesh = manifests.old.filter((m) => scoped || m.kind !== 'Sidecar');
    const added = crowd(
      dice,
      mesh.map((m) => m.object),
    )
      .map((o, i) => manifestOf(o, () => ({ file: 'by.yaml', line: i + 1, column: 1 })))
      .filter((m) => refused(m) === undefined);
    const all: Manifest[] = [...mesh, ...added];
    const old = new MeshModel(all, { meshConfig: c.meshConfig });
    const ruling = all.filter((m) => m.kind === 'VirtualService' || m.kind === 'DestinationRule');
    for (let i = 0; i < 3 && ruling.length > 0; i++) {
      const without = dice.pick(ruling);
      const now = new MeshModel(
        all.filter((m) => m !== without),
        { meshConfig: c.meshConfig },
      );
      const hosts = touchedHosts(old, now);
      const left = hosts ? bystanders(old, now, hosts).size : 0;
      if (left === 0) {
        count.none++;
        continue;
      }
      count.left += left;
      const whole = diffOf(old, now, differing);
      const text = (d: typeof whole) => JSON.stringify(diffJson(d), null, 1);
      expect(`${seed}.${i} ${text(diff(old, now))}`).toBe(`${seed}.${i} ${text(whole)}`);
      count.told += whole.length;
    }
  }
  // all of it is there, so the property means something
  expect(count.left).toBeGreaterThan(MESHES);
  expect(count.told).toBeGreaterThan(MESHES / 4);
  expect(count.none).toBeGreaterThan(MESHES / 4);
});

describe('who stays', () => {
  const of = (...objects: Obj[]) => new MeshModel(objects.map((o) => manifestOf(o, () => ({ file: 'x', line: 0, column: 0 }))));
  const host = (name: string) => `${name}.shop.svc.cluster.local`;
  const left = (...more: Obj[]) => {
    const mesh = of(...['a', 'b', 'c', 'd'].map((n) => service(n)), ...more);
    return [...bystanders(mesh, mesh, new Set([host('b')]))].map((h) => h.split('.')[0]).sort();
  };
  test('the first of a port, and those that are asked for', () => expect(left()).toEqual(['c', 'd']));
  test('where routes lead', () => expect(left(routes('b', [{ route: [to('c')] }]))).toEqual(['d']));
  test.each<[string, string[], Obj[]]>([
    [
      'who has pods in common',
      ['d'],
      [service('c2'), { ...service('c'), spec: { ports: [], selector: { app: 'b' } } }, deployment('b', 'v1')],
    ],
    [
      'what a wildcard may be about',
      [],
      [istio('VirtualService', 'w', { hosts: ['*.shop.svc.cluster.local'], http: [{ route: [to('b')] }] })],
    ],
    [
      'what is called like another',
      ['d'],
      [istio('ServiceEntry', 'e', { hosts: ['c.shop'], ports: [{ number: 80, name: 'http', protocol: 'HTTP' }] })],
    ],
    [
      'what a gateway leads to by a VirtualService of its own',
      ['d'],
      [routes('c', [{ route: [to('c')] }], { gateways: ['mesh', 'edge'] })],
    ],
    ['a table that Envoy may refuse', ['d'], [routes('c', [{ redirect: { uri: '/', redirectCode: 304 } }])]],
    ['bytes that are no requests', ['d'], [service('c', [{ name: 'tcp', port: 80 }])]],
    ['all of a VirtualService', ['d'], [routes('c', [{ route: [to('c')] }], { hosts: ['c', 'x.example.com'] })]],
  ])('%s', (_, expected, more) => expect(left(...more).filter((h) => h !== 'c2')).toEqual(expected));
  test('all, where Sidecars say who knows whom', () =>
    expect(left(istio('Sidecar', 'default', { egress: [{ hosts: ['./*'] }] }))).toEqual([]));
});
