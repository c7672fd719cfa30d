import { printable } from '../values/printable';

/** Characters of a line that are shown, so that a terminal does not wrap it. */
const WIDEST = 110;
/** Of them, those before the place that is meant. */
const BEFORE = 40;

/** Characters before a place that are looked at; a line that is longer than that is JSON, or as good as. */
const FAR = 10_000;

/** A part of a line, and what stands below it. */
export interface Excerpt {
  readonly text: string;
  /** As wide as what is before the marks. */
  readonly indent: string;
  readonly marks: string;
}

/** The part of a line around a column (from 1), with marks below the field that begins there. */
export function excerpt(whole: string, column: number): Excerpt {
  const line = whole.trimEnd();
  const from = Math.max(0, Math.min(column - 1, line.length - 1));
  const end = Math.max(from + 1, endOf(line, from));
  const start = line.length <= WIDEST ? 0 : Math.max(0, Math.min(from - BEFORE, line.length - WIDEST));
  const stop = Math.min(line.length, start + WIDEST);
  const before = `${start > 0 ? '…' : ''}${printable(line.slice(start, from))}`;
  return {
    text: `${before}${printable(line.slice(from, stop))}${stop < line.length ? '…' : ''}`,
    indent: blank(before),
    marks: '^'.repeat(blank(printable(line.slice(from, Math.min(end, stop)))).length),
  };
}

/** Blanks as wide as the text; tabs stay, for they are as wide in the line below. */
const blank = (text: string): string =>
  [...text].map((c) => (c === '\t' ? '\t' : MARK.test(c) ? '' : WIDE.test(c) ? '  ' : ' ')).join('');

/** Takes no room of its own. */
const MARK = /\p{M}|\u200d/u;
/** Takes two columns on a terminal. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Where the field or value that begins at an offset ends, as YAML has it: before a comment, or what ends it within brackets. */
function endOf(line: string, from: number): number {
  let depth = 0;
  let base = 0;
  let quote = '';
  let open = true; // whether a value may begin here: then quotes and brackets mean something
  const first = from > FAR ? from : 0;
  if (first > 0) depth = 1;
  for (let i = first; i < Math.min(line.length, from + WIDEST); i++) {
    const c = line[i]!;
    if (i === from) base = depth;
    if (quote !== '') {
      const escapes = quote === '"' ? c === '\\' : c === "'" && line[i + 1] === "'";
      if (escapes) i++;
      else if (c === quote) quote = '';
      continue;
    }
    if (c === '#' && (i === 0 || /\s/.test(line[i - 1]!)) && i > from) return line.slice(0, i).trimEnd().length;
    if (i >= from && base > 0 && depth === base && /[,\]}]/.test(c)) return line.slice(0, i).trimEnd().length;
    if (/\s/.test(c)) continue;
    if (open && (c === '"' || c === "'")) quote = c;
    else if ((open || depth > 0) && (c === '{' || c === '[')) depth++;
    else if (depth > 0 && (c === '}' || c === ']')) depth--;
    open = /[,[{]/.test(c) ? depth > 0 : (c === ':' || c === '-' || c === '?') && /^\s|^$/.test(line.slice(i + 1, i + 2));
  }
  // a line of JSON
  return /^["\d]/.test(line.slice(from)) && line.endsWith(',') ? line.length - 1 : line.length;
}
