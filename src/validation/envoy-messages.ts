/** Loaded with the first EnvoyFilter. */
const types = () => require('../../imports/envoy-types') as typeof import('../../imports/envoy-types');

/** The type of a field: a kind, or the number of a message or an enum; alone, in a list, or in a map. */
export interface FieldType {
  readonly kind: string;
  /** Of a message or an enum. */
  readonly index: number;
  readonly many: 'one' | 'list' | 'map';
  /** Kind of a map's keys. */
  readonly key: string;
}

/** A message of Envoy's configuration, with its fields by both of their names. */
export interface Message {
  readonly name: string;
  readonly fields: ReadonlyMap<string, FieldType>;
}

const lines = (text: string) => text.trim().split('\n');
let messages: readonly string[] | undefined;
let enums: readonly string[] | undefined;
let numbers: ReadonlyMap<string, number> | undefined;
const parsed = new Map<number, Message>();
const values = new Map<number, ReadonlySet<string>>();

/** By its number. */
export function messageAt(index: number): Message {
  messages ??= lines(types().MESSAGES);
  let message = parsed.get(index);
  if (!message) {
    message = parse(messages[index]!);
    parsed.set(index, message);
  }
  return message;
}

/** By its full name; nothing where istiod does not know it. */
export function messageNumber(name: string): number | undefined {
  messages ??= lines(types().MESSAGES);
  numbers ??= new Map(messages.map((line, i) => [line.split(' ', 1)[0]!, i]));
  return numbers.get(name);
}

/** The names of an enum's values. */
export function enumAt(index: number): ReadonlySet<string> {
  enums ??= lines(types().ENUMS);
  let names = values.get(index);
  if (!names) {
    const [, ...all] = enums[index]!.split(' ');
    names = new Set(all);
    values.set(index, names);
  }
  return names;
}

function parse(line: string): Message {
  const [name, ...all] = line.split(' ') as [string, ...string[]];
  const fields = new Map<string, FieldType>();
  for (const text of all) {
    const [names, type] = text.split(':') as [string, string];
    const [own, json = own.replace(/_(.)/g, (_, c: string) => c.toUpperCase())] = names.split('/') as [string, string?];
    for (const n of [own, json]) fields.set(n, fieldType(type));
  }
  return { name, fields };
}

function fieldType(text: string): FieldType {
  const many = text[0] === '*' ? 'list' : text[0] === '{' ? 'map' : 'one';
  const of = text.slice(many === 'list' ? 1 : many === 'map' ? 2 : 0);
  const [, kind, index] = /^(\D?)(\d*)$/.exec(of)!;
  return { kind: kind || 'message', index: Number(index), many, key: many === 'map' ? text[1]! : '' };
}
