/** A place in a file, as editors count: from 1. */
export interface Place {
  /** As it was given, or what stands for it where there is none. */
  readonly file: string;
  /** `0` where there is no file, and the object is named by its construct. */
  readonly line: number;
  /** `0` where there is no file. */
  readonly column: number;
}

/** Way to a field: `['spec', 'http', 0, 'route']`. */
export type FieldPath = readonly (string | number)[];

/** One object of the API server, with where it was read. */
export interface Manifest {
  /** As it is said: `networking.istio.io/v1`. */
  readonly apiVersion: string;
  /** Of `apiVersion`; empty for the core group. */
  readonly group: string;
  /** As it is said: `VirtualService`. */
  readonly kind: string;
  /** As it is said; empty where the server makes one. */
  readonly name: string;
  /** As it is said; empty when it is not, which kubectl takes for the current namespace. */
  readonly namespace: string;
  /** Of `metadata`; empty where there are none. */
  readonly labels: Readonly<Record<string, string>>;
  /** Of `metadata`; empty where there are none. */
  readonly annotations: Readonly<Record<string, string>>;
  /** `metadata.creationTimestamp` in milliseconds, where the object has one. */
  readonly created: number | undefined;
  /** The whole object, as it was read, without the fields that have no value. */
  readonly object: Readonly<Record<string, any>>;
  /** The fields that were written without a value (`timeout:`), where there are any. */
  readonly empty?: readonly FieldPath[];
  /**
   * Where a field was read; the nearest parent's place when the field is not written. A number after the path of a text that
   * stands in a block (`|`) is a line of it.
   */
  place(path?: FieldPath): Place;
  /** Which construct made it, and the line of the user's own code; for manifests of an app, or with a source map beside. */
  made?(path?: FieldPath): { readonly construct: string; readonly source?: string };
}

/** Something that could not be read, with its place. The rest is read still. */
export interface Unreadable {
  /** Where it is. */
  readonly place: Place;
  /** What is wrong, without the place. */
  readonly message: string;
  /** Whether it is something else altogether, such as a chart's values: nobody meant it for the API server. */
  readonly foreign?: true;
  /** Whether it may be a Secret, so that the line must not be shown. */
  readonly veiled?: true;
  /** `VirtualService shop/reviews`, where it is an object that the API server would refuse. */
  readonly object?: string;
  /**
   * The object itself, where it has the fields of one and a value of a wrong type, so that all that is wrong about it can be
   * told. Nothing in it can be relied on to have the type that its kind says.
   */
  readonly manifest?: Manifest;
}

/** What was read. */
export interface Manifests {
  /** Objects, in the order of the files. */
  readonly manifests: readonly Manifest[];
  /** What could not be read. */
  readonly unreadable: readonly Unreadable[];
}

/** `spec.http[0].route` */
export const fieldText = (path: FieldPath): string =>
  path.map((p, i) => (typeof p === 'number' ? `[${p}]` : i === 0 ? p : /^[\w-]+$/.test(p) ? `.${p}` : `["${p}"]`)).join('');

/** `file:line:column` */
export const placeText = (p: Place): string => (p.line === 0 ? p.file : `${p.file}:${p.line}:${p.column}`);

/** An object without a place on disk, from where else it may come. */
export function manifestOf(
  object: Readonly<Record<string, any>>,
  place: (path?: FieldPath) => Place,
  empty: readonly FieldPath[] = [],
): Manifest {
  const { apiVersion, kind, metadata = {} } = object;
  const created = typeof metadata.creationTimestamp === 'string' ? Date.parse(metadata.creationTimestamp) : Number.NaN;
  return {
    apiVersion,
    group: apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '',
    kind,
    name: metadata.name ?? '',
    namespace: metadata.namespace ?? '',
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    created: Number.isNaN(created) ? undefined : created,
    object,
    ...(empty.length > 0 && { empty }),
    place,
  };
}
