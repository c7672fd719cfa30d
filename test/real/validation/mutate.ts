import type { Shape } from '../../../imports/shape';
import { KINDS, SHAPES } from '../../../imports/shapes';
import type { Dice } from '../trace/dice';
import { otherNumber, otherText, textFor } from './values';

/** A value in an object, with what its kind says of it. */
interface Node {
  readonly parent: any;
  readonly key: string | number;
  readonly shape: Shape;
  readonly index: number;
  readonly path: readonly (string | number)[];
}

const shapeAt = (index: number): Shape => SHAPES[index]!;

function nodes(value: any, index: number, path: readonly (string | number)[], out: Node[]): void {
  const shape = shapeAt(index);
  if (typeof value !== 'object' || value === null) return;
  for (const [k, v] of Object.entries(value)) {
    const key = Array.isArray(value) ? Number(k) : k;
    const inner = innerIndex(shape, k);
    if (inner === undefined) continue;
    const at = [...path, key];
    out.push({ parent: value, key, shape: shapeAt(inner), index: inner, path: at });
    nodes(v, inner, at, out);
  }
}

function innerIndex(shape: Shape, key: string): number | undefined {
  if (shape === 'any') return SHAPES.indexOf('any');
  if (typeof shape === 'string' || 'words' in shape) return undefined;
  if ('list' in shape) return shape.list;
  if ('map' in shape) return shape.map;
  return Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
}

/** The object with one to three changes, each of which leaves the types as they are. */
export function mutate(object: any, dice: Dice): any {
  const copy = structuredClone(object);
  const shape = KINDS[`${copy.apiVersion.split('/')[0]}/${copy.kind}`];
  if (shape === undefined) throw new Error(`no shape of ${copy.kind}`);
  const changes = dice.pick([1, 1, 1, 2, 3]);
  for (let i = 0; i < changes; i++) change(copy, shape, dice);
  return copy;
}

function change(object: any, shape: number, dice: Dice): void {
  const all: Node[] = [];
  nodes(object, shape, [], all);
  const inSpec = all.filter((n) => n.path[0] === 'spec' && n.path.length > 1);
  if (inSpec.length === 0 || dice.chance(0.03)) {
    metadata(object, dice);
    return;
  }
  // from the top down, so that what there is once is changed as often as what there is many times
  const names = [...new Set(inSpec.map((n) => n.path.filter((p) => typeof p === 'string').join('.')))];
  const name = dice.pick(names);
  const node = dice.pick(inSpec.filter((n) => n.path.filter((p) => typeof p === 'string').join('.') === name));
  dice.pick([remove, replace, replace, replace, duplicate, add, add, swap])(node, inSpec, dice);
}

function remove({ parent, key }: Node): void {
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
}

function replace(node: Node, _all: readonly Node[], dice: Dice): void {
  const { parent, key, shape } = node;
  const old = parent[key];
  if (typeof shape !== 'string') {
    if ('words' in shape) parent[key] = dice.pick(shape.words);
    else if ('list' in shape) parent[key] = dice.chance(0.3) ? [] : [...old, made(shape.list, String(node.path.at(-1)), dice, 2)];
    else if ('map' in shape) parent[key] = dice.chance(0.3) ? {} : { ...old, [mapKey(node, dice)]: made(shape.map, '', dice, 2) };
    else parent[key] = dice.chance(0.3) ? {} : made(node.index, String(key), dice, 2);
    return;
  }
  if (shape === 'flag') parent[key] = !old;
  else if (shape === 'int' || shape === 'number') parent[key] = otherNumber(old, shape, dice);
  else if (shape === 'text') parent[key] = otherText(String(old), textName(node), dice);
  else if (shape === 'any') parent[key] = anything(old, dice);
  else parent[key] = otherNumber(Number(old), 'int', dice);
}

const textName = (n: Node) => String([...n.path].reverse().find((p) => typeof p === 'string'));
const mapKey = (n: Node, dice: Dice) => textFor(`${textName(n)}.key`, dice);

/** Values of an EnvoyFilter: anything may stand there. */
function anything(old: unknown, dice: Dice): unknown {
  if (typeof old === 'string') return otherText(old, 'envoy', dice);
  if (typeof old === 'number') return dice.pick<unknown>([otherNumber(old, 'number', dice), String(old), 'x', 2 ** 40, -1, 1.5]);
  if (typeof old === 'boolean') return dice.pick<unknown>([!old, 'true', 1]);
  if (Array.isArray(old)) return dice.pick<unknown>([[...old, ...old], [], {}, 'x', [...old, 1]]);
  return dice.pick<unknown>([
    {},
    [],
    'x',
    { ...(old as object), nope: 1 },
    { ...(old as object), name: 'x' },
    { ...(old as object), value: {} },
  ]);
}

function duplicate(node: Node, all: readonly Node[], dice: Dice): void {
  const items = all.filter((n) => Array.isArray(n.parent));
  const item = Array.isArray(node.parent) ? node : items.length > 0 ? dice.pick(items) : undefined;
  if (!item) return;
  item.parent.splice(dice.int(0, item.parent.length), 0, structuredClone(item.parent[item.key]));
}

/** Adds a field that the kind knows and the object has not. */
function add(node: Node, all: readonly Node[], dice: Dice): void {
  const around = [node, ...all.filter((n) => typeof n.shape === 'object' && 'fields' in n.shape)];
  const target = dice.chance(0.5) ? node : dice.pick(around);
  const { shape } = target;
  const value = target.parent[target.key];
  if (typeof shape !== 'object' || !('fields' in shape) || typeof value !== 'object') return;
  const missing = Object.keys(shape.fields).filter((k) => !(k in value));
  if (missing.length === 0) return;
  const key = dice.pick(missing);
  value[key] = made(shape.fields[key]!, key, dice, 3);
}

/** Puts a value where another one of its type stood. */
function swap(node: Node, all: readonly Node[], dice: Dice): void {
  const same = all.filter((n) => n.index === node.index && n !== node && n.shape !== 'any');
  if (same.length === 0) return;
  const other = dice.pick(same);
  node.parent[node.key] = structuredClone(other.parent[other.key]);
}

/** A value of a shape, made up. */
function made(index: number, name: string, dice: Dice, depth: number): any {
  const shape = shapeAt(index);
  if (typeof shape === 'string') {
    if (shape === 'flag') return dice.chance(0.7);
    if (shape === 'int' || shape === 'number') return otherNumber(undefined, shape, dice);
    if (shape === 'any') return dice.pick<unknown>([{}, 'x', 1, { a: 'b' }]);
    return shape === 'text' ? textFor(name, dice) : dice.pick<unknown>([80, '80', 'http']);
  }
  if ('words' in shape) return dice.pick(shape.words);
  if ('list' in shape) return depth === 0 ? [] : dice.many(0, 2, () => made(shape.list, name, dice, depth - 1));
  if ('map' in shape)
    return Object.fromEntries(
      dice.many(0, 2, () => [textFor(`${name}.key`, dice), made(shape.map, name, dice, Math.max(0, depth - 1))]),
    );
  if (depth === 0) return {};
  const keys = dice.some(Object.keys(shape.fields), dice.int(0, 3));
  return Object.fromEntries(keys.map((k) => [k, made(shape.fields[k]!, k, dice, depth - 1)]));
}

const ANNOTATIONS = ['istio.io/dry-run', 'internal.istio.io/webhook-always-reject', 'internal.istio.io/parents', 'a/b'];
const LABELS = ['istio.io/use-waypoint', 'networking.istio.io/enable-autoallocate-ip'];

function metadata(object: any, dice: Dice): void {
  const m = object.metadata;
  dice.oneOf<unknown>(
    () => (m.name = dice.pick(['a.b', 'Abc', 'x-', 'good'])),
    () => (m.namespace = dice.pick(['other', 'default', undefined])),
    () => (m.annotations = { [dice.pick(ANNOTATIONS)]: dice.pick(['true', 'yes', 'F', '']) }),
    () => (m.annotations = { 'internal.istio.io/route-semantics': 'gateway', 'internal.istio.io/gateway-semantics': 'gateway' }),
    () => (m.labels = { [dice.pick(LABELS)]: dice.pick(['none', 'false', 'False', 'wp', '']) }),
    () => (object.extra = 1),
  );
}
