import { App, Chart } from 'cdk8s';
import { CanaryRelease, header, IngressGateway, ignoreDifferences, MeshService, Port, path } from '../../src';

const image = { image: 'x:1' };

/** A cart that Argo Rollouts releases, and what Flagger does. */
function shop(): { app: App; cart: MeshService<'live', 'http'> } {
  const app = new App();
  const chart = new Chart(app, 'shop', { namespace: 'shop' });
  const cart = new MeshService(chart, 'Cart', { port: Port.http(80), versions: { live: image } });
  const web = new MeshService(chart, 'Web', { port: Port.http(80), versions: { live: image } });
  const cache = new MeshService(chart, 'Cache', { port: Port.redis(6379), versions: { live: image } });
  const steps = [{ setWeight: 5 }, { setHeaderRoute: { name: 'beta', when: header('x').is('1') } }];
  new CanaryRelease(chart, 'CartRelease', { engine: 'argo-rollouts', service: cart, steps });
  new CanaryRelease(chart, 'CacheRelease', { engine: 'argo-rollouts', service: cache, steps: [{ setWeight: 5 }] });
  new CanaryRelease(chart, 'WebRelease', { engine: 'flagger', service: web, steps: [5] });
  return { app, cart };
}

test('weights, routes that steps make, and labels of subsets; of Flagger nothing', () => {
  const entry = { group: 'networking.istio.io', namespace: 'shop' };
  const labels = ['.spec.subsets[].labels']; // which Git has: Argo CD keeps no live list for a label that Git lacks
  const { app } = shop();
  expect(ignoreDifferences(app)).toEqual([
    {
      ...entry,
      kind: 'VirtualService',
      name: 'cart',
      jqPathExpressions: ['.spec.http[].route[].weight', '.spec.http[] | select(.name == "beta")'],
    },
    { ...entry, kind: 'DestinationRule', name: 'cart', jqPathExpressions: labels },
    { ...entry, kind: 'VirtualService', name: 'cache', jqPathExpressions: ['.spec.tcp[].route[].weight'] },
    { ...entry, kind: 'DestinationRule', name: 'cache', jqPathExpressions: labels },
  ]);
  expect(ignoreDifferences(new App())).toEqual([]);
});

test('what synth would refuse is refused', () => {
  const { app, cart } = shop();
  new IngressGateway(cart, 'Edge', { hosts: ['a.example.com'] }).route(path.prefix('/'), cart);
  expect(() => ignoreDifferences(app)).toThrow(/before all routes of VirtualService "edge-a-example-com"/);
  expect(() => ignoreDifferences({} as any)).toThrow('ignoreDifferences takes the App');
});
