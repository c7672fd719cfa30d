const { App, Chart } = require('cdk8s');
const { CanaryRelease, FaultInjection, header, MeshService, Port, SecureNamespace } = require('cdk8s-mesh');

const app = new App({ outdir: 'out' });
const shop = new Chart(app, 'shop', { namespace: 'shop' });
new SecureNamespace(shop, 'Namespace');
const ratings = new MeshService(shop, 'Ratings', { port: Port.http(9080), versions: { v1: { image: 'ratings:1' } }, calls: [] });
const reviews = new MeshService(shop, 'Reviews', {
  port: Port.http(9080),
  versions: { v1: { image: 'reviews:1' }, v2: { image: 'reviews:2' } },
  calls: [ratings],
});
new CanaryRelease(shop, 'Canary', { service: reviews, stable: 'v1', canary: 'v2', percent: 10 });
new FaultInjection(shop, 'Alice', { service: reviews, when: header('end-user').is('alice'), abort: { status: 500 } });
app.synth();
