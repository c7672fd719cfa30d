import { App, Chart } from 'cdk8s';
import { CanaryRelease, FaultInjection, header, MeshService, Port, SecureNamespace } from 'cdk8s-mesh';

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
// The published types know the versions.
// @ts-expect-error "v3" is none of them
export const wrong = () => new CanaryRelease(shop, 'Wrong', { service: reviews, stable: 'v1', canary: 'v3', percent: 10 });
app.synth();
