import {
  type Document,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseAllDocuments,
  type YAMLError,
} from 'yaml';
import { type FieldPath, fieldText, type Manifest, type Manifests, manifestOf, type Place, type Unreadable } from './manifest';
import { quickValue } from './quick';
import { misshapen, withoutNulls } from './shape';
import { OPTIONS } from './yaml-options';

/** Characters of a document up to which places in it are told. */
const LARGE = 16 * 1024 * 1024;

/**
 * Reads YAML (or JSON) as Kubernetes does: several documents, `List`s, anchors, merge keys, comments, CRLF, BOM.
 * A document that cannot be read is told with its place, and the others are read still.
 * @param file named in places
 */
export function parseManifests(text: string, file: string): Manifests {
  const manifests: Manifest[] = [];
  const unreadable: Unreadable[] = [];
  const source = new Source(text, file);
  for (const [start, end] of parts(text)) {
    const part = text.slice(start, end);
    const json = asJson(part);
    if (json !== undefined) {
      collect(json, (path) => source.place(start, end, path), [], manifests, unreadable);
      continue;
    }
    const quick = quickValue(part);
    if (quick) {
      if (quick.value !== null && quick.value !== undefined)
        collect(quick.value, (path) => source.place(start, end, path), [], manifests, unreadable);
      continue;
    }
    const documents = parseAllDocuments(part, OPTIONS) as Document.Parsed<ParsedNode>[];
    for (const document of documents) {
      const { contents, range } = document;
      const [error]: readonly YAMLError[] = document.errors;
      if (error) unreadable.push({ place: source.at(start + error.pos[0]), message: `cannot be read: ${error.message}` });
      if (error || contents === null || (isScalar(contents) && contents.value === null)) continue;
      let value: unknown;
      try {
        value = document.toJS({ maxAliasCount: 10_000 });
      } catch (e) {
        const place = source.at(start + contents.range[0]);
        unreadable.push({ place, message: `cannot be read: ${(e as Error).message}` });
        continue;
      }
      const [from, to] = [start + range[0], start + range[2]];
      collect(value, (path) => source.place(from, to, path), [], manifests, unreadable);
    }
  }
  return { manifests, unreadable };
}

/**
 * Where documents begin and end: a line that begins with `---` is a mark in YAML wherever it stands. One is read at a time,
 * for what the reader knows of a document takes a hundred times the room of its text.
 */
function parts(text: string): readonly (readonly [number, number])[] {
  // a directive belongs to the document after the mark
  if (/^%/m.test(text)) return [[0, text.length]];
  const marks = [...text.matchAll(/^---(?=[ \t\r\n]|$)/gm)].map((m) => m.index);
  return [0, ...marks].map((start, i) => [start, marks[i] ?? text.length]);
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

function collect(
  value: unknown,
  place: (path: FieldPath) => Place,
  base: FieldPath,
  manifests: Manifest[],
  unreadable: Unreadable[],
): void {
  const wrong = (message: string, path: FieldPath = []) => unreadable.push({ place: place([...base, ...path]), message });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return void wrong('is no object of Kubernetes');
  const object = value as Record<string, any>;
  const { apiVersion, kind, metadata } = object;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string')
    return void wrong(`has no ${typeof kind === 'string' ? 'apiVersion' : 'kind'}, so it is no object of Kubernetes`);
  if (kind.endsWith('List') && Array.isArray(object.items)) {
    object.items.forEach((item, i) => {
      collect(item, place, [...base, 'items', i], manifests, unreadable);
    });
    return;
  }
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return void wrong(`${kind} has no metadata`);
  if (typeof metadata.name !== 'string' && typeof metadata.generateName !== 'string')
    return void wrong(
      metadata.name === undefined || metadata.name === null
        ? `${kind} has no name`
        : `${kind} has name ${JSON.stringify(metadata.name)}, which is no text: put it in quotes`,
      ['metadata', 'name'],
    );
  const empty = withoutNulls(object);
  const bad = misshapen(object);
  const manifest = manifestOf(object, (path = []) => place([...base, ...path]), empty);
  if (bad === undefined) return void manifests.push(manifest);
  const message = `${kind} "${metadata.name ?? metadata.generateName}": ${fieldText(bad.path)} ${bad.message}`;
  unreadable.push({ place: manifest.place(bad.path), message, manifest });
}

/** The text, to tell places in it. A document is parsed again when a place in it is asked for, and kept while more are. */
class Source {
  private readonly lines = new LineCounter();
  private known: { readonly start: number; readonly document: Document.Parsed } | undefined;

  constructor(
    private readonly text: string,
    private readonly file: string,
  ) {
    this.lines.addNewLine(0);
    for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) this.lines.addNewLine(i + 1);
  }

  at(offset: number): Place {
    const { line, col } = this.lines.linePos(Math.min(offset, this.text.length));
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col) };
  }

  /** Of a document that is too large to be looked at field by field it is the beginning. */
  place(start: number, end: number, path: FieldPath): Place {
    if (end - start > LARGE) return this.at(start);
    if (this.known?.start !== start) {
      const [document] = parseAllDocuments(this.text.slice(start, end), OPTIONS) as Document.Parsed[];
      this.known = { start, document: document! };
    }
    return this.at(start + offsetOf(this.known.document, path));
  }
}

/** Where the field begins (its key, in a map), or the nearest parent that is written. */
function offsetOf(document: Document.Parsed, path: FieldPath): number {
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
    } else break;
  }
  return offset;
}
