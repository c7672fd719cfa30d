import { type FieldTree, fieldOf, fieldsOf, hasKeys, keysOf } from './managed-fields';

/** The fields of a tree that a value does not have, as {@link fieldsOf} names them: what somebody owns of an object, and its file does not say. */
export function notSaid(tree: FieldTree | undefined, value: unknown, parts: readonly string[] = []): string[] {
  if (value === undefined) return fieldsOf(tree, parts);
  return Object.keys(tree ?? {}).flatMap((part) =>
    part === '.' ? [] : notSaid(tree![part], partOf(value, part), [...parts, part]),
  );
}

/** What a value has where a part leads to; nothing where it has nothing there. */
function partOf(value: any, part: string): unknown {
  const field = fieldOf(part);
  if (field !== undefined) return value?.[field];
  if (!Array.isArray(value)) return undefined;
  if (part.startsWith('k:')) return value.find((item) => hasKeys(item, keysOf(part)));
  if (part.startsWith('v:')) return value.find((item) => JSON.stringify(item) === part.slice(2));
  return value[Number(part.slice(2))];
}
