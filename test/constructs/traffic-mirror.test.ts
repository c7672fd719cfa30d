import { method, TrafficMirror } from '../../src';
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
});
