import { movedPorts } from '../../../src/apply/plan/moved-ports';
import { manifest } from '../../order/support';

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
  expect(only!.message).toContain('its port 80 leads to 9090 instead of 8080, while old pods of Deployment/a/web and new ones');
});

const unnamed = { ...pods(8080), object: structuredClone(pods(8080).object) };
delete unnamed.object.spec.template.spec.containers[0].ports[0].name;

test.each([
  ['a name, which each pod has for itself', [service('http'), pods(8080)], [service('http'), pods(9090)], 0],
  [
    'the steps of the way out: pods that come to listen at both',
    [service(8080), pods(8080)],
    [service(8080), pods(8080, 9090)],
    0,
  ],
  ['then the Service', [service(8080), pods(8080, 9090)], [service(9090), pods(8080, 9090)], 0],
  ['then pods that listen at the new one', [service(9090), pods(8080, 9090)], [service(9090), pods(9090)], 0],
  ['two of the steps at once', [service(8080), pods(8080)], [service(9090), pods(8080, 9090)], 1],
  ['the others', [service(8080), pods(8080, 9090)], [service(9090), pods(9090)], 1],
  ['a name that pods come to have', [service(8080), unnamed], [service('http'), pods(8080)], 1],
  ['one that they have', [service(8080), pods(8080)], [service('http'), pods(8080)], 0],
  ['pods that say nothing of their ports', [service(8080), pods()], [service(9090), pods()], 0],
  ['what comes', [], [service(9090), pods(9090)], 0],
  ['pods of another name', [service(8080), pods(8080)], [service(9090), { ...pods(9090), name: 'web-2' }], 0],
])('%s', (_, before, after, refused) => expect(movedPorts(before, after)).toHaveLength(refused));
