import { App, Chart } from 'cdk8s';
import { MeshService, Port } from '../../../src';
import type { KubeObject } from '../manifests';

/** Services in a namespace. */
const EACH = 20;

/** So many services with one pod each, in namespaces of twenty; each calls the three after it. */
export function manyServices(count: number): KubeObject[] {
  const app = new App();
  const charts = Array.from(
    { length: Math.ceil(count / EACH) },
    (_, i) => new Chart(app, `team-${i}`, { namespace: `team-${i}` }),
  );
  const services = Array.from({ length: count }, (_, i) => {
    const chart = charts[Math.floor(i / EACH)]!;
    return new MeshService(chart, `S${i}`, { port: Port.http(8080), versions: { v1: { image: 'x:1' } } });
  });
  for (const [i, s] of services.entries()) for (const n of [1, 2, 3]) s.mayCall(services[(i + n) % count]!);
  return app.charts.flatMap((c) => c.toJson() as KubeObject[]);
}
