import type { Shape } from '../../imports/shape';
import { KINDS, META, SHAPES } from '../../imports/shapes';
import type { FieldPath } from './manifest';
import { isVeiled } from './veil';

/** A field that holds what its kind has no place for. */
export interface Misshapen {
  readonly path: FieldPath;
  /** `is text, where a list is wanted` */
  readonly message: string;
}

/**
 * The first field of an object that has another type than its kind says, for which the API server would refuse it. Kinds
 * that are not known are looked at as far as their metadata. Fields that are not known are no matter: the API server
 * leaves them out. Source: Istio's CRDs and Kubernetes' API, as in `imports/shapes.ts`.
 */
export function misshapen(object: Readonly<Record<string, any>>): Misshapen | undefined {
  if (fits(object)) return undefined;
  const { kind, metadata } = object;
  const shape = shapeOf(object);
  const path: (string | number)[] = [];
  const words = wordsFor(kind);
  const message = shape === undefined ? inField(metadata, META, 'metadata', path, words) : wrong(object, shape, path, words);
  return message === undefined ? undefined : { path: path.reverse(), message };
}

/** The shape of an object's kind, where it is known. */
function shapeOf({ apiVersion, kind }: Readonly<Record<string, any>>): number | undefined {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return KINDS[`${group}/${kind}`];
}

const fitting = new WeakSet<object>();

/**
 * Whether an object is of a known kind, which knows all of its fields, and all have their types, as nearly all objects: that
 * is found out quickly and once, and what is wrong about the others is looked for elsewhere.
 */
export function fits(object: Readonly<Record<string, any>>): boolean {
  if (fitting.has(object)) return true;
  const shape = shapeOf(object);
  const is = shape !== undefined && isOf(object, SHAPES[shape]!);
  if (is) fitting.add(object);
  return is;
}

function isOf(value: unknown, shape: Shape): boolean {
  if (typeof shape === 'string') return shape === 'text' ? typeof value === 'string' : wrongItself(value, shape) === undefined;
  if ('fields' in shape) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    for (const key in value) {
      const row = shape.fields[key];
      // of what all objects have, such as "constructor", it is no number
      if (typeof row !== 'number' || !isOf((value as Record<string, unknown>)[key], SHAPES[row]!)) return false;
    }
    return true;
  }
  if (wrongItself(value, shape) !== undefined) return false;
  if ('words' in shape) return true;
  if ('list' in shape) {
    const of = SHAPES[shape.list]!;
    for (const item of value as readonly unknown[]) if (!isOf(item, of)) return false;
    return true;
  }
  const of = SHAPES[shape.map]!;
  for (const key in value as object) if (!isOf((value as Record<string, unknown>)[key], of)) return false;
  return true;
}

/** What is wrong about the value; `path` gets the way to it, backwards. */
function wrong(value: unknown, index: number, path: (string | number)[], words: Words): string | undefined {
  const shape = SHAPES[index]!;
  const own = wrongItself(value, shape, words);
  if (own !== undefined || typeof shape !== 'object' || 'words' in shape) return own;
  if ('list' in shape) {
    for (const [i, v] of (value as unknown[]).entries()) {
      const message = inField(v, shape.list, i, path, words);
      if (message !== undefined) return message;
    }
    return undefined;
  }
  for (const [key, v] of Object.entries(value as object)) {
    const of = 'map' in shape ? shape.map : Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
    const message = of === undefined ? undefined : inField(v, of, key, path, words);
    if (message !== undefined) return message;
  }
  return undefined;
}

/**
 * What is wrong about the value, but not about what it holds: `is "a", where a list is wanted`.
 * @param words what stands there, in words
 */
export function wrongItself(value: unknown, shape: Shape, words: Words = is): string | undefined {
  switch (shape) {
    case 'any':
      return undefined;
    case 'text':
      return typeof value === 'string' ? undefined : `${words(value)}, where text is wanted${inQuotes(value)}`;
    case 'int':
      return Number.isInteger(value) ? undefined : `${words(value)}, where a whole number is wanted`;
    case 'number':
      return typeof value === 'number' ? undefined : `${words(value)}, where a number is wanted`;
    case 'quantity':
      return typeof value === 'number' || typeof value === 'string'
        ? undefined
        : `${words(value)}, where a quantity such as "500m" or 1 is wanted`;
    case 'int or text':
      return Number.isInteger(value) || typeof value === 'string'
        ? undefined
        : `${words(value)}, where text or a whole number is wanted`;
    case 'flag':
      return typeof value === 'boolean' ? undefined : `${words(value)}, where true or false is wanted`;
  }
  if ('words' in shape)
    return shape.words.includes(value as string)
      ? undefined
      : `${words(value)}, where one of ${shape.words.join(', ')} is wanted`;
  if ('list' in shape) return Array.isArray(value) ? undefined : `${words(value)}, where a list is wanted`;
  return typeof value !== 'object' || value === null || Array.isArray(value)
    ? `${words(value)}, where fields are wanted`
    : undefined;
}

function inField(
  value: unknown,
  index: number,
  key: string | number,
  path: (string | number)[],
  words: Words,
): string | undefined {
  const message = wrong(value, index, path, words);
  if (message !== undefined) path.push(key);
  return message;
}

/** `is "a"`, `is a list`, `is empty`: what stands somewhere, in words. */
export const is = (value: unknown): string => {
  if (value === null || value === undefined) return 'is empty';
  if (Array.isArray(value)) return 'is a list';
  if (typeof value === 'object') return 'has fields';
  return `is ${typeof value === 'string' ? `"${value}"` : String(value)}`;
};

/** How a value that has a wrong type is told. */
type Words = (value: unknown) => string;

/** How values of a kind are told: those of a Secret by their types alone. */
export const wordsFor = (kind: unknown): Words => (isVeiled(kind) ? isOfType : is);

/** `is text`, `is a number`, `is a list`: nothing of the value itself. */
function isOfType(value: unknown): string {
  if (typeof value === 'string') return 'is text';
  if (typeof value === 'number') return 'is a number';
  return typeof value === 'boolean' ? 'is true or false' : is(value);
}

/** YAML takes `1` and `yes` for something else than text. */
const inQuotes = (value: unknown) => (typeof value === 'number' || typeof value === 'boolean' ? ': put it in quotes' : '');

/**
 * Takes fields without a value out, in place, and says which they were: whoever creates an object can write them, but
 * server-side apply takes few of them. In lists they stay, since nobody takes them there.
 */
export function withoutNulls(value: unknown): FieldPath[] {
  const found: (string | number)[][] = [];
  take(value, found);
  for (const path of found) path.reverse();
  return found;
}

/** Adds the ways to what was taken out, backwards. */
function take(value: unknown, found: (string | number)[][]): void {
  if (typeof value !== 'object' || value === null) return;
  const list = Array.isArray(value);
  for (const [key, v] of Object.entries(value)) {
    if (v === null && !list) {
      delete (value as Record<string, unknown>)[key];
      found.push([key]);
      continue;
    }
    const before = found.length;
    take(v, found);
    for (let i = before; i < found.length; i++) found[i]!.push(list ? Number(key) : key);
  }
}
