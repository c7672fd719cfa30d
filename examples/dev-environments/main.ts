// Header-routed environments: dev1 is written here, the others are files that their developers own.
import { join } from 'node:path';
import { Chart } from 'cdk8s';
import { App, HeaderRoutedDevEnv, IngressGateway, MeshService, Port, path, SecureNamespace } from 'cdk8s-mesh';

const app = new App();
const chart = new Chart(app, 'shop', { namespace: 'shop' });
new SecureNamespace(chart, 'Namespace');

const serviceB = new MeshService(chart, 'MicroserviceB', {
  name: 'microservice-b',
  port: Port.http(8080),
  versions: { v1: { image: 'shop/microservice-b:1.4' } },
  calls: [],
});
const serviceA = new MeshService(chart, 'MicroserviceA', {
  name: 'microservice-a',
  port: Port.http(8080),
  versions: { v1: { image: 'shop/microservice-a:2.0' } },
  calls: [serviceB],
});

new HeaderRoutedDevEnv(chart, 'Dev1', {
  name: 'dev1',
  header: 'microservice-b-router',
  forks: [serviceB.fork({ image: 'shop/microservice-b:pr-42' })],
});
HeaderRoutedDevEnv.fromFiles(
  chart,
  join(__dirname, 'environments'),
  { 'microservice-a': serviceA, 'microservice-b': serviceB },
  { header: 'microservice-b-router' },
);

new IngressGateway(chart, 'Shop', { hosts: ['shop.example.com'] }).route(path.prefix('/'), serviceA);

app.synth();
