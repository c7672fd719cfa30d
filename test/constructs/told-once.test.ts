import { App, Chart } from 'cdk8s';
import { FaultInjection, IngressGateway, MeshService, Port, path } from '../../src';
import type { Problem } from '../../src/synth/problem';
import { validate } from '../../src/synth/validate';

function problems(build: (app: App) => void): readonly Problem[] {
  const app = new App();
  build(app);
  try {
    validate(app);
  } catch (e) {
    return (e as { problems: readonly Problem[] }).problems;
  }
  return [];
}

const image = { image: 'x' };
/** A service of a namespace of its own, of which nobody says which version gets what no rule decides. */
const undecided = (app: App, namespace: string) =>
  new MeshService(new Chart(app, namespace, { namespace }), 'Web', { port: Port.http(80), versions: { v1: image, v2: image } });
const edge = (app: App, to: MeshService<any, 'http'>) =>
  new IngressGateway(new Chart(app, 'gate', { namespace: 'gate' }), 'Edge', { hosts: ['a.com', 'b.com'] }).route(
    path.prefix('/'),
    to,
  );

test('a fault of a service that a gateway leads to is told at the service alone', () => {
  expect(problems((app) => edge(app, undecided(app, 'shop')))).toEqual([
    { construct: 'shop/Web', message: expect.stringContaining('has versions'), place: expect.stringContaining('told-once') },
  ]);
});

test('overlays and routes that cannot be written together are told once, with both places', () => {
  const found = problems((app) => {
    const chart = new Chart(app, 'shop', { namespace: 'shop' });
    const versions = { v1: image, v2: image };
    const web = new MeshService(chart, 'Web', { port: Port.http(80), versions, defaultVersion: 'v1' });
    web.routeTo('v2', path.matches('/a.*z'), 'odd');
    new FaultInjection(chart, 'F', { service: web, when: path.startsWith('/a'), abort: { status: 500 }, over: 'everything' });
    new IngressGateway(chart, 'Edge', { hosts: ['a.com'] }).route(path.startsWith('/'), web);
  });
  expect(found.map((p) => [p.construct, p.message])).toEqual([
    ['shop/Web', expect.stringMatching(/^"odd" \(shop\/Web.*told-once.*\) and "f" \(shop\/F.*told-once.*\) meet/)],
  ]);
});

test('the same fault of two services of one name is told twice', () => {
  const found = problems((app) => void [undecided(app, 'one'), undecided(app, 'two')]);
  expect(found.map((p) => p.construct)).toEqual(['one/Web', 'two/Web']);
});
