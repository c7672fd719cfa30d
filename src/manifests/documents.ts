/**
 * Where documents begin and end: a line that begins with `---` is a mark in YAML wherever it stands. One is read at a time,
 * for what the reader knows of a document takes a hundred times the room of its text.
 */
export function documentsOf(text: string): readonly (readonly [number, number])[] {
  // a directive belongs to the document after the mark
  if (text.startsWith('%') || text.includes('\n%')) return [[0, text.length]];
  const marks: number[] = isMark(text, 0) ? [0] : [];
  for (let i = text.indexOf('\n---'); i >= 0; i = text.indexOf('\n---', i + 1)) if (isMark(text, i + 1)) marks.push(i + 1);
  return [0, ...marks].map((start, i) => [start, marks[i] ?? text.length]);
}

const isMark = (text: string, at: number): boolean =>
  text.startsWith('---', at) && (at + 3 === text.length || ' \t\r\n'.includes(text[at + 3]!));
