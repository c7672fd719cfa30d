/** What a terminal would obey instead of showing it: the control characters C0 and C1, tabs aside. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g;

/** The text as a terminal may have it: one line, with control characters as `\u001b` has them. */
export const printable = (text: string): string =>
  text.replace(CONTROL, (c) => (c === '\n' ? '\\n' : c === '\r' ? '\\r' : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`));
