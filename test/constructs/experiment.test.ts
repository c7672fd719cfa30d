import type { Chart } from 'cdk8s';
import { CanaryRelease, Experiment, header, MeshService, Port } from '../../src';
import { goes, newChart, object, routeOf, yamlOf } from './support';

const image = { image: 'x:1' };
const page = (c: Chart) =>
  new MeshService(c, 'Page', { port: Port.http(80), versions: { v1: image, v2: image, v3: image }, defaultVersion: 'v1' });
type Props = Partial<ConstructorParameters<typeof Experiment<'v1' | 'v2' | 'v3'>>[2]>;
const test_ = (props: Props = {}): Chart => {
  const c = newChart();
  new Experiment(c, 'Checkout', { service: page(c), arms: { v1: 50, v2: 50 }, ...props });
  return c;
};
const cookie = (value: string) => ({ headers: { cookie: value } });

test('the arms, and a cookie for each', () => {
  const c = test_({ audience: header('x-country').is('jp'), until: '2026-12-01' });
  expect(yamlOf(c, 'VirtualService', 'DestinationRule')).toMatchSnapshot();
});

test('a client stays with the arm that it was drawn for', () => {
  const c = test_();
  expect(goes(c, 'page')).toBe('50 v1, 50 v2');
  for (const arm of ['v1', 'v2']) expect(goes(c, 'page', cookie(`a=b; checkout=${arm}`))).toBe(arm);
  expect(goes(c, 'page', cookie('checkout=v3'))).toBe('50 v1, 50 v2');
  expect(routeOf(c, 'page').route.map((d: any) => d.headers.response.add['set-cookie'])).toEqual([
    'checkout=v1; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax',
    'checkout=v2; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax',
  ]);
});

test('who does not take part gets what the release says, with or without the cookie', () => {
  const c = newChart();
  const service = page(c);
  new Experiment(c, 'Checkout', { service, arms: { v1: 70, v2: 20, v3: 10 }, audience: header('x-country').is('jp') });
  new CanaryRelease(c, 'Canary', { service, stable: 'v1', canary: 'v3', percent: 5 });
  const jp = { 'x-country': 'jp' };
  expect(goes(c, 'page', { headers: jp })).toBe('70 v1, 20 v2, 10 v3');
  expect(goes(c, 'page', { headers: { ...jp, cookie: 'checkout=v2' } })).toBe('v2');
  expect(goes(c, 'page', cookie('checkout=v2'))).toBe('95 v1, 5 v3');
});

test('only calls from one caller take part', () => {
  const c = newChart();
  const from = new MeshService(c, 'Web', { port: Port.http(80), versions: { v1: image } });
  new Experiment(c, 'Checkout', { service: page(c), arms: { v2: 50, v3: 50 }, from });
  expect(goes(c, 'page', { labels: { app: 'web' } })).toBe('50 v2, 50 v3');
  expect(goes(c, 'page', { labels: { app: 'other' }, ...cookie('checkout=v2') })).toBe('v1');
});

test('every request is drawn anew where that is meant', () => {
  const c = test_({ sticky: false });
  expect(goes(c, 'page', cookie('checkout=v2'))).toBe('50 v1, 50 v2');
  expect(yamlOf(c, 'VirtualService')).not.toContain('cookie');
});

test('its date is data', () => {
  const { annotations } = object(test_({ until: '2026-12-01' }), 'VirtualService', 'page').metadata;
  expect(Object.entries(annotations)).toEqual([[expect.stringContaining('checkout'), '2026-12-01']]);
});
