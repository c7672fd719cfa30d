import type { App, Chart } from 'cdk8s';
import {
  ExternalAuthorization,
  type ExternalAuthorizationProps,
  IngressGateway,
  Mesh,
  MeshService,
  Port,
  path,
  SecureNamespace,
} from '../../src';
import { meshOf } from '../../src/testing/mesh';
import { newChart, object, yamlOf } from './support';

const providers = [
  { name: 'opa', envoyExtAuthzGrpc: { service: 'opa.shop.svc.cluster.local', port: 9191 } },
  { name: 'oauth2', envoyExtAuthzHttp: { service: 'auth/oauth2.auth.svc.cluster.local', port: 4180 } },
  { name: 'stdout', envoyFileAccessLog: { path: '/dev/stdout' } },
];
const chartOf = (extensionProviders: readonly object[] = providers) => {
  const c = newChart();
  new Mesh(c.node.root as App, 'Mesh', { meshConfig: { extensionProviders } });
  new SecureNamespace(c, 'Namespace');
  return c;
};
const one = (c: Chart, id: string, o: object = {}) =>
  new MeshService(c, id, { port: Port.http(80), versions: { v1: { image: 'x:1' } }, calls: [], ...o });
const ask = (c: Chart, target: ExternalAuthorizationProps['target'], o: Partial<ExternalAuthorizationProps> = {}) =>
  new ExternalAuthorization(c, 'Ask', { target, provider: 'opa', ...o });
const policies = (c: Chart) => c.toJson().filter((o: any) => o.spec?.action === 'CUSTOM');

test('a policy beside the others, and the provider is within reach', () => {
  const c = chartOf();
  const shop = one(c, 'Shop', { ports: [Port.http(80), Port.tcp(5432)], port: undefined });
  ask(c, shop, { exceptPaths: ['/healthz'], exceptMethods: ['OPTIONS'] });
  expect(policies(c)).toMatchSnapshot();
  const hosts = ['shop/opa.shop.svc.cluster.local', 'auth/oauth2.auth.svc.cluster.local'];
  expect(object(c, 'Sidecar', 'shop').spec.egress[0].hosts).toEqual(expect.arrayContaining(hosts));
  expect(object(c, 'Sidecar', 'namespace-default').spec.egress[0].hosts).toEqual(['./*', 'istio-system/*', hosts[1]]);
});

test('at a gateway: its hosts, in the namespace of its pods', () => {
  const c = chartOf();
  const edge = new IngressGateway(c, 'Edge', { hosts: ['shop.example.com'] }).route(path.prefix('/'), one(c, 'Shop'));
  ask(c, edge, { provider: 'oauth2' });
  const [{ metadata, spec }] = policies(c);
  expect([metadata.namespace, metadata.name, spec.provider, spec.rules]).toEqual([
    'istio-system',
    'edge-oauth2',
    { name: 'oauth2' },
    [{ to: [{ operation: { hosts: ['shop.example.com', 'shop.example.com:*'] } }] }],
  ]);
});

test('pods of its own are meant whole', () => {
  const c = chartOf();
  ask(c, new IngressGateway(c, 'Edge', { hosts: ['*'], deploy: true }).route(path.prefix('/'), one(c, 'Shop')));
  expect(policies(c)[0].spec.rules).toEqual([{}]);
});

test('a provider that is a service of the app lets the target in', () => {
  const c = chartOf();
  const shop = one(c, 'Shop');
  one(c, 'Opa', { port: Port.grpc(9191) });
  ask(c, shop);
  expect(yamlOf(c, 'AuthorizationPolicy')).toContain('name: opa\n');
  expect(object(c, 'AuthorizationPolicy', 'opa').spec.rules[0].from).toEqual([
    { source: { principals: ['cluster.local/ns/shop/sa/shop'] } },
  ]);
});

describe('the trace', () => {
  const asked = (o: object, change: (c: Chart, shop: MeshService<any, any>) => unknown) => {
    const c = chartOf();
    const shop = one(c, 'Shop');
    one(c, 'Page', { calls: [shop] });
    one(c, 'Other', { calls: undefined });
    change(c, shop);
    const t = meshOf(c.node.root as App).request({ from: 'shop/page', to: shop, ...o });
    const steps = t.arrivals.flatMap((a) => a.outcome?.steps.map((s) => s.text) ?? []).filter((s) => s.includes('provider'));
    return { status: t.endings.map((e) => e.status).join(), steps, unknown: t.unknown.map((u) => u.reason) };
  };
  const guarded = (c: Chart, shop: any) => ask(c, shop, { exceptPaths: ['/healthz'] });

  test('takes a yes for granted, and says so where somebody is asked', () => {
    expect(asked({}, guarded)).toEqual({
      status: '200',
      steps: ['provider "opa" outside is asked: that it says yes is taken for granted'],
      unknown: ['a provider outside decides who may'],
    });
    expect(asked({ path: '/healthz' }, guarded)).toEqual({ status: '200', steps: [], unknown: [] });
  });

  test('a yes lets nobody in who may not call', () => {
    expect(asked({ from: 'shop/other' }, guarded).status).toBe('403');
  });
});
