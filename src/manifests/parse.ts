import { documentsOf } from './documents';
import { type FieldPath, fieldText, type Manifest, type Manifests, manifestOf, type Place, type Unreadable } from './manifest';
import { quickOf, type Value } from './quick';
import { misshapen, withoutNulls } from './shape';
import { Source } from './source';
import { isBraces, UNRENDERED } from './template';

/**
 * Reads YAML (or JSON) as Kubernetes does: several documents, `List`s, anchors, merge keys, comments, CRLF, BOM.
 * A document that cannot be read is told with its place, and the others are read still.
 * @param file named in places
 */
export function parseManifests(text: string, file: string): Manifests {
  return new Parser(text, file).rest();
}

/** Reads the documents of a text from the first on, some at a time. */
export class Parser {
  private readonly manifests: Manifest[] = [];
  private readonly unreadable: Unreadable[] = [];
  private readonly documents: ReturnType<typeof documentsOf>;
  private readonly source: Source;
  private done = 0;

  /** @param file named in places */
  constructor(text: string, file: string) {
    this.documents = documentsOf(text);
    this.source = new Source(text, file);
  }

  /**
   * Reads the next document.
   * @param known its value, where {@link quickOf} was asked already
   */
  next(known?: Value): void {
    const [start, end] = this.documents[this.done++]!;
    try {
      this.read(start, end, known);
    } catch (e) {
      // readers go down into what is nested, and regexes along a line: both until the stack is full
      if (!(e instanceof RangeError)) throw e;
      this.unreadable.push({
        place: this.source.at(firstOf(this.source.text, start, end)),
        message: 'cannot be read: it is nested too deep, or too long',
      });
    }
  }

  /** Whether there is no document left. */
  get isDone(): boolean {
    return this.done === this.documents.length;
  }

  /** Reads all that are left, and says what was read in all. */
  rest(): Manifests {
    while (!this.isDone) this.next();
    return { manifests: this.manifests, unreadable: this.unreadable };
  }

  private read(start: number, end: number, known: Value | undefined): void {
    const { source, manifests, unreadable } = this;
    const place = (path: FieldPath) => source.place(start, end, path);
    const quick = known ?? quickOf(source.text.slice(start, end));
    if (quick) {
      if (quick.value !== null && quick.value !== undefined) collect(quick.value, place, [], manifests, unreadable);
      return;
    }
    for (const read of source.read(start, end)) {
      if ('message' in read) unreadable.push(read);
      else collect(read.value, read.place, [], manifests, unreadable);
    }
  }
}

/** Where a document's own text begins, behind its mark and empty lines. */
function firstOf(text: string, start: number, end: number): number {
  const [before = ''] = /^(?:---)?\s*/.exec(text.slice(start, Math.min(end, start + 1_000))) ?? [];
  return start + before.length;
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
  const empty = withoutNulls(object);
  if (typeof metadata.name !== 'string' && typeof metadata.generateName !== 'string') {
    const braces = isBraces(['metadata', 'name'], empty);
    return void wrong(`${kind} has ${braces ? `a name that is ${UNRENDERED}` : nameFault(metadata.name)}`, ['metadata', 'name']);
  }
  const bad = misshapen(object);
  const manifest = manifestOf(object, (path = []) => place([...base, ...path]), empty);
  if (bad === undefined) return void manifests.push(manifest);
  const fault = isBraces(bad.path, empty) ? `is ${UNRENDERED}` : bad.message;
  const message = `${kind} "${metadata.name ?? metadata.generateName}": ${fieldText(bad.path)} ${fault}`;
  unreadable.push({ place: manifest.place(bad.path), message, manifest });
}

const nameFault = (name: unknown): string =>
  name === undefined || name === null ? 'no name' : `name ${JSON.stringify(name)}, which is no text: put it in quotes`;

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
