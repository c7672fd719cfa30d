// A store whose YAML Argo CD or Flux synchronizes: every object says the wave in which it is written. Beside it: the
// Application (argo-cd), the Kustomizations (flux), and pipelines that say what a change does before it is merged.
import { Chart } from 'cdk8s';
import { App, CanaryRelease, IngressGateway, MeshService, Port, path, SecureNamespace, syncWaves } from 'cdk8s-mesh';

const app = new App();
syncWaves(app);

const chart = new Chart(app, 'store', { namespace: 'store' });
new SecureNamespace(chart, 'Namespace');

const port = Port.http(8080);
const cart = new MeshService(chart, 'Cart', {
  port,
  versions: { v1: { image: 'store/cart:1' }, v2: { image: 'store/cart:2' } },
  calls: [],
});
const web = new MeshService(chart, 'Web', { port, versions: { v1: { image: 'store/web:1' } }, calls: [cart] });

new CanaryRelease(chart, 'CartCanary', { service: cart, stable: 'v1', canary: 'v2', percent: 10 });
new IngressGateway(chart, 'Edge', { hosts: ['store.example.com'] }).route(path.prefix('/'), web);

app.synth();
