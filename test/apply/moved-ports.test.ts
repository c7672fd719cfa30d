import { movedPorts } from '../../src/apply/moved-ports';
import { manifest } from './support';

const service = (targetPort: number | string) =>
  manifest('v1', 'Service', 'web', { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort }] }, 'a');
const pods = (...ports: number[]) =>
  manifest(
    'apps/v1',
    'Deployment',
    'web',
    {
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'c', ports: ports.map((containerPort) => ({ name: 'http', containerPort })) }] },
      },
    },
    'a',
  );

test('a number that moves with its pods has no order, and the way out is said', () => {
  const [only, ...others] = movedPorts([service(8080), pods(8080)], [service(9090), pods(9090)]);
  expect(others).toEqual([]);
  expect(only!.what).toBe('Service/a/web');
  expect(only!.message).toContain('its port 80 leads to 9090 instead of 8080, as pods of Deployment/a/web listen there');
});

test.each([
  ['a name, which each pod has for itself', [service('http'), pods(8080)], [service('http'), pods(9090)]],
  ['pods that listen at both before', [service(8080), pods(8080, 9090)], [service(9090), pods(9090)]],
  ['pods that listen at both after', [service(8080), pods(8080)], [service(9090), pods(8080, 9090)]],
  ['pods that stay', [service(8080), pods(8080, 9090)], [service(9090), pods(8080, 9090)]],
  ['pods that say nothing of their ports', [service(8080), pods()], [service(9090), pods()]],
  ['what comes', [], [service(9090), pods(9090)]],
  ['pods of another name', [service(8080), pods(8080)], [service(9090), { ...pods(9090), name: 'web-2' }]],
])('%s: no refusal', (_, before, after) => expect(movedPorts(before, after)).toEqual([]));
