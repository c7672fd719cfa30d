import { type FieldPath, fieldText, type Manifest, type Manifests, manifestOf, type Place, type Unreadable } from './manifest';
import { quickValue } from './quick';
import { misshapen, withoutNulls } from './shape';
import { Source } from './source';

/**
 * Reads YAML (or JSON) as Kubernetes does: several documents, `List`s, anchors, merge keys, comments, CRLF, BOM.
 * A document that cannot be read is told with its place, and the others are read still.
 * @param file named in places
 */
export function parseManifests(text: string, file: string): Manifests {
  const manifests: Manifest[] = [];
  const unreadable: Unreadable[] = [];
  const source = new Source(text, file);
  for (const [start, end] of documentsOf(text)) {
    try {
      readDocument(source, start, end, manifests, unreadable);
    } catch (e) {
      // readers go down into what is nested, and regexes along a line: both until the stack is full
      if (!(e instanceof RangeError)) throw e;
      unreadable.push({
        place: source.at(firstOf(text, start, end)),
        message: 'cannot be read: it is nested too deep, or too long',
      });
    }
  }
  return { manifests, unreadable };
}

function readDocument(source: Source, start: number, end: number, manifests: Manifest[], unreadable: Unreadable[]): void {
  const part = source.text.slice(start, end);
  const place = (path: FieldPath) => source.place(start, end, path);
  const json = asJson(part);
  if (json !== undefined) {
    collect(json, place, [], manifests, unreadable);
    return;
  }
  const quick = quickValue(part);
  if (quick) {
    if (quick.value !== null && quick.value !== undefined) collect(quick.value, place, [], manifests, unreadable);
    return;
  }
  for (const read of source.read(start, end)) {
    if ('message' in read) unreadable.push(read);
    else collect(read.value, read.place, [], manifests, unreadable);
  }
}

/** Where a document's own text begins, behind its mark and empty lines. */
function firstOf(text: string, start: number, end: number): number {
  const [before = ''] = /^(?:---)?\s*/.exec(text.slice(start, Math.min(end, start + 1_000))) ?? [];
  return start + before.length;
}

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
  // tasks, data and the like of other tools, which lie beside manifests
  if (Array.isArray(value) && base.length === 0 && !value.some((v) => isMap(v) && 'kind' in v)) {
    unreadable.push({ place: place([]), message: 'is a list, and no object of Kubernetes', foreign: true });
    return;
  }
  if (!isMap(value)) return void wrong('is no object of Kubernetes');
  const object = value as Record<string, any>;
  const { apiVersion, kind, metadata } = object;
  const foreign = foreignText(object);
  if (foreign !== undefined) {
    unreadable.push({ place: place([...base]), message: foreign, foreign: true });
    return;
  }
  if (typeof apiVersion !== 'string' || typeof kind !== 'string')
    return void wrong(`has no ${typeof kind === 'string' ? 'apiVersion' : 'kind'}, so it is no object of Kubernetes`);
  if (kind.endsWith('List') && Array.isArray(object.items)) {
    // items of a list of one kind need not say it. Source: k8s.io/apimachinery, unstructured.UnstructuredJSONScheme
    const of = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
    object.items.forEach((item, i) => {
      const bare = isMap(item) && item.apiVersion === undefined && item.kind === undefined;
      collect(bare ? { ...of, ...item } : item, place, [...base, 'items', i], manifests, unreadable);
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

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Files of other tools, by how their apiVersion begins: whose they are, and what makes manifests of them. */
const TOOLS: readonly (readonly [start: string, tool: string, out: string])[] = [
  ['install.istio.io/', "istioctl's", ''],
  ['kustomize.config.k8s.io/', "kustomize's", ': check what "kustomize build" prints'],
  ['skaffold/', "Skaffold's", ': check what "skaffold render" prints'],
];

/** What a document is, where it is no object that anybody meant for the cluster. */
function foreignText({ apiVersion, kind, name, version }: Readonly<Record<string, unknown>>): string | undefined {
  for (const [start, tool, out] of TOOLS)
    if (String(apiVersion).startsWith(start)) return `is ${kind}, which is ${tool}, and no object of the cluster${out}`;
  if (kind !== undefined) return undefined;
  if (apiVersion === undefined) return 'has no apiVersion and no kind, so it is no object of Kubernetes';
  return ['v1', 'v2'].includes(apiVersion as string) && typeof name === 'string' && version !== undefined
    ? 'is the Chart.yaml of a Helm chart, and no object of the cluster: check what "helm template" prints'
    : undefined;
}
