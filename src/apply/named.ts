import type { Manifest } from '../manifests/manifest';
import { listed } from '../values/listed';
import { didYouMean } from '../values/names';
import { shellWord } from '../values/shell-word';

/** An object, or a field of one, as the command line names it: `VirtualService/shop/web`, `VirtualService/shop/web:.spec.http`. */
export interface Named {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Only this field and what is below it; nothing for the whole object. */
  readonly path?: string;
  /** As it was written. */
  readonly text: string;
}

/** @throws when it is not `Kind/name`, `Kind/namespace/name`, or one of them with a field after a colon */
export function named(text: string): Named {
  // names of roles may have ":", and a field begins with "."
  const [, kind, rest, path] = /^([A-Za-z][A-Za-z0-9-]*)\/(.+?)(?::(\..+))?$/.exec(text) ?? [];
  const parts = rest?.split('/') ?? [];
  if (kind === undefined || parts.length > 2 || parts.some((p) => p === ''))
    throw new Error(
      `"${text}" names no object: say Kind/namespace/name, or Kind/name where there is no namespace, and :.spec.field for a field of it`,
    );
  const [namespace, name] = parts.length === 2 ? [parts[0]!, parts[1]!] : ['', parts[0]!];
  return { kind, namespace, name, text, ...(path === undefined ? {} : { path }) };
}

/** Who owns fields, or looks after objects, of whom all is meant: `from=ci`, `from=helm/shop/web`. */
export interface From {
  /** A field manager; or a tool and what of it, as {@link Owner} has it. */
  readonly from: string;
  /** As it was written. */
  readonly text: string;
}

/** What is taken: of one object, or of one owner. */
export type Taking = Named | From;

const FROM = 'from=';

/** @throws when it names neither an object nor an owner */
export function taking(text: string): Taking {
  if (!text.startsWith(FROM)) return named(text);
  const from = text.slice(FROM.length);
  if (from === '') throw new Error(`"${text}" names no owner: say from= and the owner as the plan shows it, such as from=ci`);
  return { from, text };
}

/** Whether all of an owner's is taken. */
export const isFrom = (taken: readonly Taking[], owner: string): boolean => taken.some((t) => 'from' in t && t.from === owner);

/** Those that name objects. */
export const objectsOf = (taken: readonly Taking[]): readonly Named[] => taken.flatMap((t) => ('from' in t ? [] : [t]));

/** Owners that are named and own nothing of what is planned. */
export const strangers = (taken: readonly Taking[], owners: ReadonlySet<string>): string[] =>
  taken.flatMap((t) =>
    'from' in t && !owners.has(t.from)
      ? [`"${t.text}", of whom all is to be taken, owns nothing that the files say otherwise${didYouMean(t.from, [...owners])}`]
      : [],
  );

/** The fields of an object of which others say something else than the files. */
export interface Contested {
  readonly manifest: Planned['manifest'];
  readonly paths: readonly string[];
}

/** Fields that are named, and that nobody has to be asked for; with what has to be named instead, where a field is a part of it. */
export function idle(taken: readonly Named[], contested: readonly Contested[]): string[] {
  return taken.flatMap((t) => {
    const { path } = t;
    const of = contested.find((c) => isAbout(t, c.manifest));
    if (path === undefined || of === undefined || of.paths.some((p) => isWithin(p, path))) return [];
    const whole = of.paths.find((p) => isWithin(path, p));
    const what = `"${t.text}", which is to be taken over,`;
    return whole === undefined
      ? [`${what} is no field that others own and the files say otherwise${didYouMean(path, of.paths)}`]
      : [`${what} is a part of ${whole}, which is owned as a whole: say ${shellWord(`${nameText(t)}:${whole}`)}`];
  });
}

const WORDS: Readonly<Record<string, string>> = {
  take: 'is to be taken over',
  replace: 'may be made anew',
  remove: 'may be deleted',
};

/** What is named and is no object of these: how it was written, and what may have been meant. */
export function unmatched(options: Readonly<Record<string, readonly Named[]>>, objects: readonly Planned[]): string[] {
  return Object.entries(options).flatMap(([option, names]) =>
    names
      .filter((n) => !objects.some((o) => isAbout(n, o.manifest)))
      .map((n) => `"${n.text}", which ${WORDS[option]}, is no object of the files or of the set${meant(n, objects)}`),
  );
}

/** What may have been meant: another object, or a field whose dot is missing. */
function meant(n: Named, objects: readonly Planned[]): string {
  const [name = '', ...field] = n.name.split(':');
  if (field.length > 0 && objects.some((o) => isAbout({ ...n, name }, o.manifest)))
    return ` (a field of it begins with a dot: "${nameText({ ...n, name })}:.${field.join(':')}")`;
  // "vs/shop/web", as kubectl has kinds
  const same = objects.filter(({ manifest: m }) => m.name === n.name && m.namespace === n.namespace);
  if (same.length > 0)
    return ` (did you mean ${listed(
      same.map((o) => `"${nameText(o.manifest)}"`),
      KINDS,
    )}?)`;
  return didYouMean(
    nameText(n),
    objects.map((o) => nameText(o.manifest)),
  );
}

/** Of a name, so many kinds are told. */
const KINDS = 3;

interface Planned {
  readonly manifest: Pick<Manifest, 'kind' | 'namespace' | 'name'>;
}

/** How the command line names an object. */
export const nameText = ({ kind, namespace, name }: Pick<Manifest, 'kind' | 'namespace' | 'name'>): string =>
  `${kind}/${namespace ? `${namespace}/` : ''}${name}`;

/** Kind and namespace of what {@link nameText} says: names have no "/". */
export function partsOf(text: string): Pick<Manifest, 'kind' | 'namespace'> {
  const [kind = '', namespace = '', name] = text.split('/');
  return { kind, namespace: name === undefined ? '' : namespace };
}

/** Whether one of the names is this object. */
export const isNamed = (names: readonly Named[], m: Pick<Manifest, 'kind' | 'namespace' | 'name'>): boolean =>
  names.some((n) => n.path === undefined && isAbout(n, m));

/** Whether one of the names is this field of the object, one that it is part of, or the object itself. */
export const isFieldNamed = (names: readonly Named[], m: Pick<Manifest, 'kind' | 'namespace' | 'name'>, path: string): boolean =>
  names.some((n) => isAbout(n, m) && (n.path === undefined || isWithin(path, n.path)));

/** Whether a field is another, or a part of it. A shell may have taken the quotes of keys. */
function isWithin(path: string, other: string): boolean {
  const [part, whole] = [path, other].map((p) => p.replaceAll('"', '')) as [string, string];
  return part === whole || part.startsWith(`${whole}.`) || part.startsWith(`${whole}[`);
}

const isAbout = (n: Named, m: Pick<Manifest, 'kind' | 'namespace' | 'name'>): boolean =>
  n.kind.toLowerCase() === m.kind.toLowerCase() && n.name === m.name && n.namespace === m.namespace;
