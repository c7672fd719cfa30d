import { cookie, header, method, Port, SecureNamespace, TrafficMirror } from '../../src';
import { newChart, object, routeOf, service, yamlOf } from './support';

describe('TrafficMirror', () => {
  test('copies of reading requests go to another version; two mirrors add up', () => {
    const c = newChart();
    const s = service(c, 'Reviews');
    const log = service(c, 'Log');
    new TrafficMirror(c, 'Try', { service: s, to: s, version: 'v2', when: method('GET', 'HEAD'), percent: 20 });
    new TrafficMirror(c, 'Log1', { service: s, to: log, percent: 100 });
    const mirrors = (m: string) =>
      object(c, 'VirtualService', 'reviews')
        .spec.http.find((r: any) => (m === 'GET' ? r.match?.some((x: any) => x.method?.exact === 'GET') : !r.match))
        .mirrors.map((x: any) => [x.destination.host.split('.')[0], x.percentage?.value ?? 100]);
    expect(mirrors('GET')).toEqual([
      ['reviews', 20],
      ['log', 100],
    ]);
    expect(mirrors('POST')).toEqual([['log', 100]]);
    expect(yamlOf(c, 'VirtualService', 'DestinationRule')).toMatchSnapshot();
  });

  test('forty users with a mirror each are a route each', () => {
    const c = newChart();
    const s = service(c, 'Reviews');
    const log = service(c, 'Log');
    for (let i = 0; i < 40; i++)
      new TrafficMirror(c, `M${i}`, {
        service: s,
        to: log,
        version: i % 2 ? 'v1' : 'v2',
        percent: i + 1,
        when: header('u').is(`u${i}`),
      });
    expect(object(c, 'VirtualService', 'reviews').spec.http).toHaveLength(41);
    const copies = (u: string) => routeOf(c, 'reviews', { headers: { u } }).mirrors?.map((m: any) => m.percentage.value);
    expect([copies('u0'), copies('u39'), copies('u40')]).toEqual([[1], [40], undefined]);
  });

  test('mirrors of which a request can meet any are refused with their places', () => {
    const c = newChart();
    const s = service(c, 'Reviews');
    for (let i = 0; i < 12; i++)
      new TrafficMirror(c, `M${i}`, { service: s, to: s, version: 'v2', percent: i + 1, when: cookie(`c${i}`).present() });
    expect(c.node.root.node.findAll().flatMap((x) => x.node.validate())).toEqual([
      expect.stringMatching(
        /^host "reviews\.shop\.svc\.cluster\.local" needs more than 2000 routes .*"m0" \(chart\/M0, test\/constructs\/traffic-mirror\.test\.ts:\d+\).* and 7 more: give them conditions/,
      ),
    ]);
  });

  test('who calls the service is let in where its copies go', () => {
    const c = newChart();
    new SecureNamespace(c, 'Namespace');
    const log = service(c, 'Log');
    const reviews = service(c, 'Reviews');
    service(c, 'Page').mayCall(reviews, { methods: ['GET'] });
    new TrafficMirror(c, 'Copies', { service: reviews, to: log, percent: 100 });
    expect(object(c, 'AuthorizationPolicy', 'log').spec.rules).toEqual([
      {
        from: [{ source: { principals: ['cluster.local/ns/shop/sa/page', 'cluster.local/ns/shop/sa/page-v2'] } }],
        to: [{ operation: { methods: ['GET'] } }],
      },
    ]);
  });

  test('of a service with several ports each has its copies; another target says which port', () => {
    const c = newChart();
    const ports = [Port.http(80), Port.http(81, { name: 'http-b' })];
    const two = service(c, 'Two', { port: undefined, ports });
    const log = service(c, 'Log', { port: undefined, ports });
    new TrafficMirror(c, 'Self', { service: two, to: two, version: 'v2', percent: 5 });
    new TrafficMirror(c, 'Other', { service: two, to: log, percent: 6, port: 81 });
    const copies = object(c, 'VirtualService', 'two').spec.http.map((r: any) => [
      r.match[0].port,
      r.mirrors.map((m: any) => `${m.destination.host.split('.')[0]} ${m.destination.port.number}`).sort(),
    ]);
    expect(copies).toEqual([
      [80, ['log 81', 'two 80']],
      [81, ['log 81', 'two 81']],
    ]);
  });
});
