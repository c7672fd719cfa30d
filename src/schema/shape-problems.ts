import { SHAPES } from '../../imports/shapes';
import type { FieldPath } from '../manifests/manifest';
import { wordsFor, wrongItself } from '../manifests/shape';
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
  // nearly all objects are right, so the way to a value is only copied where it is told
  const at = [...path];
  const words = wordsFor(kind.slice(kind.indexOf('/') + 1));
  visit(value, index);
  return problems;

  function visit(v: unknown, row: number): void {
    const shape = SHAPES[row]!;
    const message = wrongItself(v, shape, words);
    if (message !== undefined && typed) problems.push({ path: [...at], message });
    if (message !== undefined || typeof shape !== 'object' || 'words' in shape) return;
    if ('list' in shape) {
      const list = v as readonly unknown[];
      for (let i = 0; i < list.length; i++) {
        at.push(i);
        visit(list[i], shape.list);
        at.pop();
      }
      return;
    }
    for (const key of Object.keys(v as object)) {
      const item = (v as Record<string, unknown>)[key];
      const of = 'map' in shape ? shape.map : Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
      at.push(key);
      if (of === undefined) problems.push(unknown(kind, [...at]));
      else if (item !== null) visit(item, of);
      at.pop();
    }
  }
}

function unknown(kind: string, path: FieldPath): SchemaProblem {
  const hint = hintFor(kind, path);
  return { path, message: `is no field that ${kind.slice(kind.indexOf('/') + 1)} has`, ...(hint && { hint }) };
}
