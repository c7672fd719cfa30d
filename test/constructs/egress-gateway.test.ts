import { ApiObject, Chart } from 'cdk8s';
import {
  EgressGateway,
  ExternalService,
  FaultInjection,
  header,
  IngressGateway,
  Mesh,
  MeshService,
  Port,
  path,
  SecureNamespace,
  StranglerMigration,
} from '../../src';
import { check } from '../../src/check/check';
import { AppModel } from '../../src/constructs/app-model';
import { manifestsOf } from '../../src/synth/manifests-of';
import { meshOf } from '../../src/testing/jest';
import { newChart, object, yamlOf } from './support';

const versions = { v1: { image: 'x:1' } };
const beside = (c: Chart, namespace: string) => new Chart(c.node.root as never, namespace, { namespace });

/** Callers in two namespaces, a gateway in a third. */
function shop(o: object = {}) {
  const c = newChart();
  const office = beside(c, 'office');
  const out = beside(c, 'out');
  for (const chart of [c, office, out]) new SecureNamespace(chart, 'Namespace');
  const egress = new EgressGateway(out, 'Egress', { deploy: true, ...o });
  const weather = new ExternalService(c, 'Weather', {
    host: 'api.weather.example',
    port: Port.http(80),
    originateTls: {},
    callPolicy: { timeout: '5s' },
    via: egress,
  });
  const pay = new ExternalService(c, 'Pay', { host: 'api.pay.example', port: Port.https(443), via: egress });
  const db = new ExternalService(out, 'Db', {
    host: 'db.example.com',
    port: Port.mysql(3306),
    addresses: ['203.0.113.7'],
    via: egress,
  });
  const web = new MeshService(c, 'Web', { port: Port.http(80), versions, calls: [weather, pay] });
  const desk = new MeshService(office, 'Desk', { port: Port.http(80), versions, calls: [weather, db] });
  return { c, office, out, egress, weather, pay, db, web, desk };
}
const tls = { port: 443, tls: true };

describe('EgressGateway', () => {
  test('one Gateway for all hosts; HTTP, TLS and other bytes in the mesh’s mutual TLS', () => {
    const { c, out } = shop();
    expect(yamlOf(out, 'Gateway', 'VirtualService', 'DestinationRule', 'AuthorizationPolicy', 'Service')).toMatchSnapshot();
    expect(yamlOf(c, 'VirtualService', 'DestinationRule')).toMatchSnapshot();
  });

  test('the gateway shows a certificate of its own to hosts that want one', () => {
    const { c, egress, out } = shop();
    const bank = new ExternalService(c, 'Bank', {
      host: 'api.bank.example',
      port: Port.http(80),
      originateTls: { clientCertificate: { secret: 'bank-client' } },
      via: egress,
    });
    const teller = new MeshService(c, 'Teller', { port: Port.http(80), versions, calls: [bank] });
    expect(object(c, 'DestinationRule', 'bank').spec.trafficPolicy.portLevelSettings[0].tls).toEqual({
      mode: 'MUTUAL',
      sni: 'api.bank.example',
      subjectAltNames: ['api.bank.example'],
      credentialName: 'bank-client',
    });
    expect(meshOf(out.node.root as never).request({ from: teller, to: bank })).toReach('api.bank.example');
    const { diagnostics } = check({ manifests: manifestsOf(c.node.root), unreadable: [] } as never);
    expect(diagnostics.map((d) => d.rule).filter((rule) => /tls|suppression/.test(rule))).toEqual([]);
  });

  test('who declares a call gets out, hop by hop, from whatever namespace; nobody else does', () => {
    const { c, web, desk, weather, pay, db } = shop();
    const mesh = meshOf(c.node.root as never);
    for (const from of [web, desk]) {
      expect(mesh.request({ from, to: weather })).toReach('api.weather.example');
      expect(mesh.request({ from, to: weather })).toTimeOutAfter('5s');
    }
    expect(mesh.request({ from: web, to: pay, ...tls })).toReach('api.pay.example');
    expect(mesh.request({ from: desk, to: db, port: 3306, alpn: [] })).toReach('db.example.com');
    // their Sidecars do not know these
    expect(mesh.request({ from: desk, to: pay, ...tls })).not.toReach('api.pay.example');
    expect(mesh.request({ from: web, to: db, port: 3306, alpn: [] })).not.toReach('db.example.com');
  });

  test('the gateway itself lets in only who declared the call', () => {
    const { c, out, egress } = shop();
    // a service that does not say what it calls has no Sidecar of its own
    const nosy = new MeshService(c, 'Nosy', { port: Port.http(80), versions });
    const mesh = meshOf(c.node.root as never);
    expect(mesh.request({ from: nosy, to: 'api.weather.example', port: 80 })).not.toReach('api.weather.example');
    const policy = object(out, 'AuthorizationPolicy', 'egress-callers').spec;
    expect(policy.selector.matchLabels).toEqual(egress.labels);
    expect(JSON.stringify(policy)).not.toContain('nosy');
    // also where namespaces say nothing about who may call
    const plain = newChart();
    const open = new EgressGateway(plain, 'Egress', { deploy: true });
    const api = new ExternalService(plain, 'Api', { host: 'api.example.com', port: Port.http(80), via: open });
    const one = new MeshService(plain, 'One', { port: Port.http(80), versions, calls: [api] });
    const two = new MeshService(plain, 'Two', { port: Port.http(80), versions });
    const all = meshOf(plain, { injected: 'all' });
    expect(all.request({ from: one, to: api })).toReach('api.example.com');
    expect(all.request({ from: two, to: api })).toBeDenied();
  });

  test('the route table of the host decides: faults at the caller, routes by header to a service, migrations', () => {
    const { c, web, weather, egress } = shop();
    const fresh = new MeshService(c, 'Fresh', { port: Port.http(80), versions });
    new StranglerMigration(c, 'Move', { from: weather as never, to: fresh as never, percent: 25 });
    new FaultInjection(c, 'Broken', { service: fresh as never, when: header('x-test').is('1'), abort: { status: 500 } });
    web.mayCall(fresh);
    const mesh = meshOf(c.node.root as never);
    expect(mesh.request({ from: web, to: weather })).toSplit({ 'api.weather.example': 75, 'shop/fresh': 25 });
    // who calls the new name leaves by the gateway, too
    expect(mesh.request({ from: web, to: fresh })).toSplit({ 'api.weather.example': 75, 'shop/fresh': 25 });
    expect(mesh.request({ from: web, to: fresh, headers: { 'x-test': '1' } })).toAbort(500, 25);
    expect(object(c, 'Sidecar', 'web').spec.egress[0].hosts).toContain(`out/${egress.host}`);
  });

  test('a migration leads through a gateway installed elsewhere, where the app writes in its namespace', () => {
    const c = newChart();
    const istio = new Chart(c.node.root as never, 'istio', { namespace: 'istio-system' });
    const egress = new EgressGateway(istio, 'Egress', {});
    // what Istio's installation has
    const labels = { istio: 'egressgateway' };
    const podTemplate = { metadata: { labels }, spec: { containers: [{ name: 'istio-proxy', image: 'auto' }] } };
    for (const [apiVersion, kind, spec] of [
      ['v1', 'Service', { selector: labels, ports: [{ name: 'https', port: 443, targetPort: 8443 }] }],
      ['apps/v1', 'Deployment', { selector: { matchLabels: labels }, template: podTemplate }],
    ] as const)
      new ApiObject(istio, kind, { apiVersion, kind, metadata: { name: 'istio-egressgateway' }, spec });
    const old = new ExternalService(c, 'Old', { host: 'old.example.com', port: Port.http(80), via: egress });
    const fresh = new MeshService(c, 'Fresh', { port: Port.http(80), versions, calls: [] });
    const web = new MeshService(c, 'Web', { port: Port.http(80), versions, calls: [fresh] });
    new StranglerMigration(c, 'Move', { from: old, to: fresh, percent: 25 });
    expect(meshOf(c.node.root as never).request({ from: web, to: fresh })).toSplit({ 'old.example.com': 75, 'shop/fresh': 25 });
  });

  test('requests at the edge leave by it as well', () => {
    const { c, weather } = shop();
    const fresh = new MeshService(c, 'Fresh', { port: Port.http(80), versions, calls: [] });
    new StranglerMigration(c, 'Move', { from: weather as never, to: fresh as never, percent: 50 });
    const edge = new IngressGateway(c, 'Edge', { hosts: ['shop.example.com'], deploy: true });
    edge.route(path.prefix('/'), fresh);
    const mesh = meshOf(c.node.root as never);
    expect(mesh.request({ from: 'gateway:shop/edge', to: 'shop.example.com', port: 80 })).toSplit({
      'api.weather.example': 50,
      'shop/fresh': 50,
    });
  });

  test('is clean, and the same in whatever order hosts come', () => {
    const { c } = shop({ networkPolicy: true });
    const { diagnostics } = check({ manifests: manifestsOf(c.node.root as never), unreadable: [] } as never);
    expect(diagnostics.filter((d) => d.rule !== 'authorization-nobody-left')).toEqual([]);
    const gatewayOf = (hosts: readonly string[]) => {
      const chart = newChart();
      const egress = new EgressGateway(chart, 'Egress', { deploy: true });
      for (const host of hosts)
        new ExternalService(chart, host.slice(0, 1).toUpperCase(), { host, port: Port.https(443), via: egress });
      return [object(chart, 'Gateway', 'egress'), object(chart, 'DestinationRule', 'egress')];
    };
    expect(gatewayOf(['a.example.com', 'b.example.com'])).toEqual(gatewayOf(['b.example.com', 'a.example.com']));
  });

  test('networkPolicy leaves the pods of callers no other way out, and the gateway its own', () => {
    const { c, out, web, weather } = shop({ networkPolicy: true });
    expect(yamlOf(out, 'NetworkPolicy')).toMatchSnapshot();
    const mesh = meshOf(c.node.root as never);
    // no doubt: all pods may be reached
    expect(mesh.request({ from: web, to: weather })).toReach('api.weather.example');
  });

  test('hosts with dashes and dots are told apart', () => {
    const c = newChart();
    const egress = new EgressGateway(c, 'Egress', { deploy: true });
    const hosts = ['a-b.example.com', 'a.b.example.com'];
    const api = new ExternalService(c, 'Api', { hosts, port: Port.http(80), via: egress });
    const web = new MeshService(c, 'Web', { port: Port.http(80), versions, calls: [api] });
    const mesh = meshOf(c, { injected: 'all' });
    for (const to of hosts) expect(mesh.request({ from: web, to })).toReach(to);
  });
});

describe('EgressGateway with pods that exist already', () => {
  test('its DestinationRule is in the namespaces of its callers, for them alone', () => {
    const c = newChart();
    const office = beside(c, 'office');
    const egress = new EgressGateway(c, 'Egress');
    const api = new ExternalService(c, 'Api', { host: 'api.example.com', port: Port.http(80), via: egress });
    for (const chart of [c, office]) new MeshService(chart, 'Web', { port: Port.http(80), versions, calls: [api] });
    expect(yamlOf(c, 'Gateway', 'DestinationRule')).toMatchSnapshot();
    const rules = c.toJson().filter((o: any) => o.kind === 'DestinationRule');
    expect(rules.map((o: any) => [o.metadata.namespace, o.spec.exportTo])).toEqual([
      ['office', ['.']],
      ['shop', ['.']],
    ]);
    expect(c.toJson().some((o: any) => o.kind === 'AuthorizationPolicy')).toBe(false);
    expect(AppModel.of(c).warnings()).toEqual([
      expect.objectContaining({
        construct: 'chart/Egress',
        message: expect.stringMatching(/^lets every workload of the mesh out/),
      }),
    ]);
  });

  test('in a chart of their namespace it is as with pods of its own', () => {
    const c = newChart();
    new Mesh(c, 'Mesh', {
      egress: { namespace: 'gateways', labels: { app: 'egress' }, serviceAccount: 'out', service: 'egress' },
    });
    const home = beside(c, 'gateways');
    const egress = new EgressGateway(home, 'Egress');
    const api = new ExternalService(c, 'Api', { host: 'api.example.com', port: Port.http(80), via: egress });
    new MeshService(c, 'Web', { port: Port.http(80), versions, calls: [api] });
    expect(egress.host).toBe('egress.gateways.svc.cluster.local');
    expect(egress.principals).toEqual(['cluster.local/ns/gateways/sa/out']);
    expect(object(home, 'DestinationRule', 'egress').spec.exportTo).toBeUndefined();
    expect(object(home, 'AuthorizationPolicy', 'egress-callers').spec.rules).toHaveLength(1);
    expect(AppModel.of(c).warnings()).toEqual([]);
  });
});
