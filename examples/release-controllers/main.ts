// A market whose releases are left to controllers: Flagger shifts the requests of the web pages to a new version while their
// answers are good, Argo Rollouts those of the cart in steps that people promote. A new image is all that a release takes.
import { Chart } from 'cdk8s';
import { App, CanaryRelease, FaultInjection, header, IngressGateway, MeshService, Port, path, SecureNamespace } from 'cdk8s-mesh';
import { Cpu } from 'cdk8s-plus-27';

const app = new App();
const chart = new Chart(app, 'release-controllers', { namespace: 'market' });
new SecureNamespace(chart, 'Namespace');

const port = Port.http(8080);
const cart = new MeshService(chart, 'Cart', {
  port,
  versions: { live: { image: 'market/cart:1.4.0', replicas: 3 } },
  calls: [],
  callPolicy: { timeout: '2s' },
});
const web = new MeshService(chart, 'Web', {
  port,
  versions: {
    live: {
      image: 'market/web:2.1.0',
      resources: { cpu: { request: Cpu.millis(100) } },
      autoscale: { min: 2, max: 6 },
    },
  },
  calls: [cart],
});

// Flagger: 5, 25 and 50 percent, a minute each, as long as 99 % of the answers are no errors and the slowest take half a second
new CanaryRelease(chart, 'WebRelease', {
  engine: 'flagger',
  service: web,
  mirrorFirst: 10,
  steps: [5, 25, 50],
  metrics: { successRate: 99, p99: '500ms' },
});

// Argo Rollouts: testers first, then a tenth, then half, which somebody has to promote, on the same condition
new CanaryRelease(chart, 'CartRelease', {
  engine: 'argo-rollouts',
  service: cart,
  steps: [
    { setCanaryScale: { replicas: 1 } },
    { setHeaderRoute: { name: 'testers', when: header('x-tester').is('yes') } },
    { pause: '10m' },
    { setCanaryScale: 'as traffic' },
    { setWeight: 10 },
    { pause: '30m' },
    { setWeight: 50 },
    { pause: 'until promoted' },
  ],
  metrics: { prometheus: 'http://prometheus.istio-system:9090', successRate: 99, p99: '500ms' },
});

// what else is said about the two goes on through each step
new FaultInjection(chart, 'SlowForAlice', { service: cart, when: header('end-user').is('alice'), delay: '1s' });
new IngressGateway(chart, 'Edge', { hosts: ['market.example.com'] }).route(path.prefix('/'), web);

app.synth();
