import type { Manifest } from '../../../src/manifests/manifest';
import { factText } from '../../../src/order/facts/fact-sorts';
import { podFacts } from '../../../src/order/facts/pods-behind';
import type { Phases } from '../../../src/order/phase';
import { phasesOf } from '../../../src/order/phases';
import { host, manifest, routes, service, shown, subsets } from '../support';

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

/** The workloads that each phase ends with waiting for. */
const waits = ({ phases }: Phases) => phases.map((p) => p.pods.map((m) => m.name));

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

  test('are ready before others are taken away that the same host stands for', () => {
    const both = [web, routes('web', 'web')];
    for (const mesh of [both, [web]]) {
      const made = plan([...mesh, pods('web-v1', { version: 'v1' })], [...mesh, pods('web-v2', { version: 'v2' })]);
      expect(shown(made)).toEqual([['create Deployment web-v2'], ['delete Deployment web-v1']]);
      expect(made.phases[0]).toMatchObject({ awaited: [`pods ${host('web')}`], settles: true });
      expect(waits(made)).toEqual([['web-v2'], []]);
    }
  });

  test('may all go where nothing takes their place and no route leads there', () => {
    const made = plan([web, pods('web-v1', {})], [web]);
    expect(made.knots).toEqual([]);
    expect(shown(made)).toEqual([['delete Deployment web-v1']]);
  });

  test('have what they need until the last of them is gone', () => {
    const account = (name: string) => manifest('v1', 'ServiceAccount', name, {});
    const map = (name: string) => manifest('v1', 'ConfigMap', name, {});
    const allow = (...names: string[]) =>
      manifest('security.istio.io/v1', 'AuthorizationPolicy', 'db', {
        selector: { matchLabels: { app: 'db' } },
        rules: [{ from: [{ source: { principals: names.map((n) => `cluster.local/ns/shop/sa/${n}`) } }] }],
      });
    const page = (name: string) =>
      manifest('apps/v1', 'Deployment', 'page', {
        template: {
          metadata: { labels: { app: 'page' } },
          spec: { serviceAccountName: name, volumes: [{ configMap: { name } }] },
        },
      });
    const made = plan(
      [account('old'), map('old'), allow('old'), page('old')],
      [account('new'), map('new'), allow('new'), page('new')],
    );
    expect(made.knots).toEqual([]);
    expect(shown(made)).toEqual([
      ['change AuthorizationPolicy db (wide)', 'create ConfigMap new', 'create ServiceAccount new'],
      ['change Deployment page'],
      ['change AuthorizationPolicy db', 'delete ConfigMap old', 'delete ServiceAccount old'],
    ]);
    expect(waits(made)).toEqual([[], ['page'], []]);
    // who is let in no more and stays as they are is not waited for
    const shut = plan(
      [account('old'), map('old'), allow('old', 'x'), page('old')],
      [account('old'), map('old'), allow('x'), page('old')],
    );
    expect(shown(shut).at(-1)).toEqual(['change AuthorizationPolicy db']);
    expect(waits(shut).flat()).toEqual([]);
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
    const state = (colour: string, ...more: Manifest[]) => [of(colour), pods('web', { colour }), ...more];
    // a Service may choose both for a while, but for pods of others
    expect(plan(state('blue'), state('green')).knots).toEqual([]);
    const red = pods('web-red', { colour: 'red' });
    const inPlace = plan(state('blue', red), state('green', red));
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

describe('live workloads whose pods are not ready', () => {
  const status = (m: Manifest, available: number, wanted = 2): Manifest => ({
    ...m,
    object: {
      ...m.object,
      spec: { ...m.object.spec, replicas: wanted },
      status: { replicas: wanted, updatedReplicas: wanted, availableReplicas: available },
    },
  });
  const v1 = status(pods('web-v1', { version: 'v1' }), 2);
  const v3 = pods('web-v3', { version: 'v3' });
  const mesh = (...more: Manifest[]) => [web, subsets('web', 'v1', 'v3'), ...more];
  const broken = status(v3, 0);

  test.each([0, 1])('are waited for before a route comes to lead there: %d of 2 are ready', (available) => {
    const now = status(v3, available);
    const made = plan(mesh(v1, now, routes('web', 'web/v1')), mesh(now, routes('web', 'web/v3')));
    expect(made.knots).toEqual([]);
    expect(shown(made)).toEqual([[], ['change VirtualService web'], ['delete Deployment web-v1']]);
    expect(waits(made)).toEqual([['web-v3'], [], []]);
  });

  test('are waited for where they change, too', () => {
    const fixed = pods('web-v3', { version: 'v3', fixed: 'yes' });
    const made = plan(mesh(v1, broken, routes('web', 'web/v1')), mesh(v1, fixed, routes('web', 'web/v3')));
    expect(shown(made)).toEqual([['change Deployment web-v3'], ['change VirtualService web']]);
    expect(waits(made)).toEqual([['web-v3'], []]);
  });

  test('hold nothing up where no route comes to lead there', () => {
    const slow = { ...routes('web', 'web/v1'), object: { spec: { ...routes('web', 'web/v1').object.spec, exportTo: ['.'] } } };
    const made = plan(mesh(v1, broken, routes('web', 'web/v1')), mesh(v1, broken, slow as Manifest));
    expect(shown(made)).toEqual([['change VirtualService web']]);
  });

  test('do not stand in for those that are taken away', () => {
    const both = [service('web'), routes('web', 'web')];
    const made = plan([...both, v1, broken], [...both, broken]);
    expect(shown(made)).toEqual([[], ['delete Deployment web-v1']]);
    expect(waits(made)).toEqual([['web-v3'], []]);
  });

  test('keep what serves while some of them are ready', () => {
    const some = status(v3, 1);
    const made = plan(mesh(v1, some, routes('web', 'web/v3')), mesh(v1, routes('web', 'web/v1')));
    expect(shown(made)).toEqual([['change VirtualService web'], ['delete Deployment web-v3']]);
  });

  test('are as new as they get by themselves, and what comes to lead there waits where none is', () => {
    const set = (updatedReplicas: number): Manifest => {
      const m = manifest('apps/v1', 'StatefulSet', 'web-v2', {
        replicas: 3,
        template: { metadata: { labels: { app: 'web', version: 'v2' } } },
        updateStrategy: { rollingUpdate: { partition: 2 } },
      });
      return { ...m, object: { ...m.object, status: { observedGeneration: 1, availableReplicas: 3, updatedReplicas } } };
    };
    const way = (n: number) => {
      const others = [web, pods('web-v1', { version: 'v1' }), subsets('web', 'v1', 'v2'), set(n)];
      return plan([...others, routes('web', 'web/v1')], [...others, routes('web', 'web/v2')]);
    };
    expect(waits(way(1))).toEqual([[]]);
    expect(waits(way(0))).toEqual([['web-v2'], []]);
  });

  test('are ready where no server has said anything', () => {
    const made = plan(mesh(v1, v3, routes('web', 'web/v1')), mesh(v1, v3, routes('web', 'web/v3')));
    expect(shown(made)).toEqual([['change VirtualService web']]);
  });
});
