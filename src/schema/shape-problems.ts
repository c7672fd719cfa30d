import { SHAPES } from '../../imports/shapes';
import type { FieldPath } from '../manifests/manifest';
import { wrongItself } from '../manifests/shape';
import { hintFor } from './field-hint';
import type { SchemaProblem } from './problem';

/**
 * The fields of an object that its kind does not know, at any depth, and values of other types than their fields have. A
 * field without a value has the type that is wanted.
 * @param kind `group/kind`
 * @param typed false where somebody else tells wrong types
 */
export function shapeProblems(kind: string, value: unknown, index: number, path: FieldPath, typed: boolean): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  visit(value, index, path);
  return problems;

  function visit(v: unknown, row: number, at: FieldPath): void {
    const shape = SHAPES[row]!;
    const message = wrongItself(v, shape);
    if (message !== undefined && typed) problems.push({ path: at, message });
    if (message !== undefined || typeof shape !== 'object' || 'words' in shape) return;
    if ('list' in shape) {
      for (const [i, item] of (v as unknown[]).entries()) visit(item, shape.list, [...at, i]);
      return;
    }
    for (const [key, item] of Object.entries(v as object)) {
      const of = 'map' in shape ? shape.map : Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
      if (of !== undefined) item === null || visit(item, of, [...at, key]);
      else problems.push(unknown(kind, [...at, key]));
    }
  }
}

function unknown(kind: string, path: FieldPath): SchemaProblem {
  const hint = hintFor(kind, path);
  return { path, message: `is no field that ${kind.slice(kind.indexOf('/') + 1)} has`, ...(hint && { hint }) };
}
