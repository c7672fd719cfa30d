/** A token of CEL. A `word` may name something, `escaped` a field; `null`, `true`, `false` and `in` may not. */
export interface Token {
  readonly kind: 'word' | 'escaped' | 'number' | 'uint' | 'float' | 'string' | 'bytes' | 'sign' | 'end';
  readonly text: string;
  /** Where it begins, from 0. */
  readonly at: number;
}

const ESCAPE = String.raw`\\(?:[abfnrtv"'\\?\x60]|[0-3][0-7][0-7]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})`;
const STRING = [
  `"""(?:${ESCAPE}|[^\\\\])*?"""`,
  `'''(?:${ESCAPE}|[^\\\\])*?'''`,
  `[rR]"""[\\s\\S]*?"""`,
  `[rR]'''[\\s\\S]*?'''`,
  `"(?:${ESCAPE}|[^\\\\"\\n\\r])*"`,
  `'(?:${ESCAPE}|[^\\\\'\\n\\r])*'`,
  `[rR]"[^"\\n\\r]*"`,
  `[rR]'[^'\\n\\r]*'`,
].join('|');
const KINDS: readonly (readonly [Token['kind'] | 'nothing', RegExp])[] = [
  ['nothing', /(?:[\t \r\n\f]|\/\/[^\n]*)+/uy],
  ['bytes', new RegExp(`[bB](?:${STRING})`, 'uy')],
  ['string', new RegExp(`(?:${STRING})`, 'uy')],
  ['float', /(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)/uy],
  ['uint', /(?:0x[0-9a-fA-F]+|\d+)[uU]/uy],
  ['number', /(?:0x[0-9a-fA-F]+|\d+)/uy],
  ['word', /[A-Za-z_][A-Za-z0-9_]*/uy],
  ['escaped', /`[A-Za-z0-9_.\-/ ]+`/uy],
  ['sign', /==|!=|<=|>=|&&|\|\||[<>[\]{}().,\-!?:+*/%]/uy],
];
const SIGNS = new Set(['true', 'false', 'null', 'in']);

/** The tokens of an expression; throws where there is none. Source: CEL.g4 of github.com/google/cel-go. */
export function tokens(text: string): Token[] {
  const out: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const [kind, found] = next(text, at);
    if (kind === undefined) throw new CelError(`${JSON.stringify(text[at])} is nothing of CEL`, at);
    if (kind !== 'nothing') out.push(checked({ kind: kind === 'word' && SIGNS.has(found) ? 'sign' : kind, text: found, at }));
    at += found.length;
  }
  out.push({ kind: 'end', text: '', at });
  return out;
}

function next(text: string, at: number): [Token['kind'] | 'nothing' | undefined, string] {
  for (const [kind, pattern] of KINDS) {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found) return [kind, found];
  }
  return [undefined, ''];
}

/** What the grammar lets through, and reading does not. */
function checked(token: Token): Token {
  const { kind, text, at } = token;
  if (kind === 'float' && !Number.isFinite(Number(text))) throw new CelError(`${text} is too large`, at);
  if (kind === 'uint' && BigInt(text.slice(0, -1)) >= 2n ** 64n) throw new CelError(`${text} is too large`, at);
  if ((kind === 'string' || kind === 'bytes') && !/^[bB]?[rR]/.test(text))
    for (const [all, x] of text.matchAll(/\\(?:[uU]([0-9a-fA-F]+)|.)/gs)) {
      if (x === undefined) continue;
      const code = Number.parseInt(x, 16);
      if (kind === 'bytes' || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        throw new CelError(`${all} is no character`, at);
    }
  return token;
}

/** What is wrong about an expression. */
export class CelError extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message);
  }
}
