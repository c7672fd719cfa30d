import fc from 'fast-check';
import { wayBetween } from '../../../src/apply/plan/offline';
import { keyOf } from '../../../src/manifests/key-of';
import type { Manifest } from '../../../src/manifests/manifest';
import { podFacts } from '../../../src/order/facts/pods-behind';
import { phasesOf } from '../../../src/order/phases';
import { manifest, service, shown } from '../support';

const app = (name: string, container: object = {}) =>
  manifest('apps/v1', 'Deployment', name, {
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', ...container }] } },
  });
const calling = (value: string, name = 'REVIEWS_HOST') => app('page', { env: [{ name, value }] });
const order = (live: readonly Manifest[], desired: readonly Manifest[]) => {
  const made = phasesOf({ live, desired }, 'cluster.local', podFacts([...live, ...desired], 'cluster.local'));
  expect(made.knots).toEqual([]);
  return made;
};
const lines = (live: readonly Manifest[], desired: readonly Manifest[]) => shown(order(live, desired));
const [page, reviews] = [service('page'), [service('reviews'), app('reviews')]];
const SILENT = app('page', { image: '2' });

test.each([
  ['reviews', 'REVIEWS_HOST'],
  ['reviews.shop', 'X'],
  ['reviews.shop.svc', 'X'],
  ['reviews.shop.svc.cluster.local', 'X'],
  ['reviews:9080', 'X'],
  ['http://reviews/v1?to=x', 'X'],
  ['grpc://user@reviews:9080', 'X'],
  ['kafka:9092,reviews.shop:9080', 'X'],
])('what goes and is called as %s waits until the old pods of its caller are gone', (value, name) => {
  const { phases } = order([page, calling(value, name), ...reviews], [page, SILENT]);
  expect(shown({ phases } as never)).toEqual([
    ['change Deployment page'],
    ['delete Deployment reviews', 'delete Service reviews'],
  ]);
  expect(phases[0]!.pods.map((m) => m.name)).toEqual(['page']);
  expect(phases[0]!.settles).toBe(false);
});

test.each([
  ['a word that is no host', calling('reviews', 'TITLE')],
  ['another namespace', calling('reviews.other')],
  ['a path', calling('/var/reviews', 'X')],
  ['nothing', app('page', { image: '1' })],
])('%s is no call', (_, from) => {
  const { phases } = order([page, from, ...reviews], [page, SILENT]);
  expect(phases.flatMap((p) => p.pods)).toEqual([]);
});

test('arguments count, and init containers, and the host of a ServiceEntry', () => {
  const entry = manifest('networking.istio.io/v1', 'ServiceEntry', 'bank', { hosts: ['api.bank.example'] });
  const started = manifest('apps/v1', 'Deployment', 'page', {
    template: { spec: { initContainers: [{ name: 'i', args: ['--wait', 'https://api.bank.example/ready'] }] } },
  });
  expect(lines([page, started, entry], [page, SILENT])).toEqual([['change Deployment page'], ['delete ServiceEntry bank']]);
});

test('what comes is there before the pods that call it', () =>
  expect(lines([page, SILENT], [page, calling('http://reviews'), ...reviews])).toEqual([
    ['create Deployment reviews', 'create Service reviews'],
    ['change Deployment page'],
  ]));

test('who goes on calling what goes means it', () => {
  const from = calling('reviews');
  expect(lines([page, from, ...reviews], [page, from])).toEqual([['delete Deployment reviews', 'delete Service reviews']]);
});

test('two that call each other come at once, and go at once', () => {
  const both = ['a', 'b'].flatMap((name, i) => [
    service(name),
    app(name, { env: [{ name: 'URL', value: `http://${'ba'[i]}` }] }),
  ]);
  expect(lines([], both).flat()).toHaveLength(4);
  expect(lines(both, []).flat()).toHaveLength(4);
});

test('one that calls itself comes and goes', () => {
  const self = [service('page'), calling('page')];
  expect(lines([], self).flat()).toHaveLength(2);
  expect(lines(self, []).flat()).toHaveLength(2);
});

test('in Git what goes takes a commit of its own, and what comes none', () => {
  expect(wayBetween([page, SILENT], [page, calling('http://reviews'), ...reviews]).commits).toHaveLength(1);
  const before = [page, calling('http://reviews'), ...reviews];
  expect(wayBetween(before, [page, SILENT]).commits).toHaveLength(2);
  expect(wayBetween([page, app('page', { image: '1' }), ...reviews], [page, SILENT]).commits).toHaveLength(1);
});

describe('releases by chance', () => {
  const NAMES = ['a', 'b', 'c', 'd'];
  /** Who is there, and whom each calls. */
  type Apps = ReadonlyMap<string, readonly string[]>;
  const apps = fc
    .tuple(...NAMES.map(() => fc.option(fc.subarray(NAMES), { freq: 3 })))
    .map((all): Apps => new Map(all.flatMap((calls, i) => (calls ? [[NAMES[i]!, calls] as const] : []))));
  const objects = (all: Apps) =>
    [...all].flatMap(([name, calls]) => [
      service(name),
      app(name, { env: calls.map((c) => ({ name: `TO_${c}`, value: `http://${c}:80` })) }),
    ]);

  test('whom pods call is there as long as they are, in any order within a phase', () =>
    fc.assert(
      fc.property(apps, apps, fc.infiniteStream(fc.nat()), (from, to, chance) => {
        const live = objects(from);
        const { phases } = order(live, objects(to));
        const there = new Set(live.map((m) => `${m.kind} ${m.name}`));
        /** Pods, and whom they call. */
        const pods = new Set([...from].map(([name, calls]) => ({ name, calls, state: from })));
        const look = () => {
          for (const { name, calls, state } of pods) {
            const isSame = `${from.get(name)}` === `${to.get(name)}`;
            for (const c of calls.filter((c) => state.has(c))) {
              // who goes on calling what goes means it, and who goes is gone with it
              if (!to.has(c) && (isSame || !to.has(name))) continue;
              // who called it in vain before goes on doing so until it is there
              if (state === to && !from.has(c) && from.get(name)?.includes(c)) continue;
              expect(there).toContain(`Service ${c}`);
              if (state === from) expect([...pods].map((p) => p.name)).toContain(c);
            }
          }
        };
        look();
        for (const { writes, pods: ready } of phases) {
          const left = [...writes];
          while (left.length > 0) {
            const [w] = left.splice(chance.next().value % left.length, 1);
            const { kind, name } = w!.object;
            if (w!.action === 'delete') there.delete(`${kind} ${name}`);
            else there.add(`${kind} ${name}`);
            if (kind === 'Deployment' && w!.action === 'delete') for (const p of pods) if (p.name === name) pods.delete(p);
            if (kind === 'Deployment' && w!.action !== 'delete') pods.add({ name, calls: to.get(name)!, state: to });
            look();
          }
          for (const m of ready)
            for (const p of pods) if (p.name === m.name && p.state === from && to.has(p.name)) pods.delete(p);
          look();
        }
        expect([...there].sort()).toEqual(
          objects(to)
            .map((m) => keyOf(m).replace(/^.*\/(\w+) .*\//, '$1 '))
            .sort(),
        );
      }),
      { numRuns: 100 },
    ));
});
