import { SCHEMAS } from '../../../imports/schemas';
import { KINDS, SHAPES } from '../../../imports/shapes';
import type { Dice } from '../trace/dice';
import { key, strange, valueFor } from './random-value';
import type { Seed } from './seeds';

/** A value in an object, with what its kind says that stands there; -1: its kind says nothing. */
interface Node {
  readonly parent: any;
  readonly key: string | number;
  readonly row: number;
  /** JSON pointer from the spec. */
  readonly pointer: string;
}

/** One of some objects of a kind with one to three random edits in its spec, or in its own fields. */
export function mutated(kind: string, seeds: readonly Seed[], dice: Dice): Seed {
  const object = structuredClone(dice.pick(seeds));
  for (let left = dice.pick([1, 1, 1, 2, 3]); left > 0; left--) edit(kind, object, dice.pick(seeds), dice);
  return object;
}

/** @param donor an object of the same kind, of which a field may be taken over */
function edit(kind: string, object: Seed, donor: Seed, dice: Dice): void {
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
  collect({ parent: object, key: 'spec', row: spec, pointer: '' }, all);
  const asked = dice.chance(0.5) ? ruleSite(kind, object, dice) : undefined;
  const node = all.find((n) => n.pointer === asked) ?? dice.pick(all);
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
  const takeOver = () => {
    const others: Node[] = [];
    collect({ parent: donor, key: 'spec', row: spec, pointer: '' }, others);
    const same = others.filter((o) => o.row === node.row && isMap(o.parent[o.key]) && Object.keys(o.parent[o.key]).length > 0);
    if (!fields || !isMap(value) || same.length === 0) return;
    const { parent, key: at } = dice.pick(same);
    const name = dice.pick(Object.keys(parent[at]));
    value[name] = structuredClone(parent[at][name]);
  };
  const twice = edits[3]!;
  // what a rule is about is edited so that the types stay right
  if (node.pointer === asked && dice.chance(0.8)) {
    if (fields) takeOver();
    else if (Array.isArray(value)) twice();
    else edits[1]!();
    return;
  }
  dice.oneOf(...edits, ...edits.map(() => add), ...edits.map(() => takeOver));
}

/** Where a rule is asked, as a JSON pointer: each set of rules as often as any other, however often it stands in the object. */
function ruleSite(kind: string, { spec }: Seed, dice: Dice): string | undefined {
  const { validate } = SCHEMAS[kind]!.load();
  if (validate(spec)) return undefined;
  const sites = (validate.errors ?? []).filter((fault) => fault.keyword === 'later');
  const groups = new Map<string, typeof sites>();
  for (const site of sites) groups.set(String(site.params.asked), [...(groups.get(String(site.params.asked)) ?? []), site]);
  return groups.size === 0 ? undefined : dice.pick(dice.pick([...groups.values()])).instancePath;
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
    const pointer = `${node.pointer}/${k.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    collect({ parent: value, key: Array.isArray(value) ? Number(k) : k, row, pointer }, all);
  }
}
