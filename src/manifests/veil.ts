const SAYS_SECRET = /\bkind\b\W{0,20}Secret(?:List)?\b/i;
const SAYS_KIND = /\bkind\b["']?\s*:\s*["']?\w/;
const HOLDS = /\b(?:data|stringData|last-applied-configuration)\b/i;

/**
 * Whether messages must not quote the values of an object of this kind: all of them, for what belongs into a Secret's data also
 * comes to stand beside it. Letters of another case are a slip.
 */
export const isVeiled = (kind: unknown): boolean => typeof kind === 'string' && /^secret$/i.test(kind);

/** Whether a whole Secret may stand in a line: then the line must not be shown, whatever is told of it. */
export const holdsSecret = (line: string): boolean => SAYS_SECRET.test(line) && HOLDS.test(line);

/** Whether a document that cannot be read may be a Secret: it says so, or of nothing what it is. */
export const mayBeSecret = (text: string): boolean => SAYS_SECRET.test(text) || !SAYS_KIND.test(text);
