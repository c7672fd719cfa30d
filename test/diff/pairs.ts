import { type Manifest, manifestOf } from '../../src/manifests/manifest';
import { MeshModel } from '../../src/model/mesh-model';
import { refused } from '../../src/validation/validate';
import { Dice } from '../real/trace/dice';
import { randomCase } from '../real/trace/random-mesh';
import type { RandomCase } from '../real/trace/world';
import { deployment, type Obj } from './support';

/** Two meshes of the real lane's sort, of which the second is the first with a few changes, and what the lane would ask. */
export interface Pair {
  readonly old: MeshModel;
  readonly now: MeshModel;
  /** What they are made of; objects that are the same in both are the same manifests. */
  readonly manifests: { readonly old: readonly Manifest[]; readonly now: readonly Manifest[] };
  /** Whether the settings of the mesh are the same. */
  readonly sameSettings: boolean;
  readonly case: RandomCase;
}

/** Objects of another mesh that are none of this one's. */
function besides(objects: readonly Obj[], seed: number): Obj[] {
  const key = (o: Obj) => `${o.kind} ${o.metadata.namespace}/${o.metadata.name}`;
  const taken = new Set(objects.map(key));
  return randomCase(seed).objects.filter((o) => !taken.has(key(o)));
}

/** @param second of the mesh whose objects are there too */
export function pairOf(seed: number, second?: number): Pair {
  const c = randomCase(seed);
  const dice = new Dice(seed + 1);
  const { namespace = 'default', labels = {} } = c.client;
  const caller = {
    ...deployment('caller', 'v1', namespace),
    spec: { template: { metadata: { labels }, spec: { serviceAccountName: 'caller', containers: [] } } },
  };
  const objects = [
    ...c.objects,
    ...(second === undefined ? [] : besides(c.objects, second)),
    ...(c.client.kind === 'gateway' ? [] : [caller]),
    deployment('plain', 'v1', 'default', false),
    deployment('a', 'v1', 'foo'),
    deployment('b', 'v1', 'bar'),
  ];
  let changed: readonly Obj[] = objects;
  const changes = dice.int(0, 2);
  for (let i = 0; i < changes; i++) changed = change(dice, changed);
  const meshConfig = dice.chance(0.8)
    ? c.meshConfig
    : dice.pick<Readonly<Record<string, unknown>>>([
        {},
        { ...c.meshConfig, outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } },
        { ...c.meshConfig, trustDomain: 'other.example' },
        { ...c.meshConfig, enableAutoMtls: false },
        { ...c.meshConfig, defaultHttpRetryPolicy: { attempts: 7, retryOn: '5xx' } },
      ]);
  const known = new Map<Obj, Manifest>();
  const manifests = { old: manifestsOf(objects, known), now: manifestsOf(changed, known) };
  const old = new MeshModel(manifests.old, { meshConfig: c.meshConfig });
  const now = new MeshModel(manifests.now, { meshConfig });
  return { old, now, manifests, sameSettings: meshConfig === c.meshConfig, case: c };
}

/** Without what would be refused. */
const manifestsOf = (objects: readonly Obj[], known: Map<Obj, Manifest>): Manifest[] =>
  objects
    .map((o, i) => {
      const m = known.get(o) ?? manifestOf(o, () => ({ file: 'mesh.yaml', line: i + 1, column: 1 }));
      known.set(o, m);
      return m;
    })
    .filter((m) => refused(m) === undefined);

type Path = readonly (string | number)[];

/** Something is gone, is in another order, or says what something else says. */
function change(dice: Dice, objects: readonly Obj[]): readonly Obj[] {
  const at = dice.int(0, objects.length - 1);
  if (dice.chance(0.15)) return objects.filter((_, i) => i !== at);
  const paths: Path[] = [];
  const lists: Path[] = [];
  const leaves: Path[] = [];
  const walk = (value: unknown, path: Path) => {
    if (typeof value !== 'object' || value === null) {
      leaves.push(path);
      return;
    }
    if (Array.isArray(value) && value.length > 1) lists.push(path);
    for (const [k, v] of Object.entries(value)) {
      const way = [...path, Array.isArray(value) ? Number(k) : k];
      paths.push(way);
      walk(v, way);
    }
  };
  walk(objects[at]!.spec ?? {}, [at, 'spec']);
  if (paths.length === 0) return objects;
  const copy = structuredClone(objects) as any[];
  const parent = (path: Path) => path.slice(0, -1).reduce<any>((o, k) => o[k], copy);
  const last = (path: Path) => path.at(-1)!;
  dice.oneOf<void>(
    () => {
      const path = dice.pick(paths);
      const from = parent(path);
      if (Array.isArray(from)) from.splice(Number(last(path)), 1);
      else delete from[last(path)];
    },
    () => {
      if (lists.length === 0) return;
      const path = dice.pick(lists);
      parent(path)[last(path)].reverse();
    },
    () => {
      const [path, other] = [dice.pick(leaves), dice.pick(leaves)];
      const value = other.reduce<any>((o, k) => o[k], copy);
      if (typeof parent(path)[last(path)] === typeof value) parent(path)[last(path)] = value;
    },
  );
  return copy;
}
