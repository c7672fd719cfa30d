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
import { misshapen, withoutNulls } from './shape';

/** Types of YAML 1.1 that Kubernetes' reader does not know: it leaves times, base 60 and binary as text. */
const FOREIGN = new Set([
  'tag:yaml.org,2002:timestamp',
  'tag:yaml.org,2002:binary',
  'tag:yaml.org,2002:omap',
  'tag:yaml.org,2002:pairs',
  'tag:yaml.org,2002:set',
]);

const OPTIONS = {
  version: '1.1',
  customTags: (tags: readonly any[]) =>
    tags.filter((t) => !(typeof t === 'object' && (FOREIGN.has(t.tag) || t.format === 'TIME'))),
  prettyErrors: false,
  uniqueKeys: true,
  logLevel: 'silent',
} as const;

/**
 * Reads YAML (or JSON) as Kubernetes does: several documents, `List`s, anchors, merge keys, comments, CRLF, BOM.
 * A document that cannot be read is told with its place, and the others are read still.
 * @param file named in places
 */
export function parseManifests(text: string, file: string): Manifests {
  const manifests: Manifest[] = [];
  const unreadable: Unreadable[] = [];
  const source = new Source(text, file);
  const documents = parseAllDocuments(text, OPTIONS) as Document.Parsed<ParsedNode>[];
  for (const document of documents) {
    const errors: readonly YAMLError[] = document.errors;
    if (errors.length > 0) {
      for (const e of errors.slice(0, 1))
        unreadable.push({ place: source.at(e.pos[0]), message: `cannot be read: ${e.message}` });
      continue;
    }
    if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) continue;
    let value: unknown;
    try {
      value = document.toJS({ maxAliasCount: 10_000 });
    } catch (e) {
      unreadable.push({ place: source.at(document.contents.range[0]), message: `cannot be read: ${(e as Error).message}` });
      continue;
    }
    const { range } = document;
    collect(value, (path) => source.place(range, path), [], manifests, unreadable);
  }
  return { manifests, unreadable };
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
  withoutNulls(object);
  const bad = misshapen(object);
  if (bad)
    return void wrong(`${kind} "${metadata.name ?? metadata.generateName}": ${fieldText(bad.path)} ${bad.message}`, bad.path);
  manifests.push(manifestOf(object, (path = []) => place([...base, ...path])));
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

  place([start, , end]: readonly [number, number, number], path: FieldPath): Place {
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
