// Checked at every synth: by checkAtSynth, and by cdk8s-cli's validations with the cdk8s.yaml beside. The gateway's pods are in
// the platform team's repository, so that they are not found here is right, for now.
import { Chart } from 'cdk8s';
import { App, checkAtSynth, IngressGateway, ignoreFinding, Mesh, MeshService, Port, path, SecureNamespace } from 'cdk8s-mesh';

const app = new App();
new Mesh(app, 'Mesh', {
  ingress: { namespace: 'istio-ingress', labels: { istio: 'ingress' }, serviceAccount: 'istio-ingress' },
});
checkAtSynth(app);

const chart = new Chart(app, 'checked', { namespace: 'checked' });
new SecureNamespace(chart, 'Namespace');
const web = new MeshService(chart, 'Web', { port: Port.http(8080), versions: { v1: { image: 'shop/web:1' } }, calls: [] });
const edge = new IngressGateway(chart, 'Edge', { hosts: ['shop.example.com'] });
edge.route(path.prefix('/'), web);
const elsewhere = { reason: 'the platform team runs the gateway, from their own repository', until: '2099-01-01' };
ignoreFinding(edge, { rule: 'gateway-selects-no-pod', ...elsewhere });
ignoreFinding(web, { rule: 'principal-unknown', ...elsewhere });

app.synth();
