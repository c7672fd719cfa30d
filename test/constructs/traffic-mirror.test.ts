import { method, SecureNamespace, TrafficMirror } from '../../src';
import { newChart, object, service } from './support';

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
});
