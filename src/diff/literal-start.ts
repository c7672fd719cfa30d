/** The letters that all texts of a pattern begin with, as far as they are plain to see. */
export function literalStart(pattern: string): string {
  if (pattern.includes('|') || pattern.includes('(?')) return '';
  const [start] = /^\^?[\w/:=@ ~-]*/.exec(pattern)!;
  const text = start.replace('^', '');
  // the last letter may be one that is repeated, or not there
  return /^[*+?{]/.test(pattern.slice(start.length)) ? text.slice(0, -1) : text;
}
