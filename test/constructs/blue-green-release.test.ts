import type { Chart } from 'cdk8s';
import { BlueGreenRelease, header, IngressGateway, MeshService, Port, path } from '../../src';
import { check } from '../../src/check/check';
import { manifestsOf } from '../../src/synth/manifests-of';
import { goes, newChart, object, yamlOf } from './support';

const image = { image: 'x:1' };
type Props = Partial<ConstructorParameters<typeof BlueGreenRelease<'v1' | 'v2'>>[2]>;
const release = (props: Props = {}, port: Port = Port.http(80)): Chart => {
  const c = newChart();
  const service = new MeshService(c, 'Reviews', { port, versions: { v1: image, v2: image } });
  new BlueGreenRelease(c, 'Release', { service, blue: 'v1', green: 'v2', active: 'blue', ...props });
  return c;
};
const subsets = (c: Chart) => object(c, 'DestinationRule', 'reviews').spec.subsets.map((s: any) => s.name);
const preview = header('x-preview').is('yes');

test('all to one, the preview to the other', () => {
  expect(yamlOf(release({ preview }), 'VirtualService', 'DestinationRule')).toMatchSnapshot();
});

test.each([
  ['blue', 'v1', 'v2'],
  ['green', 'v2', 'v1'],
] as const)('%s: everyone gets %s, who looks ahead %s', (active, now, other) => {
  const c = release({ active, preview });
  expect([goes(c, 'reviews'), goes(c, 'reviews', { headers: { 'x-preview': 'yes' } })]).toEqual([now, other]);
});

test('a switch changes the routes alone: both versions stay defined, with and without a preview', () => {
  for (const p of [undefined, preview]) {
    const [blue, green] = (['blue', 'green'] as const).map((active) => release({ active, ...(p ? { preview: p } : {}) }));
    expect(subsets(blue!)).toEqual(['v1', 'v2']);
    expect(yamlOf(green!, 'DestinationRule', 'Service', 'Deployment')).toBe(
      yamlOf(blue!, 'DestinationRule', 'Service', 'Deployment'),
    );
    const lines = (c: Chart) => yamlOf(c, 'VirtualService').split('\n');
    expect(lines(green!).filter((l, i) => l !== lines(blue!)[i]).length).toBe(p ? 2 : 1);
  }
});

test('of a gateway, too', () => {
  const c = newChart();
  const service = new MeshService(c, 'Reviews', { port: Port.http(80), versions: { v1: image, v2: image } });
  new BlueGreenRelease(c, 'Release', { service, blue: 'v1', green: 'v2', active: 'green', preview });
  new IngressGateway(c, 'Edge', { hosts: ['a.example.com'] }).route(path.prefix('/r'), service);
  expect(goes(c, 'edge-a-example-com', { path: '/r' })).toBe('v2');
  expect(goes(c, 'edge-a-example-com', { path: '/r', headers: { 'x-preview': 'yes' } })).toBe('v1');
});

test('connections of a TCP port go to the active one', () => {
  const { spec } = object(release({ active: 'green' }, Port.redis(6379)), 'VirtualService', 'reviews');
  expect([spec.http, spec.tcp.map((r: any) => r.route.map((d: any) => d.destination.subset))]).toEqual([undefined, [['v2']]]);
});

test.each([Port.http(80), Port.redis(6379)])('the checker knows why the idle version has no route: %s', (port) => {
  const c = release({}, port);
  c.toJson();
  const { diagnostics, suppressed } = check({ manifests: manifestsOf(c), unreadable: [] } as never);
  expect([diagnostics.map((d) => d.message), suppressed.map((s) => s.diagnostic.rule)]).toEqual([[], ['subset-without-route']]);
});
