import { phasesOf } from '../../src/apply/phases';
import { podFacts } from '../../src/apply/readiness';
import { factText } from '../../src/apply/references';
import type { Manifest } from '../../src/manifests/manifest';
import { host, manifest, routes, service, shown, subsets } from './support';

const pods = (name: string, labels: object, app = 'web') =>
  manifest('apps/v1', 'Deployment', name, { template: { metadata: { labels: { app, ...labels } } } });
const rule = (all: Readonly<Record<string, object>>) =>
  manifest('networking.istio.io/v1', 'DestinationRule', 'web', {
    host: host('web'),
    subsets: Object.entries(all).map(([name, labels]) => ({ name, labels })),
  });
const web = service('web');
const plan = (live: readonly Manifest[], desired: readonly Manifest[]) =>
  phasesOf({ live, desired }, 'cluster.local', podFacts([...live, ...desired], 'cluster.local'));

describe('pods that a host or a subset asks for', () => {
  test('are ready before the route that leads to them', () => {
    const made = plan(
      [web, pods('web-v1', { version: 'v1' }), subsets('web', 'v1'), routes('web', 'web/v1')],
      [
        web,
        pods('web-v1', { version: 'v1' }),
        pods('web-v2', { version: 'v2' }),
        subsets('web', 'v1', 'v2'),
        routes('web', 'web/v2'),
      ],
    );
    expect(made.knots).toEqual([]);
    expect(shown(made)).toEqual([['change DestinationRule web', 'create Deployment web-v2'], ['change VirtualService web']]);
    expect(made.phases[0]!.awaited).toContain(`pods ${host('web')} v2`);
  });

  test('are ready before a subset asks for a label that they did not have', () => {
    const made = plan(
      [web, pods('web-v1', { version: 'v1' }), subsets('web', 'v1'), routes('web', 'web/v1')],
      [
        web,
        pods('web-v1', { version: 'v1', tier: 'gold' }),
        rule({ v1: { version: 'v1', tier: 'gold' } }),
        routes('web', 'web/v1'),
      ],
    );
    expect(made.knots).toEqual([]);
    expect(shown(made)).toEqual([['change Deployment web-v1'], ['change DestinationRule web']]);
    expect(made.phases[0]!.awaited).toEqual([`pods ${host('web')} v1 (tier=gold,version=v1)`]);
    expect(made.phases[0]!.settles).toBe(true);
  });

  test('keep a label until no subset asks for it', () => {
    const made = plan(
      [web, pods('web-v1', { version: 'v1', tier: 'gold' }), rule({ v1: { tier: 'gold' } }), routes('web', 'web/v1')],
      [web, pods('web-v1', { version: 'v1' }), subsets('web', 'v1'), routes('web', 'web/v1')],
    );
    expect(made.knots).toEqual([]);
    expect(shown(made)).toEqual([['change DestinationRule web'], ['change Deployment web-v1']]);
    expect(made.phases[0]!.settles).toBe(true);
  });

  test('are there of both versions while a subset moves from one to the other', () => {
    const made = plan(
      [web, pods('web-v1', { version: 'v1' }), rule({ stable: { version: 'v1' } }), routes('web', 'web/stable')],
      [web, pods('web-v2', { version: 'v2' }), rule({ stable: { version: 'v2' } }), routes('web', 'web/stable')],
    );
    expect(made.knots).toEqual([]);
    expect(shown(made)).toEqual([['create Deployment web-v2'], ['change DestinationRule web'], ['delete Deployment web-v1']]);
    expect(made.phases.map((p) => p.settles)).toEqual([true, true, false]);
  });

  test('are there of both colours while a Service moves from one to the other', () => {
    const of = (colour: string) =>
      manifest('v1', 'Service', 'web', { selector: { app: 'web', colour }, ports: [{ name: 'http', port: 80 }] });
    const made = plan(
      [of('blue'), pods('web-blue', { colour: 'blue' }), subsets('web', 'v1')],
      [of('green'), pods('web-green', { colour: 'green' }), subsets('web', 'v1')],
    );
    expect(made.knots).toEqual([]);
    expect(shown(made)).toEqual([['create Deployment web-green'], ['change Service web'], ['delete Deployment web-blue']]);
  });

  test('cannot be other ones in place: there is no order without a gap', () => {
    const { knots } = plan(
      [web, pods('web', { version: 'v1' }), rule({ stable: { version: 'v1' } }), routes('web', 'web/stable')],
      [web, pods('web', { version: 'v2' }), rule({ stable: { version: 'v2' } }), routes('web', 'web/stable')],
    );
    expect(knots.map((k) => k.key).sort()).toEqual(['apps/Deployment shop/web', 'networking.istio.io/DestinationRule shop/web']);
    expect(knots.flatMap((k) => k.facts.map(factText)).sort()).toEqual([
      `pods of ${host('web')}, subset stable (version=v1)`,
      `pods of ${host('web')}, subset stable (version=v2)`,
    ]);
    const of = (colour: string) => manifest('v1', 'Service', 'web', { selector: { app: 'web', colour } });
    const inPlace = plan([of('blue'), pods('web', { colour: 'blue' })], [of('green'), pods('web', { colour: 'green' })]);
    expect(inPlace.knots.flatMap((k) => k.facts.map(factText)).sort()).toEqual([
      `pods of ${host('web')} (app=web,colour=blue)`,
      `pods of ${host('web')} (app=web,colour=green)`,
    ]);
  });

  test('of subsets that no route leads to may be any', () => {
    const made = plan(
      [web, pods('web', { version: 'v1' }), rule({ stable: { version: 'v1' } }), routes('web', 'web')],
      [web, pods('web', { version: 'v2' }), rule({ stable: { version: 'v2' } }), routes('web', 'web')],
    );
    expect(made.knots).toEqual([]);
  });
});
