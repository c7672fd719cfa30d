import { type Difference, diff, differing, diffOf } from '../../src/diff/diff';
import { diffJson } from '../../src/diff/diff-json';
import { touchedHosts } from '../../src/diff/touched';
import { manifestOf } from '../../src/manifests/manifest';
import { MeshModel } from '../../src/model/mesh-model';
import { Dice } from '../real/trace/dice';
import { pairOf } from './pairs';
import { deployment, istio, type Obj, routes, service, subsets, to } from './support';

const MESHES = Number(process.env.DIFF_PAIRS ?? 20);
const FIRST = Number(process.env.DIFF_SEED ?? 1);

test('where the objects that differ say which hosts they are about, no other host has to be asked', () => {
  const count = { some: 0, every: 0, told: 0 };
  for (let seed = FIRST; seed < FIRST + MESHES; seed++) {
    const { old, manifests, case: c } = pairOf(seed, seed + MESHES);
    const dice = new Dice(seed);
    const ruling = manifests.old.filter((m) => m.kind === 'VirtualService' || m.kind === 'DestinationRule');
    for (let i = 0; i < 3 && ruling.length > 0; i++) {
      const without = dice.pick(ruling);
      const rest = manifests.old.filter((m) => m !== without);
      const now = new MeshModel(rest, { meshConfig: c.meshConfig });
      if (!touchedHosts(old, now)) {
        count.every++;
        continue;
      }
      count.some++;
      const all = diffOf(old, now, differing);
      const text = (differences: readonly Difference[]) => JSON.stringify(diffJson(differences), null, 1);
      expect(`${seed}.${i} ${text(diff(old, now))}`).toBe(`${seed}.${i} ${text(all)}`);
      count.told += all.length;
    }
  }
  // both are there, so the property means something
  expect(count.some).toBeGreaterThan(MESHES / 2);
  expect(count.every).toBeGreaterThan(MESHES / 10);
  expect(count.told).toBeGreaterThan(MESHES / 4);
});

describe('which hosts', () => {
  const of = (objects: Obj[], meshConfig = {}) =>
    new MeshModel(
      objects.map((o) => manifestOf(o, () => ({ file: 'x', line: 0, column: 0 }))),
      { meshConfig },
    );
  const touched = (old: Obj[], now: Obj[]) => touchedHosts(of(old), of(structuredClone(now)));
  const host = (name: string) => `${name}.shop.svc.cluster.local`;

  test('a VirtualService: those that it is about', () =>
    expect(touched([routes('b', [{ route: [to('b', 'v1')] }])], [routes('b', [{ route: [to('b', 'v2')] }])])).toEqual(
      new Set([host('b')]),
    ));
  const more = subsets('b', { trafficPolicy: {} });
  test('a DestinationRule: its own, and those that lead there', () => {
    const others = [routes('c', [{ route: [to('b', 'v1')] }]), routes('d', [{ route: [to('d')] }])];
    expect(touched([subsets('b')], [more])).toEqual(new Set([host('b')]));
    expect(touched([...others, subsets('b')], [...others, more])).toEqual(new Set([host('b'), host('c')]));
  });
  test('what is the same, read from elsewhere, is nothing', () =>
    expect(touched([service('b'), subsets('b')], [service('b'), subsets('b')])).toEqual(new Set()));
  test('settings of the mesh: any', () =>
    expect(touchedHosts(of([service('b')]), of([service('b')], { enableAutoMtls: false }))).toBeUndefined());
  test('another image is nothing', () => {
    const image = (d: Obj, name: string) => ({
      ...d,
      spec: { template: { ...d.spec.template, spec: { ...d.spec.template.spec, containers: [{ name: 'app', image: name }] } } },
    });
    const d = deployment('b', 'v1');
    expect(touched([image(d, 'a')], [image(d, 'b')])).toEqual(new Set());
  });
  test.each([
    ['a Service', service('b'), { ...service('b'), spec: { ports: [] } }],
    ['a policy', istio('AuthorizationPolicy', 'p', {}), istio('AuthorizationPolicy', 'p', { rules: [{}] })],
    ['a wildcard', istio('VirtualService', 'w', { hosts: ['*'] }), istio('VirtualService', 'w', { hosts: ['*.a'] })],
    ['a delegate', istio('VirtualService', 'w', {}), istio('VirtualService', 'w', { http: [] })],
    [
      'a route that Envoy refuses, and all of its table with it',
      routes('b', []),
      routes('b', [{ redirect: { redirectCode: 304 } }]),
    ],
    ['connections', routes('b', []), { ...routes('b', []), spec: { hosts: ['b'], tcp: [{ route: [to('b')] }] } }],
    ['labels of pods', deployment('b', 'v1'), deployment('b', 'v2')],
  ])('%s: any', (_, a, b) => expect(touched([a as Obj], [{ ...(b as Obj), metadata: (a as Obj).metadata }])).toBeUndefined());
});
