// Nobody trusts nobody: users prove themselves at the edge and again where it matters, services call what they declare and no
// more, and nothing leaves the mesh but what is said, at one place.
import { Chart } from 'cdk8s';
import {
  AccessPolicy,
  App,
  claim,
  EgressGateway,
  ExternalService,
  IngressGateway,
  JwtPolicy,
  MeshService,
  Port,
  path,
  SecureNamespace,
} from 'cdk8s-mesh';

const app = new App();
const chart = new Chart(app, 'vault', { namespace: 'vault' });
const wayOut = new Chart(app, 'egress', { namespace: 'egress' });
// mutual TLS alone, denied unless declared, outbound calls to known hosts alone
for (const c of [chart, wayOut]) new SecureNamespace(c, 'Namespace');

const port = Port.http(8080);
// The one host outside, and payments alone may call it: the gateway knows who asks. Nobody's pods have another way out.
const egress = new EgressGateway(wayOut, 'Egress', { deploy: true, networkPolicy: true });
const bank = new ExternalService(chart, 'Bank', { host: 'api.bank.example', port: Port.https(443), via: egress });
const payments = new MeshService(chart, 'Payments', { port, versions: { v1: { image: 'vault/payments:1' } }, calls: [bank] });
const orders = new MeshService(chart, 'Orders', { port, versions: { v1: { image: 'vault/orders:1' } }, calls: [] });
orders.mayCall(payments, { methods: ['POST'], paths: ['/charges'] });
const shop = new MeshService(chart, 'Shop', { port, versions: { v1: { image: 'vault/shop:1' } }, calls: [orders] });
const preview = new MeshService(chart, 'Preview', { port, versions: { v1: { image: 'vault/shop:2' } }, calls: [orders] });
const admin = new MeshService(chart, 'Admin', { port, versions: { v1: { image: 'vault/admin:1' } }, calls: [] });
// An admin's token is asked for again behind the page: who has taken the page over has no more rights than the user.
admin.mayCall(orders, { claims: { groups: ['admin'] } });
const audit = new MeshService(chart, 'Audit', { port, versions: { v1: { image: 'vault/audit:1' } }, calls: [] });
audit.mayCall(orders, { methods: ['GET'] });

// Users come in with a token, which their programs get, and beta users get the preview.
const users = {
  issuer: 'https://login.example.com',
  jwksUri: 'https://login.example.com/keys',
  audiences: ['shop'],
  forward: true,
};
const edge = new IngressGateway(chart, 'Edge', { hosts: ['shop.example.com'], deploy: true })
  .route(path.prefix('/'), shop)
  .route(path.prefix('/').and(claim('groups').is('beta')), preview)
  .route(path.prefix('/admin').and(claim('groups').is('admin')), admin);
new JwtPolicy(chart, 'Users', { target: edge, issuers: [users], exceptPaths: ['/healthz'], exceptMethods: ['OPTIONS'] });
// Services call orders without one: only the admin's claims need it.
new JwtPolicy(chart, 'OrderUsers', { target: orders, issuers: [users], missing: 'accepted' });

// Tried before it holds: proxies log it where the shop deletes an order, and let it.
new AccessPolicy(chart, 'NoDeletes', { service: orders, deny: [shop, preview], methods: ['DELETE'], dryRun: true });
// Whatever else is allowed one day: the audit never writes.
new AccessPolicy(chart, 'AuditReads', { service: orders, deny: [audit], methods: ['POST', 'PUT', 'PATCH', 'DELETE'] });

app.synth();
