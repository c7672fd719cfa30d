import { KINDS, SHAPES } from '../../../imports/shapes';
import type { Dice } from '../trace/dice';
import { key, strange, valueFor } from './random-value';
import type { Seed } from './seeds';

/** A value in an object, with what its kind says that stands there; -1: its kind says nothing. */
interface Node {
  readonly parent: any;
  readonly key: string | number;
  readonly row: number;
}

/** The object with one to three random edits in its spec, or in its own fields. */
export function mutated(kind: string, seed: Seed, dice: Dice): Seed {
  const object = structuredClone(seed);
  for (let left = dice.int(1, 3); left > 0; left--) edit(kind, object, dice);
  return object;
}

function edit(kind: string, object: Seed, dice: Dice): void {
  const spec = (SHAPES[KINDS[kind]!] as { fields: Record<string, number> }).fields.spec!;
  const own = object as Record<string, unknown>;
  if (dice.chance(0.02)) {
    own[dice.pick(['spek', 'data', 'spec'])] = strange(dice);
    return;
  }
  if (own.spec === undefined || dice.chance(0.02)) {
    own.spec = valueFor(spec, dice);
    return;
  }
  const all: Node[] = [];
  collect({ parent: object, key: 'spec', row: spec }, all);
  const node = dice.pick(all);
  const value = node.parent[node.key];
  const shape = SHAPES[node.row];
  const fields = typeof shape === 'object' && 'fields' in shape ? shape.fields : undefined;
  const edits: readonly (() => void)[] = [
    () => set(node, strange(dice)),
    () => {
      if (node.row >= 0) set(node, valueFor(node.row, dice));
    },
    () => {
      if (Array.isArray(node.parent)) node.parent.splice(Number(node.key), 1);
      else delete node.parent[node.key];
    },
    () => {
      if (Array.isArray(value) && value.length > 0) value.push(structuredClone(dice.pick(value)));
    },
    () => {
      if (isMap(value)) value[dice.pick([key(dice), `${node.key}s`, 'name', 'match'])] = strange(dice);
    },
    () => {
      if (isMap(value)) rename(value, dice);
    },
  ];
  const add = () => {
    if (!fields || !isMap(value)) return;
    const name = dice.pick(Object.keys(fields));
    value[name] = valueFor(fields[name]!, dice);
  };
  dice.oneOf(...edits, ...edits.map(() => add));
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function set(node: Node, value: unknown): void {
  node.parent[node.key] = value;
}

/** One field gets the name of a neighbour, or a letter more or less. */
function rename(value: Record<string, unknown>, dice: Dice): void {
  const names = Object.keys(value);
  if (names.length === 0) return;
  const from = dice.pick(names);
  const to = dice.pick([`${from}s`, from.slice(0, -1), from.toUpperCase(), dice.pick(names)]);
  if (to === from) return;
  value[to] = value[from];
  delete value[from];
}

function collect(node: Node, all: Node[]): void {
  all.push(node);
  const value = node.parent[node.key];
  if (typeof value !== 'object' || value === null) return;
  const shape = SHAPES[node.row];
  for (const k of Object.keys(value)) {
    let row = -1;
    if (typeof shape === 'object' && 'list' in shape) row = shape.list;
    if (typeof shape === 'object' && 'map' in shape) row = shape.map;
    if (typeof shape === 'object' && 'fields' in shape) row = shape.fields[k] ?? -1;
    collect({ parent: value, key: Array.isArray(value) ? Number(k) : k, row }, all);
  }
}
