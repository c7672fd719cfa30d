import { App, Chart } from 'cdk8s';
import {
  EgressGateway,
  ExternalService,
  IngressGateway,
  Mesh,
  MeshService,
  Port,
  SecureNamespace,
  StranglerMigration,
} from '../../../src';
import { image, refuses, solo, web } from './support';

const own = (c: any, o: object = {}) => new EgressGateway(c, 'Egress', { deploy: true, ...o } as any);
const installed = (c: any, o: object = {}) => new EgressGateway(c, 'Egress', o as any);
/** A host that goes through it, and a caller. */
const via = (c: any, egress: unknown, o: object = {}) =>
  new ExternalService(c, 'Api', { host: 'api.example.com', port: Port.http(80), via: egress, ...o } as any);
const called = (c: any, egress: unknown, o: object = {}) => web(c, { calls: [via(c, egress, o)] });
const addresses = ['203.0.113.7'];

refuses([
  [
    'a gateway that nothing goes through',
    (c) => own(c),
    /egress gateway "egress" has nothing that goes through it: give an ExternalService via/,
  ],
  ['both ways to have pods', (c) => called(c, own(c, { workload: {} })), /egress gateway "egress" has both deploy and workload/],
  ['a misspelt property', (c) => own(c, { deployed: true }), /has no property "deployed" \(did you mean "deploy"\?\)/],
  [
    'a switch that is text',
    (c) => own(c, { networkPolicy: 'yes' }),
    /property "networkPolicy" of "chart\/Egress" is "yes": it has to be true or false/,
  ],
  ['a port that is none', (c) => called(c, own(c, { port: 0 })), /port of egress gateway "egress" is 0/],
  ['a port that is the proxy’s', (c) => called(c, own(c, { port: 15090 })), /15090/],
  [
    'a workload without labels',
    (c) => installed(c, { workload: { labels: {} } }),
    /workload\.labels of "chart\/Egress" are empty/,
  ],
  [
    'a workload with a misspelt property',
    (c) => installed(c, { workload: { svc: 'x' } }),
    /workload of "chart\/Egress" has no property "svc"/,
  ],
  [
    'a Service that is none',
    (c) => installed(c, { workload: { service: 'A.b' } }),
    /workload\.service of "chart\/Egress" is "A\.b"/,
  ],
  ['no gateway', (c) => via(c, 'egress'), /via of external service "api" is no EgressGateway/],
  ['a service for a gateway', (c) => via(c, solo(c)), /via of external service "api" is no EgressGateway/],
  [
    'a gateway of another app',
    (c) => via(c, own(new Chart(new App(), 'other', { namespace: 'other' }))),
    /via of external service "api": "other\/Egress" belongs to another app, which writes what its pods do/,
  ],
  [
    'a wildcard',
    (c) => via(c, own(c), { host: '*.example.com', port: Port.https(443) }),
    /host "\*\.example\.com" is a wildcard: the gateway would not know where to go/,
  ],
  [
    'a block of addresses',
    (c) => via(c, own(c), { port: Port.tcp(9000), addresses: ['203.0.113.0/24'] }),
    /has a block of addresses: the gateway does not see which of them/,
  ],
  [
    'all addresses',
    (c) => via(c, undefined, { port: Port.tcp(9000), addresses: ['0.0.0.0/0'] }),
    /address "0\.0\.0\.0\/0" of external service "api" is every address/,
  ],
  [
    'all calls past the proxy',
    (c) =>
      solo(c, {
        versions: {
          v1: { ...image, podAnnotations: { 'traffic.sidecar.istio.io/excludeOutboundIPRanges': '10.0.0.0/8,0.0.0.0/0' } },
        },
      }),
    /podAnnotations of version "v1" of "chart\/Solo" send all that it calls past the proxy/,
  ],
  [
    'several ports',
    (c) => via(c, own(c), { port: undefined, ports: [Port.http(80), Port.https(443)] }),
    /external service "api" goes through egress gateway "egress", and has ports 80, 443: the gateway knows the host and not the port/,
  ],
  [
    'several hosts that connections do not name',
    (c) =>
      via(c, own(c), { host: undefined, hosts: ['a.com', 'b.com'], port: Port.mysql(3306), addresses, endpoints: addresses }),
    /has several hosts and a mysql port/,
  ],
  [
    'a host that is too long for a name',
    (c) => via(c, own(c), { host: `${'a'.repeat(60)}.example.com` }),
    /is too long to go through an egress gateway: what is named after it has 72 characters/,
  ],
  [
    'limits',
    (c) => web(c).mayCall(via(c, own(c)), { methods: ['GET'] }),
    /limits for calls of service "web" to external service "api" hold nowhere/,
  ],
  [
    'callers that no sidecar leads',
    (c) => {
      new SecureNamespace(c, 'Namespace', { dataPlane: 'ambient' });
      called(c, own(c));
    },
    /calls from namespace "shop" would go past egress gateway "egress": the namespace is ambient/,
  ],
  [
    'callers that are not known, and a gateway elsewhere',
    (c) => {
      const api = via(c, installed(c));
      new StranglerMigration(c, 'Move', { from: api as any, to: solo(c), percent: 1 });
    },
    /has its pods in namespace "istio-system", where this app writes nothing, and who calls external service "api" is not known, since a migration leads from it: .*; make the EgressGateway in a chart of namespace "istio-system", or let it have pods of its own \(deploy: true\)/,
  ],
  [
    'another way out that is closed',
    (c) => {
      const past = new ExternalService(c, 'Past', { host: 'past.example.com', port: Port.https(443) });
      web(c, { calls: [via(c, own(c, { networkPolicy: true })), past] });
    },
    /leaves pods of namespace "shop" no other way out, and they call external service "past" \("chart\/Past".*\) past it: give that one via, too/,
  ],
  [
    'a namespace of nobody’s that should be closed',
    (c) => {
      const api = via(c, own(c, { networkPolicy: true }));
      const page = MeshService.fromName({ name: 'page', namespace: 'elsewhere' });
      api.admit(page, {});
    },
    /leaves pods of namespace "elsewhere" no other way out, and no chart of this app has that namespace/,
  ],
  [
    'a caller in a namespace of nobody’s, and a gateway elsewhere',
    (c) => via(c, installed(c)).admit(MeshService.fromName({ name: 'page', namespace: 'elsewhere' }), {}),
    /where this app writes nothing, and neither in namespace "elsewhere", from where it is called/,
  ],
  [
    'the installation’s, misspelt',
    (c) => new Mesh(c, 'Mesh', { egress: { svc: 'x' } } as any),
    /egress of "chart\/Mesh" has no property "svc"/,
  ],
  [
    'a port that is for something else already',
    (c) => {
      const labels = { istio: 'both' };
      new IngressGateway(c, 'Edge', { hosts: ['api.example.com'], port: 443, workload: { namespace: 'shop', labels } });
      called(c, installed(c, { workload: { namespace: 'shop', labels } }));
    },
    /port 443 of gateway "edge".*is for plain HTTP already/,
  ],
]);
