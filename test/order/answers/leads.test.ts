import { Audiences } from '../../../src/order/answers/audiences';
import { Leads, type Spot } from '../../../src/order/answers/leads';
import type { Sample } from '../../../src/order/answers/policy-samples';
import { fqdn, net, to, vs } from '../objects';

const WEB = fqdn('web');
const leads = new Leads(
  ({ host }) => [`pods of ${host.split('.')[0]}`],
  new Audiences([], [], 'cluster.local'),
  () => undefined,
  'cluster.local',
);
const SPOT: Spot = { place: 'mesh', port: undefined, audience: '*', host: WEB };
const asked = (path: string): Sample => ({
  method: 'GET',
  path,
  host: WEB,
  port: 80,
  ip: '',
  headers: new Map([['x', ['1']]]),
  token: undefined,
});

/** Where a request ends, and what pods see of it. */
function ends(path: string, rest: string, ...routes: Parameters<typeof leads.at>[1]): string[] {
  const way = leads.at(SPOT, routes).find((w) => (w.rest === '' || w.rest === rest) && w.meets(path));
  return (way?.ends ?? []).map(({ pods, altered }) => {
    const s = altered(asked(path));
    return `${pods}: ${s.host === WEB ? '' : `${s.host} `}${s.path}${s.headers.has('x') ? '' : ' without x'}`;
  });
}

test('hosts without rules lead to their pods', () => {
  expect(ends('/', '')).toEqual(['pods of web: /']);
});

test('the first rule counts whose path is met, and what else it asks for', () => {
  const routes = net('VirtualService', 'web', {
    hosts: [WEB],
    http: [
      { match: [{ uri: { exact: '/a' } }, { uri: { prefix: '/b' } }], route: [to('api')] },
      { match: [{ headers: { x: { exact: '1' } } }], route: [to('other')] },
      { route: [to('web')] },
    ],
  });
  const rest = '{"headers":{"x":{"exact":"1"}}}';
  expect(['/a', '/ab', '/bc'].map((path) => ends(path, '', routes))).toEqual([
    ['pods of api: /a'],
    ['pods of web: /ab'],
    ['pods of api: /bc'],
  ]);
  expect(ends('/ab', rest, routes)).toEqual(['pods of other: /ab']);
});

test('pods see what rules make of a request, of the one that delegates, too', () => {
  const rule = { delegate: { name: 'd' }, match: [{ uri: { prefix: '/x' } }], rewrite: { uri: '/y', authority: 'h' } };
  const root = net('VirtualService', 'web', { hosts: [WEB], http: [rule] });
  const delegate = net('VirtualService', 'd', { http: [{ route: [to('api')], headers: { request: { remove: ['X'] } } }] });
  expect(ends('/x/1', '', root, delegate)).toEqual(['pods of api: h /y/1 without x']);
  expect(leads.at(SPOT, [root, delegate])[0]!.asked('/y/1')).toBe('/x/1');
});

test('sidecars obey the oldest of several', () => {
  const [old, now] = [vs('b', [WEB], 'web'), vs('a', [WEB], 'api')].map((m, i) => ({ ...m, created: i }));
  expect(ends('/', '', now!, old!)).toEqual(['pods of web: /']);
});
