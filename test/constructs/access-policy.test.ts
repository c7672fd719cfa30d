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

  describe('a dry run', () => {
    const shop = (say: (c: Chart, o: { web: any; page: any; job: any }) => unknown) => {
      const c = newChart();
      const one = (id: string, o: object = {}) => service(c, id, { versions: { v1: { image: 'x:1' } }, ...o }) as any;
      const web = one('Web');
      const [page, job] = [one('Page', { calls: [web] }), one('Job', { calls: undefined })];
      say(c, { web, page, job });
      const asked = (from: string, o: object = {}) => meshOf(c.node.root as App).request({ from, to: web, ...o });
      const policies = c.toJson().filter((o: any) => o.kind === 'AuthorizationPolicy');
      return { policies, asked, ends: (from: string, o?: object) => endingsText(asked(from, o)).split('\n')[0] };
    };
    const logged = (t: ReturnType<ReturnType<typeof shop>['asked']>) =>
      t.arrivals.flatMap((a) => a.outcome?.steps ?? []).flatMap(({ text }) => (text.includes('dry run') ? text : []));

    test('closes nothing, and would let in all who are let in already', () => {
      const { policies, asked, ends } = shop((c, { web, job }) => {
        new AccessPolicy(c, 'Close', { service: web, allow: [job], methods: ['GET'], dryRun: true });
      });
      expect(policies).toMatchSnapshot();
      expect(['shop/page', 'shop/job', 'outside'].map((from) => ends(from))).toEqual(
        Array(3).fill(expect.stringMatching(/100 % +200/)),
      );
      const would = (result: string, why: string) => [`by the policies that only log (dry run) it would be ${result}: ${why}`];
      const [yes, no] = [
        would('let in', 'a rule allows it'),
        would('refused', 'no rule allows it, and there is one that allows others'),
      ];
      expect(logged(asked('shop/page', { method: 'POST' }))).toEqual(yes);
      expect(logged(asked('shop/job'))).toEqual(yes);
      expect(logged(asked('shop/job', { method: 'POST' }))).toEqual(no);
      expect(logged(asked('outside'))).toEqual(no);
    });

    test('of a denial, beside what is decided', () => {
      const { policies, asked, ends } = shop((c, { web, page, job }) => {
        web.allowFrom(page, job);
        new AccessPolicy(c, 'NoJobs', { service: web, deny: [job], dryRun: true });
      });
      expect(policies.map((p: any) => [p.metadata.name, p.metadata.annotations ?? {}])).toEqual([
        ['web', {}],
        ['web-deny-dry-run', { 'istio.io/dry-run': 'true' }],
      ]);
      expect([ends('shop/job'), ends('shop/page'), ends('outside')]).toEqual([
        expect.stringMatching(/100 % +200/),
        expect.stringMatching(/100 % +200/),
        expect.stringMatching(/100 % +403/),
      ]);
      expect(logged(asked('shop/job'))).toEqual([
        'by the policies that only log (dry run) it would be refused: a rule denies it',
      ]);
      expect(logged(asked('shop/page'))).toEqual([]);
    });

    test('of copies too', () => {
      const { policies } = shop((c, { web, page, job }) => {
        new HeaderRoutedDevEnv(c, 'Dev', { name: 'dev1', header: 'x-env', forks: [web.fork({ image: 'x:2' })] });
        new AccessPolicy(c, 'Try', { service: web, allow: [page], deny: [job], dryRun: true });
      });
      expect(policies.map((p: any) => p.metadata.name)).toEqual([
        'web-dry-run',
        'web-deny-dry-run',
        'web-dev1-dry-run',
        'web-dev1-deny-dry-run',
      ]);
    });
  });
});
