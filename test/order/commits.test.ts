import fc from 'fast-check';
import { climbing, heldBack, wayBetween } from '../../src/apply/plan/offline';
import { keyOf } from '../../src/manifests/key-of';
import { type Manifest, manifestOf } from '../../src/manifests/manifest';
import { SYNC_WAVE, syncWaveOf, syncWavesIn, WAVES, waveOf } from '../../src/manifests/wave';
import { referencesOf } from '../../src/order/facts/references';
import { Dice } from '../real/trace/dice';
import { harmOf } from './harm';
import { mesh } from './meshes';
import { ap, BASE, dep, dr, fqdn, vs } from './objects';
import { manifest, routes, service, subsets } from './support';
import { synchronized } from './synchronized';

const commits = (before: Manifest[], after: Manifest[]) => wayBetween(before, after).commits.map((c) => c.state);
const named = (state: readonly Manifest[], kind: string) => state.find((m) => m.kind === kind)?.object.spec;
const web = (...versions: string[]) => [
  service('web'),
  subsets('web', ...versions),
  routes('web', ...versions.map((v) => `web/${v}`)),
];

describe('commits', () => {
  test('nothing to do is none', () => expect(commits(web('v1'), web('v1'))).toEqual([]));
  test('what only adds is one', () => expect(commits(web('v1'), web('v1', 'v2'))).toHaveLength(1));
  test('all of a service and more is one', () => {
    expect(commits([service('x')], [service('x'), ...web('v1')])).toHaveLength(1);
    expect(commits([service('x'), ...web('v1')], [service('x')])).toHaveLength(1);
  });
  test('a subset for another is two, the first of which holds both', () => {
    const [first, second, ...more] = commits(web('v1'), web('v2'));
    expect(named(first!, 'DestinationRule').subsets.map((s: any) => s.name)).toEqual(['v1', 'v2']);
    expect(named(first!, 'VirtualService')).toEqual(named(web('v2'), 'VirtualService'));
    expect(second!.map((m) => m.object)).toEqual(web('v2').map((m) => m.object));
    expect(more).toEqual([]);
  });
  test('what the first of two holds is told', () => {
    const held = heldBack(wayBetween([...web('v1'), service('x')], [...web('v2'), manifest('v1', 'Secret', 's', {})]));
    expect(held.map((h) => `${h.form} ${h.manifest.kind}`)).toEqual(['both DestinationRule', 'before Service']);
  });
  test('what is deleted goes after what refers to it, whatever the tool deletes first', () => {
    const states = commits(web('v1'), [service('web')]);
    expect(states.map((s) => s.map((m) => m.kind))).toEqual([['Service', 'DestinationRule'], ['Service']]);
  });
  const annotated = (m: Manifest, wave: string) => {
    const metadata = { ...m.object.metadata, annotations: { [SYNC_WAVE]: wave } };
    return manifestOf({ ...m.object, metadata } as Manifest['object'], () => ({ file: 'x', line: 0, column: 0 }));
  };
  test('a wave of its own that puts the route first makes two', () => {
    const early = annotated(routes('web', 'web/v1', 'web/v2'), '-1');
    expect(commits(web('v1'), [service('web'), subsets('web', 'v1', 'v2'), early])).toHaveLength(2);
  });
  test('beside an object with a wave, one without is of wave 0', () => {
    const [old, now] = [web('v1'), [service('web'), subsets('web', 'v1', 'v2'), routes('web', 'web/v2')]];
    const inWaves = (all: Manifest[], ...waves: (string | undefined)[]) =>
      all.map((m, i) => (waves[i] === undefined ? m : annotated(m, waves[i])));
    const of = (...waves: (string | undefined)[]) => commits(inWaves(old, ...waves), inWaves(now, ...waves)).length;
    expect(of()).toBe(1);
    expect(of('1', '3', '5')).toBe(1);
    expect(of('1', '3')).toBe(2);
    expect(of(undefined, '3')).toBe(2);
    expect(of('1')).toBe(2);
    expect(of(undefined, '-1')).toBe(1);
    expect(of(undefined, undefined, '1')).toBe(1);
    // what is no number is none
    expect(of('1', '3', 'late')).toBe(2);
  });
  test('what shuts callers out comes after what lets some in, and not with what routes change', () => {
    const pods = manifest('apps/v1', 'Deployment', 'web', { template: { metadata: { labels: { app: 'web' } } } });
    const policy = (name: string, spec: object) => manifest('security.istio.io/v1', 'AuthorizationPolicy', name, spec);
    const both = [policy('allow', { rules: [{ from: [{}] }] }), policy('deny', {})];
    const one = [pods, ...web('v1')];
    expect(commits(one, [...one, ...both])).toHaveLength(1);
    expect(commits(one, [pods, ...web('v1', 'v2'), policy('deny', {})])).toHaveLength(2);
    // nobody is guarded yet
    expect(commits([], [pods, ...web('v1'), ...both])).toHaveLength(1);
    // at no moment everybody may, whatever is deleted first
    expect(commits([...one, both[0]!], [...one, policy('other', { rules: [{ to: [{}] }] })])).toHaveLength(2);
  });
});

describe('forms between two', () => {
  const gateway = (...hosts: string[]) =>
    manifest('networking.istio.io/v1', 'Gateway', 'g', {
      selector: { istio: 'ingressgateway' },
      servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts }],
    });
  test('are left out where nobody needs them', () => {
    const way = wayBetween([gateway('a.com', 'b.com')], [gateway('b.com', 'c.com')]);
    expect(way.phases.flatMap((p) => p.writes.map((w) => w.wide))).toEqual([true, false]);
    expect(way.commits.map((c) => c.phases.flatMap((p) => p.writes.map((w) => [w.action, w.wide])))).toEqual([
      [['change', false]],
    ]);
  });
  test('are a commit of their own where somebody does', () => {
    const at = (host: string) =>
      manifest('networking.istio.io/v1', 'VirtualService', 'v', {
        ...routes('web', 'web').object.spec,
        hosts: [host],
        gateways: ['g'],
      });
    const all = [service('web'), gateway('b.com')];
    expect(
      commits(
        [...all.slice(0, 1), gateway('a.com', 'b.com'), at('a.com')],
        [...all.slice(0, 1), gateway('b.com', 'c.com'), at('c.com')],
      ),
    ).toHaveLength(2);
  });
});

describe('the walk that judges commits', () => {
  const dice = new Dice(1);
  const pick = (n: number) => dice.int(0, n - 1);
  const harmOfStates = (tool: 'Argo CD' | 'Flux', live: Manifest[], ...states: Manifest[][]) =>
    harmOf(
      live,
      states.at(-1)!,
      Array.from({ length: 10 }, () => synchronized(tool, live, states, pick)),
      pick,
      100,
    ).lines;
  const pods = [...BASE, dep('web-v2')];
  const to = (v: string) => [...pods, dr('web', { [v]: v }), vs('web', [fqdn('web')], `web/${v}`)];

  test('sees the gap that one commit leaves', () => {
    expect(harmOfStates('Argo CD', to('v1'), to('v2')).join()).toMatch(/is shut out: 503 NC/);
    expect(harmOfStates('Flux', to('v1'), to('v2')).join()).toMatch(/is shut out: 503 NC/);
    const both = [...pods, dr('web', { v1: 'v1', v2: 'v2' }), vs('web', [fqdn('web')], 'web/v2')];
    expect(harmOfStates('Argo CD', to('v1'), both, to('v2'))).toEqual([]);
  });

  test('sees what Flux deletes before it makes it anew, in a later wave', () => {
    const [some, nobody] = [ap('p', 'web'), ap('p', 'web', {})].map((p) => [...BASE, p]) as [Manifest[], Manifest[]];
    const way = wayBetween(some, nobody);
    expect(climbing(way).map((m) => m.name)).toEqual(['p']);
    expect(harmOfStates('Argo CD', some, nobody)).toEqual([]);
    expect(harmOfStates('Flux', some, nobody).join()).toMatch(/is let in: 200/);
    // an earlier one takes it over
    expect(climbing(wayBetween(nobody, some))).toEqual([]);
    expect(harmOfStates('Flux', nobody, some)).toEqual([]);
  });
});

describe('waves', () => {
  test.each<[string, string, object, string]>([
    ['v1', 'Namespace', {}, 'namespaces'],
    ['v1', 'Service', {}, 'named'],
    ['rbac.authorization.k8s.io/v1', 'RoleBinding', {}, 'named'],
    ['networking.istio.io/v1', 'ServiceEntry', {}, 'named'],
    ['apps/v1', 'Deployment', {}, 'workloads'],
    ['networking.istio.io/v1', 'DestinationRule', {}, 'workloads'],
    ['networking.istio.io/v1', 'VirtualService', { http: [] }, 'delegates'],
    ['networking.istio.io/v1', 'VirtualService', { hosts: ['web'] }, 'routes'],
    ['security.istio.io/v1', 'AuthorizationPolicy', { rules: [{}] }, 'named'],
    ['security.istio.io/v1', 'AuthorizationPolicy', {}, 'denials'],
    ['security.istio.io/v1', 'AuthorizationPolicy', { action: 'DENY', rules: [{}] }, 'denials'],
    ['security.istio.io/v1', 'PeerAuthentication', { mtls: { mode: 'PERMISSIVE' } }, 'named'],
    ['security.istio.io/v1', 'PeerAuthentication', { mtls: { mode: 'STRICT' } }, 'named'],
  ])('%s %s %j', (apiVersion, kind, spec, wave) => expect(waveOf(manifest(apiVersion, kind, 'x', spec))).toBe(wave));

  test('whatever an object refers to is of an earlier wave', () =>
    fc.assert(
      fc.property(mesh, (all) => {
        for (const m of all)
          for (const f of referencesOf(m, 'cluster.local').needs)
            for (const other of all)
              if (referencesOf(other, 'cluster.local').provides.has(f))
                expect(WAVES.indexOf(waveOf(other))).toBeLessThan(WAVES.indexOf(waveOf(m)));
      }),
    ));
});

test('from any mesh to any other no commit has a gap, in any order within a wave, whenever deletions come', () => {
  let most = 0;
  fc.assert(
    fc.property(mesh, mesh, fc.array(fc.nat(), { minLength: 50, maxLength: 50 }), (before, after, picks) => {
      let i = 0;
      const pick = (n: number) => picks[i++ % picks.length]! % n;
      const way = wayBetween(before, after);
      let state: readonly Manifest[] = before;
      const syncWave = syncWavesIn(after);
      for (const { state: next, phases } of way.commits) {
        const waves = phases.map((p) => p.writes.flatMap((w) => (w.action === 'delete' ? [] : [syncWave(w.object)])));
        waves.slice(1).forEach((later, n) => {
          expect(Math.max(...waves[n]!)).toBeLessThanOrEqual(Math.min(...later));
        });
        expect(gapsOf(state, next, pick)).toEqual([]);
        state = next;
      }
      const objects = (all: readonly Manifest[]) => new Map(all.map((m) => [keyOf(m), m.object]));
      expect(objects(state)).toEqual(objects(after));
      most = Math.max(most, way.commits.length);
      // once the first is in effect, fewer are left
      if (way.between) expect(wayBetween(way.between, after).commits.length).toBeLessThan(way.commits.length);
    }),
    { numRuns: 100 },
  );
  expect(most).toBeGreaterThan(1);
});

/** What is missing for requests while one state is written over another. */
function gapsOf(from: readonly Manifest[], to: readonly Manifest[], pick: (n: number) => number): string[] {
  const state = new Map(from.map((m) => [keyOf(m), m]));
  const goal = new Map(to.map((m) => [keyOf(m), m]));
  const deletions = [...state.keys()].filter((k) => !goal.has(k));
  const writes = to.filter((m) => state.get(keyOf(m))?.object !== m.object);
  // what goes with its only gateway nobody asks for any more
  const asked = (m: Manifest) =>
    goal.has(keyOf(m)) || (m.object.spec.gateways ?? []).every((g: string) => to.some((x) => x.name === g));
  const out: string[] = [];
  const look = (when: string) => {
    for (const gap of missingIn([...state.values()], asked)) out.push(`${when}: ${gap}`);
  };
  const remove = () => {
    const [key] = deletions.splice(pick(deletions.length), 1);
    state.delete(key!);
    look(`delete ${key}`);
  };
  for (const wave of [...new Set(writes.map(syncWaveOf))].sort((a, b) => a - b)) {
    const now = writes.filter((m) => syncWaveOf(m) === wave);
    while (now.length > 0) {
      if (deletions.length > 0 && pick(3) === 0) remove();
      const [m] = now.splice(pick(now.length), 1);
      state.set(keyOf(m!), m!);
      look(`write ${keyOf(m!)}`);
    }
  }
  while (deletions.length > 0) remove();
  return out;
}

/** Follows every VirtualService that has hosts, by way of its delegates. */
function missingIn(all: readonly Manifest[], asked: (m: Manifest) => boolean): string[] {
  const get = (kind: string, name: string) => all.find((m) => m.kind === kind && m.name === name);
  const follow = (vs: Manifest): string[] => [
    ...(vs.object.spec.gateways ?? []).filter((g: string) => !get('Gateway', g)).map((g: string) => `no gateway ${g}`),
    ...vs.object.spec.http.flatMap((rule: any) => {
      if (rule.delegate) {
        const to = get('VirtualService', rule.delegate.name);
        return to ? follow(to) : [`no delegate ${rule.delegate.name}`];
      }
      return rule.route.flatMap(({ destination: d }: any) => {
        const [name] = d.host.split('.');
        const rules = get('DestinationRule', name)?.object.spec.subsets ?? [];
        if (!get('Service', name)) return [`no host ${name}`];
        return rules.some((s: any) => s.name === d.subset) ? [] : [`no subset ${name} ${d.subset}`];
      });
    }),
  ];
  return all.filter((m) => m.kind === 'VirtualService' && m.object.spec.hosts && asked(m)).flatMap(follow);
}
