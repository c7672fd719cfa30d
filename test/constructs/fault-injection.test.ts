import { FaultInjection, header } from '../../src';
import { goes, newChart, service, yamlOf } from './support';

describe('FaultInjection', () => {
  test('an abort for an audience, a delay for a share, both on one service', () => {
    const c = newChart();
    const s = service(c, 'Reviews');
    new FaultInjection(c, 'Alice', {
      service: s,
      when: header('user').is('alice'),
      abort: { grpcStatus: 'UNAVAILABLE' },
      until: '2027-01-01',
    });
    new FaultInjection(c, 'Slow', { service: s, percent: 12.5, delay: '250ms' });
    expect(goes(c, 'reviews', { headers: { user: 'alice' } })).toBe('delay 250ms abort UNAVAILABLE v1');
    expect(goes(c, 'reviews')).toBe('delay 250ms v1');
    expect(yamlOf(c, 'VirtualService')).toMatchSnapshot();
  });

  test('only for calls from one service', () => {
    const c = newChart();
    const s = service(c, 'Reviews');
    new FaultInjection(c, 'F', { service: s, from: service(c, 'Page'), percent: 100, abort: { status: 503 } });
    expect(goes(c, 'reviews', { labels: { app: 'page' } })).toBe('abort 503 v1');
    expect(goes(c, 'reviews', { labels: { app: 'other' } })).toBe('v1');
  });
});
