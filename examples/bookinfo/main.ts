// Istio's Bookinfo: a canary, a fault, a mirror, an old host that moves, a partner outside, and a gateway in front.
import { Chart } from 'cdk8s';
import {
  App,
  CanaryRelease,
  ExternalService,
  FaultInjection,
  header,
  IngressGateway,
  MeshService,
  Port,
  path,
  SecureNamespace,
  StranglerMigration,
  TrafficMirror,
} from 'cdk8s-mesh';

const app = new App();
const chart = new Chart(app, 'bookinfo', { namespace: 'bookinfo' });
new SecureNamespace(chart, 'Namespace');

const image = (name: string) => `docker.io/istio/examples-bookinfo-${name}:1.20.3`;
const port = Port.http(9080);

const ratings = new MeshService(chart, 'Ratings', { port, versions: { v1: { image: image('ratings-v1') } }, calls: [] });
const details = new MeshService(chart, 'Details', {
  port,
  versions: { v1: { image: image('details-v1') }, v2: { image: image('details-v2') } },
  defaultVersion: 'v1',
  calls: [],
});
const reviews = new MeshService(chart, 'Reviews', {
  port,
  versions: { v1: { image: image('reviews-v1') }, v2: { image: image('reviews-v2') }, v3: { image: image('reviews-v3') } },
  calls: [ratings],
});

// A partner's service outside the mesh: nobody waits longer than 10 s for it.
const partner = new ExternalService(chart, 'BarFoo', {
  host: 'bar.foo.com',
  port: Port.http(80),
  callPolicy: { timeout: '10s' },
});
// The product page used to live elsewhere; 5 % of the requests still go there.
const old = new ExternalService(chart, 'OldProductPage', { host: 'old.productpage.com', port: Port.http(80) });
const page = new MeshService(chart, 'ProductPage', {
  name: 'productpage',
  port,
  versions: { v1: { image: image('productpage-v1') } },
  calls: [reviews, details, partner, old],
});
new StranglerMigration(chart, 'Moved', { from: old, to: page, percent: 95 });

// 10 % of reviews to v2; jason sees v2 always.
new CanaryRelease(chart, 'ReviewsCanary', { service: reviews, stable: 'v1', canary: 'v2', percent: 10 });
reviews.routeTo('v2', header('end-user').is('jason'), 'jason');
// details v2 is tried with copies of a fifth of the requests.
new TrafficMirror(chart, 'TryDetailsV2', { service: details, to: details, version: 'v2', percent: 20 });

// What does the page do when reviews fail, or ratings are slow?
new FaultInjection(chart, 'AliceSees500', { service: reviews, when: header('end-user').is('alice'), abort: { status: 500 } });
new FaultInjection(chart, 'BobWaits', { service: ratings, when: header('end-user').is('bob'), delay: '2s' });

new IngressGateway(chart, 'Bookinfo', { hosts: ['bookinfo.example.com'] }).route(
  path
    .exact('/productpage')
    .or(path.exact('/login'))
    .or(path.exact('/logout'))
    .or(path.prefix('/static'))
    .or(path.prefix('/api/v1/products')),
  page,
);

app.synth();
