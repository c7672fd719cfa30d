import type { App, Chart } from 'cdk8s';
import { AccessPolicy, HeaderRoutedDevEnv, MeshService, Port, SecureNamespace } from '../../src';
import { endingsText, meshOf } from '../../src/testing/jest';
import { newChart, object, service } from './support';

describe('AccessPolicy', () => {
  test('one ALLOW and one DENY a callee, whoever asks for them', () => {
    const c = newChart();
    new SecureNamespace(c, 'Namespace');
    const ratings = service(c, 'Ratings');
    const reviews = service(c, 'Reviews', { calls: [ratings] });
    const page = service(c, 'Page');
    page.mayCall(ratings, { methods: ['GET'], paths: ['/ratings/*'] });
    new AccessPolicy(c, 'NotV2', { service: ratings, deny: [reviews.version('v2')] });
    new AccessPolicy(c, 'Ops', { service: ratings, allowNamespaces: ['ops'], denyNamespaces: ['lab'] });
    const policies = c.toJson().filter((o: any) => o.kind === 'AuthorizationPolicy' && o.metadata.name.startsWith('ratings'));
    expect(policies).toHaveLength(2);
    expect(policies).toMatchSnapshot();
  });

  describe('limits at a service that takes connections too', () => {
    const one = (c: Chart, id: string, o: object = {}): any => service(c, id, { versions: { v1: { image: 'x:1' } }, ...o });
    /** Whether the page gets in at a port: HTTP at 80, connections at 81. */
    const asked = (port: object, say: (store: any, page: any) => unknown) => {
      const c = newChart();
      new SecureNamespace(c, 'Namespace');
      const ports = [Port.http(80, { target: 8080 }), Port.tcp(81, { target: 8081 })];
      const store: any = one(c, 'Store', { port: undefined, ports });
      const page = one(c, 'Page');
      say(store, page);
      return meshOf(c.node.root as App).request({ from: page, to: store, ...port });
    };
    const denied = (store: any, page: any) => {
      page.mayCall(store);
      new AccessPolicy(store.node.scope, 'Deny', { service: store, deny: [page], methods: ['DELETE'] });
    };
    const limited = (store: any, page: any) => page.mayCall(store, { methods: ['GET'] });

    test.each([
      ['a denial: what it names', { port: 80, method: 'DELETE' }, denied, '403'],
      ['a denial: the rest', { port: 80 }, denied, '200'],
      ['a denial: connections', { port: 81 }, denied, 'connected'],
      ['an allow: what it names', { port: 80 }, limited, '200'],
      ['an allow: the rest', { port: 80, method: 'DELETE' }, limited, '403'],
      ['an allow: connections', { port: 81 }, limited, 'closed'],
    ])('%s', (_, request, say, ends) => expect(endingsText(asked(request, say))).toMatch(new RegExp(`^ *100 % +${ends} `)));
  });

  test('a denial leaves out ports for connections alone, not one that requests come in by too', () => {
    const c = newChart();
    const ports = [Port.http(80, { target: 8080 }), Port.tcp(81, { target: 8080 }), Port.redis(6379)];
    const store = MeshService.adopt(c, 'Store', { ports, versions: { v1: {} }, podLabels: { app: 'store' } });
    new AccessPolicy(c, 'Deny', { service: store, deny: [service(c, 'Page')], paths: ['/admin'] });
    expect(object(c, 'AuthorizationPolicy', 'store-deny').spec.rules[0].to).toEqual([
      { operation: { paths: ['/admin'], notPorts: ['6379'] } },
    ]);
  });

  test('a denial of a service is one of its copies, and of Services over its pods', () => {
    const c = newChart();
    const store = service(c, 'Store');
    const [job] = ['job', 'job-headless'].map((name) =>
      MeshService.adopt(c, name, { port: Port.http(80), versions: { v1: {} }, podLabels: { app: 'job' }, serviceAccount: 'job' }),
    );
    const page = service(c, 'Page');
    new HeaderRoutedDevEnv(c, 'Dev', { name: 'dev1', header: 'x-env', forks: [page.fork()] });
    new AccessPolicy(c, 'Deny', { service: store, deny: [page, job!] });
    expect(object(c, 'AuthorizationPolicy', 'store-deny').spec.rules[0].from[0].source.principals).toEqual([
      'cluster.local/ns/shop/sa/job',
      'cluster.local/ns/shop/sa/page',
      'cluster.local/ns/shop/sa/page-v2',
    ]);
  });
});
