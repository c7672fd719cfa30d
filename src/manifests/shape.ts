import type { Shape } from '../../imports/shape';
import { KINDS, META, SHAPES } from '../../imports/shapes';
import type { FieldPath } from './manifest';

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
  const { apiVersion, kind, metadata } = object;
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const shape = KINDS[`${group}/${kind}`];
  const path: (string | number)[] = [];
  const message = shape === undefined ? inField(metadata, META, 'metadata', path) : wrong(object, shape, path);
  return message === undefined ? undefined : { path: path.reverse(), message };
}

/** What is wrong about the value; `path` gets the way to it, backwards. */
function wrong(value: unknown, index: number, path: (string | number)[]): string | undefined {
  const shape = SHAPES[index]!;
  const own = wrongItself(value, shape);
  if (own !== undefined || typeof shape !== 'object' || 'words' in shape) return own;
  if ('list' in shape) {
    for (const [i, v] of (value as unknown[]).entries()) {
      const message = inField(v, shape.list, i, path);
      if (message !== undefined) return message;
    }
    return undefined;
  }
  for (const [key, v] of Object.entries(value as object)) {
    const of = 'map' in shape ? shape.map : Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
    const message = of === undefined ? undefined : inField(v, of, key, path);
    if (message !== undefined) return message;
  }
  return undefined;
}

/** What is wrong about the value, but not about what it holds: `is text, where a list is wanted`. */
export function wrongItself(value: unknown, shape: Shape): string | undefined {
  switch (shape) {
    case 'any':
      return undefined;
    case 'text':
      return typeof value === 'string' ? undefined : `${is(value)}, where text is wanted${inQuotes(value)}`;
    case 'int':
      return Number.isInteger(value) ? undefined : `${is(value)}, where a whole number is wanted`;
    case 'number':
      return typeof value === 'number' ? undefined : `${is(value)}, where a number is wanted`;
    case 'int or text':
      return Number.isInteger(value) || typeof value === 'string'
        ? undefined
        : `${is(value)}, where text or a whole number is wanted`;
    case 'flag':
      return typeof value === 'boolean' ? undefined : `${is(value)}, where true or false is wanted`;
  }
  if ('words' in shape)
    return shape.words.includes(value as string) ? undefined : `${is(value)}, where one of ${shape.words.join(', ')} is wanted`;
  if ('list' in shape) return Array.isArray(value) ? undefined : `${is(value)}, where a list is wanted`;
  return typeof value !== 'object' || value === null || Array.isArray(value)
    ? `${is(value)}, where fields are wanted`
    : undefined;
}

function inField(value: unknown, index: number, key: string | number, path: (string | number)[]): string | undefined {
  const message = wrong(value, index, path);
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
