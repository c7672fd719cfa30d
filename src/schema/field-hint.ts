import type { Shape } from '../../imports/shape';
import { KINDS, SHAPES } from '../../imports/shapes';
import { type FieldPath, fieldText } from '../manifests/manifest';
import { didYouMean } from '../values/names';

/** Names of the fields that a shape has; none for text, lists, maps and the like. */
const fieldsOf = (shape: Shape | undefined): Readonly<Record<string, number>> =>
  typeof shape === 'object' && 'fields' in shape ? shape.fields : {};

/** The shape of a field, by its path from an object of a kind (`group/kind`); undefined where nothing is known. */
function shapeAt(kind: string, path: FieldPath): Shape | undefined {
  let shape: Shape | undefined = SHAPES[KINDS[kind] ?? -1];
  for (const key of path) {
    if (typeof shape !== 'object' || 'words' in shape) return undefined;
    const next: number | undefined = 'list' in shape ? shape.list : 'map' in shape ? shape.map : shape.fields[key];
    shape = next === undefined ? undefined : SHAPES[next];
  }
  return shape;
}

/** A list's items and a map's values stand for it: `headers` holds what a match of headers holds. */
function within(shape: Shape | undefined): Shape | undefined {
  if (typeof shape !== 'object' || 'words' in shape || 'fields' in shape) return shape;
  return within(SHAPES['list' in shape ? shape.list : shape.map]);
}

/**
 * What was probably meant by a field that its kind does not know: a name that is written nearly so, or a place one level
 * up or down where there is such a field.
 */
export function hintFor(kind: string, path: FieldPath): string | undefined {
  const name = String(path.at(-1));
  const siblings = fieldsOf(shapeAt(kind, path.slice(0, -1)));
  const similar = didYouMean(name, Object.keys(siblings));
  if (similar !== '') return similar.slice(2, -1);
  const inside = Object.keys(siblings).filter((s) => Object.hasOwn(fieldsOf(within(SHAPES[siblings[s]!])), name));
  if (inside.length > 0)
    return `it is a field of ${inside
      .slice(0, 3)
      .map((s) => `"${s}"`)
      .join(', of ')}${inside.length > 3 ? ' and of others' : ''}`;
  for (let depth = path.length - 2; depth >= 0; depth--) {
    if (!Object.hasOwn(fieldsOf(shapeAt(kind, path.slice(0, depth))), name)) continue;
    return `it is a field of ${depth === 0 ? 'the object' : fieldText(path.slice(0, depth))}`;
  }
  return undefined;
}
