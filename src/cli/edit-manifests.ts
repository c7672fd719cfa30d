import { documentsOf } from '../manifests/documents';
import { keyOf } from '../manifests/key-of';
import { manifestOf } from '../manifests/manifest';
import { parseManifests } from '../manifests/parse';
import { OPTIONS } from '../manifests/yaml-options';
import { toYaml } from '../synth/yaml';
import { Failure } from './output';

type Body = Readonly<Record<string, any>>;

/** What becomes of objects of one file. */
export interface Edits {
  /** By `keyOf`: what is in the object's place; nothing where it is taken out. */
  readonly instead: ReadonlyMap<string, Body | undefined>;
  /** What the file has besides. */
  readonly more: readonly Body[];
}

/**
 * A file's text with other objects in the place of some. Documents without one stay as they are, to the byte.
 * @param file named in errors
 * @throws Failure where the text has no place for them
 */
export function editManifests(text: string, file: string, { instead, more }: Edits): string {
  const out = documentsOf(text).map(([start, end]) => {
    const document = text.slice(start, end);
    const touched = parseManifests(document, file).manifests.some((m) => instead.has(keyOf(m)));
    return touched ? edited(document, file, instead) : document;
  });
  const rest = out.join('');
  return more.length === 0 ? rest : withMore(rest, file, more);
}

/** Whether nothing but comments and marks is left. */
export const isBlank = (text: string): boolean =>
  text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .every((line) => /^(---|\.\.\.)?\s*(#.*)?$/.test(line));

function edited(document: string, file: string, instead: Edits['instead']): string {
  const [head = ''] = /^\uFEFF?(---[ \t]*(#[^\n]*)?\r?\n)?/.exec(document) ?? [];
  const value = changed(onlyValue(document, file), instead);
  if (value === undefined) return '';
  // `--- {kind: …}` has its object beside the mark
  const begin =
    head.includes('---') || !document.replace(/^\uFEFF/, '').startsWith('---') ? head : head + endedAs('---\n', document);
  return begin + asWritten(value, document);
}

/** The one value of a document. */
function onlyValue(document: string, file: string): Body {
  const yaml = require('yaml') as typeof import('yaml');
  const all = yaml.parseAllDocuments(document, OPTIONS).filter((d) => d.contents !== null);
  if (all.length !== 1)
    throw new Failure(
      `"${file}" has documents that no line "---" divides, or directives (%): divide them, or take the directives out; nothing was written`,
    );
  return (all[0] as { toJS(o: object): Body }).toJS({ maxAliasCount: 10_000 });
}

/** An object, or a list of them, with others in their place; nothing where none is left. */
function changed(value: Body, instead: Edits['instead']): Body | undefined {
  if (isList(value)) {
    const items = value.items.map((i: Body) => changed(i, instead)).filter((i: Body | undefined) => i !== undefined);
    return items.length > 0 ? { ...value, items } : undefined;
  }
  const key = keyOfBody(value);
  return instead.has(key) ? instead.get(key) : value;
}

const isList = (value: Body): boolean => String(value.kind).endsWith('List') && Array.isArray(value.items);
/** As the file names the object, whatever namespace the command line puts it into. */
export const keyOfBody = (value: Body): string => keyOf(manifestOf(value, NOWHERE));
const NOWHERE = () => ({ file: '', line: 0, column: 0 });

const isJson = (text: string): boolean => /^\uFEFF?(---[^\n]*\n)?\s*\{/.test(text);

/** In the way in which the text beside it is written. */
function asWritten(value: Body, like: string): string {
  const text = isJson(like) ? `${JSON.stringify(value, null, 2)}\n` : toYaml([value]);
  return endedAs(text, like);
}

/** With line ends as those of a text beside it. */
const endedAs = (text: string, like: string): string => (like.includes('\r\n') ? text.replace(/\n/g, '\r\n') : text);

function withMore(text: string, file: string, more: readonly Body[]): string {
  if (/\.json$/i.test(file)) return jsonWithMore(text, file, more);
  const mark = isBlank(text) ? '' : `${/(^|\n)$/.test(text) ? '' : '\n'}---\n`;
  return text + endedAs(mark + toYaml(more), text);
}

/** A file of JSON holds one value: an object, or a list of them. */
function jsonWithMore(text: string, file: string, more: readonly Body[]): string {
  const there = isBlank(text) ? undefined : onlyValue(text, file);
  if (there && !isList(there))
    throw new Failure(
      `"${file}" holds one object as JSON, and has no place for ${more.map((o) => `${o.kind} "${o.metadata?.name}"`).join(', ')}, which it has to hold too for now: make it a List, or YAML; nothing was written`,
    );
  const all = [...(there?.items ?? []), ...more];
  const value = there ? { ...there, items: all } : all.length === 1 ? all[0] : { apiVersion: 'v1', kind: 'List', items: all };
  return `${JSON.stringify(value, null, 2)}\n`;
}
