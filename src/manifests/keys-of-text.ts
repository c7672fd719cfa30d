import type { FieldPath } from './manifest';

/** A key of a map in a text of YAML. */
export interface KeyInText {
  readonly path: FieldPath;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** What it holds, where that is no map and no list. */
  readonly value: unknown;
}

/** All keys of a text of YAML, in order; none where it cannot be read. */
export function keysOfText(text: string): readonly KeyInText[] {
  // only where there is such a text: it takes long to load
  const { isMap, isScalar, isSeq, LineCounter, parseDocument } = require('yaml') as typeof import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, version: '1.1' });
  if (document.errors.length > 0) return [];
  const out: KeyInText[] = [];
  const walk = (node: unknown, path: FieldPath): void => {
    if (isMap(node))
      for (const { key, value } of node.items) {
        if (!isScalar(key)) continue;
        const { line, col } = lines.linePos(key.range?.[0] ?? 0);
        const inner = [...path, String(key.value)];
        out.push({ path: inner, line, column: col, value: isScalar(value) ? value.value : value === null ? null : undefined });
        walk(value, inner);
      }
    else if (isSeq(node)) for (const [i, item] of node.items.entries()) walk(item, [...path, i]);
  };
  walk(document.contents, []);
  return out;
}
