import { FAILSAFE_SCHEMA, load, Type } from 'js-yaml';
import { SCALARS, type Scalar } from './scalars';

const QUOTED = String.raw`"(?:[^"\\]|\\[^\s])*"|'(?:[^']|'')*'`;
/** Begins with nothing that means something, and ends before a comment. */
const BARE = String.raw`(?:[^\s"'[\]{}&*!|>%@${'`'}#,?:<=~-]|-[\w.])(?:[^\s:#]|:[^\s]|#|(?<=[^\s:]) +(?=[^\s#]))*`;
/** A word that is nothing but text or a number, within brackets. */
const WORD = String.raw`(?:[A-Za-z0-9_/][\w./-]*|"[^"\\]*"|'[^']*')`;
/** What stands in brackets: words, or brackets again, as deep as people write them in one line. */
const FLOW = [1, 2, 3, 4].reduce(
  ({ within }) => {
    const pair = `(?![nN]ull|NULL)[A-Za-z_][\\w./-]*: +${within}`;
    const flow = `(?:\\[ *(?:${within} *(?:, *|(?=\\])))*\\]|\\{ *(?:${pair} *(?:, *|(?=\\})))*\\})`;
    return { flow, within: `(?:${WORD}|${flow})` };
  },
  { flow: '', within: WORD },
).flow;
const VALUE = `(?:${QUOTED}|${BARE}|${FLOW})`;
/**
 * A line as nearly all lines of manifests are: `key:`, `key: value`, `- value`, or several of `- ` before a key; a comment;
 * nothing. Others (text over several lines, anchors, tags, flow, merge keys) are rare, and readers think differently of them.
 */
const LINE = new RegExp(
  `^ *(?:(?:- +)*(?:(?:(?![nN]ull|NULL):?[\\w./-]+|"[^"\\\\]*"):(?: +${VALUE})?)|(?:- +)+${VALUE}|---)? *(?: #[^\\r]*|^#[^\\r]*)?$`,
);

/** Whether all lines are such. */
const isUsual = (text: string): boolean => text.split('\n').every((line) => LINE.test(line));

/** What may be something else than text begins like this; null has no letters at all. */
const MAY_BE_MORE = /^(?:[-+.0-9~nNyYtTfFoO]|$)/;

const scalarOf = (text: string): Scalar | undefined =>
  MAY_BE_MORE.test(text) ? SCALARS.find((t) => t.test.test(text)) : undefined;

const PLAIN = new Type('tag:yaml.org,2002:plain', {
  kind: 'scalar',
  resolve: (text: string | null) => text === null || scalarOf(text) !== undefined,
  construct: (text: string | null) => (text === null ? null : scalarOf(text)!.value(text)),
});
const SCHEMA = FAILSAFE_SCHEMA.extend({ implicit: [PLAIN] });

/**
 * The value of one document by a reader that knows no places, and takes a fifth of the time; nothing where it has
 * something rare in it or is wrong, which the other reader tells with its place.
 */
export function quickValue(given: string): Value | undefined {
  // lines that end as on Windows do mean the same
  const text = given.includes('\r') ? given.replaceAll('\r\n', '\n') : given;
  if (!isUsual(text)) return undefined;
  try {
    return { value: load(text, { schema: SCHEMA }) };
  } catch {
    return undefined;
  }
}

/** What a document holds. */
export interface Value {
  readonly value: unknown;
}

/** The value of a document, by the readers that know no places: of YAML, or of JSON; nothing where it has something rare in it. */
export function quickOf(part: string): Value | undefined {
  const json = asJson(part);
  return json === undefined ? quickValue(part) : { value: json };
}

/** The value, where the text is JSON alone: a `List` of a whole cluster is read so in a moment. */
function asJson(text: string): unknown {
  if (!/^\uFEFF?\s*\{/.test(text)) return undefined;
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined; // YAML's own braces, or wrong: its reader tells where
  }
}
