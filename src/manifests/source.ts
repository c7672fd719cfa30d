import type { Document, ParsedNode, YAMLError } from 'yaml';
import type { FieldPath, Place, Unreadable } from './manifest';
import { mayBeSecret } from './veil';
import { OPTIONS } from './yaml-options';

/** Loaded when it is needed: most manifests have nothing rare in them, and no place to be told. */
const reader = () => require('yaml') as typeof import('yaml');

/** Characters of a document up to which places in it are told. */
const LARGE = 16 * 1024 * 1024;

/** A text, to read what is rare in it and to tell places. A document is parsed again when a place in it is asked for, and kept while more are. */
export class Source {
  /** Where lines begin. */
  private lines: number[] | undefined;
  private known: { readonly start: number; readonly text: string; readonly document: Document.Parsed } | undefined;

  constructor(
    readonly text: string,
    private readonly file: string,
  ) {}

  at(offset: number): Place {
    this.lines ??= lineStarts(this.text);
    let [low, high] = [0, this.lines.length];
    // nobody sees a byte order mark
    const first = this.text.startsWith('\uFEFF') ? 1 : 0;
    while (low + 1 < high) {
      const middle = (low + high) >> 1;
      if (this.lines[middle]! <= offset) low = middle;
      else high = middle;
    }
    const begin = low === 0 ? first : this.lines[low]!;
    return { file: this.file, line: low + 1, column: Math.max(1, Math.min(offset, this.text.length) - begin + 1) };
  }

  /** The documents of a part, with the reader that knows places: a value, or why there is none. */
  *read(
    start: number,
    end: number,
  ): Iterable<Unreadable | { readonly value: unknown; readonly place: (path: FieldPath) => Place }> {
    const yaml = reader();
    const text = this.text.slice(start, end);
    for (const document of yaml.parseAllDocuments(text, OPTIONS) as Document.Parsed<ParsedNode>[]) {
      const { contents, range } = document;
      const [error]: readonly YAMLError[] = document.errors;
      if (error) yield this.unreadable(start + error.pos[0], text, whyNot(error, text));
      if (error || contents === null || (yaml.isScalar(contents) && contents.value === null)) continue;
      const [from, to] = [start + range[0], start + range[2]];
      const own = withinItself(document);
      if (own !== undefined) {
        yield this.unreadable(start + own, text, 'cannot be read: an alias stands within what it is an alias of');
        continue;
      }
      try {
        yield { value: document.toJS({ maxAliasCount: 10_000 }), place: (path) => this.place(from, to, path) };
      } catch (e) {
        const alias = unresolved(document);
        yield this.unreadable(start + (alias ?? contents.range[0]), text, whyNot(e as Error, text, alias));
      }
    }
  }

  private unreadable(offset: number, text: string, message: string): Unreadable {
    return { place: this.at(offset), message, ...(mayBeSecret(text) ? { veiled: true } : {}) };
  }

  /** Of a document that is too large to be looked at field by field it is the beginning. */
  place(start: number, end: number, path: FieldPath): Place {
    if (end - start > LARGE) return this.at(start);
    if (this.known?.start !== start) {
      const text = this.text.slice(start, end);
      const [document] = reader().parseAllDocuments(text, OPTIONS) as Document.Parsed[];
      this.known = { start, text, document: document! };
    }
    return this.at(start + offsetOf(this.known.text, this.known.document, path));
  }
}

/** Where an alias stands that no anchor before it is meant by. */
function unresolved(document: Document.Parsed): number | undefined {
  let offset: number | undefined;
  const { visit } = reader();
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document)) return undefined;
      offset = alias.range?.[0];
      return visit.BREAK;
    },
  });
  return offset;
}

const TOO_DEEP = /call stack/;

/** Why a document cannot be read. Readers go down into what is nested, and regexes along a line: both until the stack is full. */
export const said = ({ message }: Error): string =>
  `cannot be read: ${TOO_DEEP.test(message) ? 'it is nested too deep, or too long' : message}`;

/** Words for what the reader tells by a code, where they say more than that it is no YAML. */
const WORDS: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'an alias of what no anchor before it stands for: put text that begins with "*" in quotes',
  DUPLICATE_KEY: 'a key stands twice in one map',
  MISSING_CHAR: 'a closing quote or bracket, or what stands between two values, is missing',
  BAD_INDENT: 'it is indented otherwise than the lines around it',
  TAB_AS_INDENT: 'a tab stands where only blanks may',
  UNEXPECTED_TOKEN: 'something stands where nothing may: put text with signs of YAML in it in quotes',
};

/** What a template of Helm, or of the like, has in its braces. */
const TEMPLATE = /\{\{-?\s*(?:[.$]\w*|(?:range|if|else|end|with|include|define|template|toYaml|tpl)\b)/;

/**
 * Why a document is no YAML: said of templates and of keys that are there twice by what they are. The reader quotes what it
 * stumbles over, which nobody may see of a Secret.
 * @param alias where one stands that means nothing
 */
function whyNot(error: Error | YAMLError, text: string, alias?: number): string {
  if (TEMPLATE.test(text)) return 'is a template, and no YAML before it is rendered: check what "helm template" prints';
  const code = 'code' in error ? error.code : alias === undefined ? undefined : 'BAD_ALIAS';
  if (mayBeSecret(text) && !TOO_DEEP.test(error.message))
    return `cannot be read: ${code === undefined ? '' : `${code}, `}${WORDS[code ?? ''] ?? 'it is no YAML here'} (nothing is quoted, since it may be a Secret's)`;
  if (!('pos' in error) || code !== 'DUPLICATE_KEY') return said(error);
  const [key = ''] = /^(?:"[^"\n]*"|'[^'\n]*'|[^:\n]*)/.exec(text.slice(error.pos[0])) ?? [];
  return `cannot be read: the key "${key.trim().replace(/^(["'])(.*)\1$/, '$2')}" stands twice in one map`;
}

/** Where an alias stands within its own anchor, and so never ends. */
function withinItself(document: Document.Parsed): number | undefined {
  let offset: number | undefined;
  const { visit } = reader();
  visit(document, {
    Alias(_key, alias, parents) {
      const anchored = alias.resolve(document);
      if (anchored === undefined || !parents.includes(anchored)) return undefined;
      offset = alias.range?.[0];
      return visit.BREAK;
    },
  });
  return offset;
}

/** Where the field begins (its key, in a map), or the nearest parent that is written. */
function offsetOf(text: string, document: Document.Parsed, path: FieldPath): number {
  const { isMap, isPair, isScalar, isSeq, Scalar } = reader();
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((p) => isPair(p) && isScalar(p.key) && String(p.key.value) === String(key));
      if (!pair) break;
      offset = (pair.key as { range?: number[] }).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
      offset = (node as { range?: number[] } | undefined)?.range?.[0] ?? offset;
    } else if (isScalar(node) && node.type === Scalar.BLOCK_LITERAL && node.range) {
      offset = lineOfBlock(text, node.range[0], Number(key)) ?? offset;
      break;
    } else break;
  }
  return offset;
}

/** Where the text of a line begins in a block that is introduced (`|`) at an offset. */
function lineOfBlock(text: string, block: number, line: number): number | undefined {
  let start = block;
  for (let n = 0; n <= line; n++) {
    start = text.indexOf('\n', start) + 1;
    if (start === 0) return undefined;
  }
  while (text[start] === ' ') start++;
  return start;
}

/** Where the lines of a text begin. */
export function lineStarts(text: string): number[] {
  const out = [0];
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) out.push(i + 1);
  return out;
}
