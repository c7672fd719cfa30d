// A .NET service behind the default ingress gateway.
import { Chart } from 'cdk8s';
import { App, IngressGateway, MeshService, Port, path, SecureNamespace } from 'cdk8s-mesh';
import { ImagePullPolicy } from 'cdk8s-plus-27';

const app = new App();
const chart = new Chart(app, 'weather-forecast', { namespace: 'weather-forecast' });
new SecureNamespace(chart, 'Namespace');

const forecast = new MeshService(chart, 'WeatherForecast', {
  port: Port.http(80),
  versions: { v1: { image: 'weather-forecast:weather-forecast', imagePullPolicy: ImagePullPolicy.IF_NOT_PRESENT } },
  calls: [],
});
new IngressGateway(chart, 'Weather', { hosts: ['*'] }).route(path.exact('/weatherforecast'), forecast);

app.synth();
