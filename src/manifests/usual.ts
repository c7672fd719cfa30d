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
  `^( *)(?:((?:- +)*)((?![nN]ull|NULL):?[\\w./-]+|"[^"\\\\]*"):(?: +(${VALUE}))?|((?:- +)+)(${VALUE})|(---))? *(?: #[^\\r]*|^#[^\\r]*)?$`,
);

/** How texts that stand for values are read. */
interface Readers {
  /** Text without quotes: a number, a flag, or text. */
  plain(text: string): unknown;
  /** What stands in brackets, or has escapes. */
  loaded(text: string): unknown;
}

/** Fields, or items, that begin in one column. */
interface Block {
  readonly column: number;
  readonly of: any;
  /** The last field, while what it holds may follow below it. */
  open: string | undefined;
}

/** Letters that nobody refuses, and that all take for the same. */
const ORDINARY = /^[\n\x20-\x7e\u00a1-\u167f\u3001-\ud7ff]*$/;

/**
 * The value of one document all of whose lines are usual, as most are: read with no more than their grammar needs, in a tenth of
 * the time.
 * @returns `rare` where a line is not usual, and `unsure` where it is not plain how lines belong together, or what they mean
 */
export function usualValue(text: string, read: Readers): { readonly value: unknown } | 'rare' | 'unsure' {
  const blocks = new Blocks();
  let marked = false;
  let sure = ORDINARY.test(text);
  for (const line of text.split('\n')) {
    const found = LINE.exec(line);
    if (!found) return 'rare';
    const [, spaces, fieldDashes, key, value, itemDashes, item, mark] = found;
    if (mark !== undefined) {
      sure &&= blocks.root === undefined && spaces === '' && !marked;
      marked = true;
    }
    if (sure && (key ?? item) !== undefined) {
      const dashes = fieldDashes || itemDashes || '';
      const at = spaces!.length + dashes.length;
      sure =
        blocks.dashes(spaces!.length, dashes) &&
        (key === undefined ? blocks.item(item!, read) : blocks.field(at, dashes, key, value, read));
    }
  }
  return sure ? { value: blocks.root } : 'unsure';
}

/** What lines have been read into. What says whether it was done says no where it is not plain what is meant. */
class Blocks {
  root: unknown;
  /** Those that may go on, the innermost last. */
  private readonly open: Block[] = [];

  /** The dashes before an item, each of which begins one, or a list. */
  dashes(column: number, dashes: string): boolean {
    let within = false;
    for (let i = 0; i < dashes.length; i++) {
      if (dashes[i] !== '-') continue;
      if (!this.at('list', column + i, within)) return false;
      within = true;
    }
    return true;
  }

  item(text: string, read: Readers): boolean {
    this.open.at(-1)!.of.push(meaningOf(text, read));
    return true;
  }

  field(column: number, dashes: string, key: string, value: string | undefined, read: Readers): boolean {
    const fields = this.at('fields', column, dashes !== '');
    const name = nameOf(key, read);
    if (!fields || name === undefined || Object.hasOwn(fields.of, name)) return false;
    fields.of[name] = value === undefined ? null : meaningOf(value, read);
    fields.open = value === undefined ? name : undefined;
    return true;
  }

  /** The block of a column, which is there or begins: as an item, below a field, or as the first of all. */
  private at(kind: 'list' | 'fields', column: number, asItem: boolean): Block | undefined {
    const { open } = this;
    const isList = (b: Block) => Array.isArray(b.of);
    let last = open.at(-1);
    if (!asItem) {
      // a list may stand below its field without being moved in
      while (last && (last.column > column || (last.column === column && isList(last) && kind === 'fields'))) {
        open.pop();
        last = open.at(-1);
      }
      if (last?.column === column && isList(last) === (kind === 'list')) return last;
    }
    const made: Block = { column, of: kind === 'list' ? [] : {}, open: undefined };
    if (asItem) last!.of.push(made.of);
    else if (last) {
      if (last.open === undefined) return undefined;
      last.of[last.open] = made.of;
      last.open = undefined;
    } else {
      if (this.root !== undefined) return undefined;
      this.root = made.of;
    }
    open.push(made);
    return made;
  }
}

function meaningOf(text: string, read: Readers): unknown {
  switch (text[0]) {
    case '"':
      return text.includes('\\') ? read.loaded(text) : text.slice(1, -1);
    case "'":
      return text.slice(1, -1).replaceAll("''", "'");
    case '[':
    case '{':
      return read.loaded(text);
    default:
      return read.plain(text);
  }
}

const names = new Map<string, string | undefined>();

/** The name of a field; nothing where it may be something else than text. */
function nameOf(key: string, read: Readers): string | undefined {
  if (!names.has(key)) {
    const name = key.startsWith('"') ? key.slice(1, -1) : read.plain(key);
    names.set(key, name === '__proto__' || typeof name !== 'string' || key.startsWith(':') ? undefined : name);
  }
  return names.get(key);
}
