import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { decoded, NotText } from './decode';
import { type FieldPath, type Manifest, type Manifests, type Place, placeText, type Unreadable } from './manifest';
import { Parser } from './parse';
import type { Value } from './quick';
import { lineStarts } from './source';
import { holdsSecret } from './veil';

/** Files of manifests; others in a folder are passed by. */
const EXTENSION = /\.(ya?ml|json)$/i;
/** Larger than any repository's manifests; something else was meant. */
const LARGEST = 512 * 1024 * 1024;
/** Folders that hold none. */
const SKIPPED = new Set(['node_modules', '.git']);

/** Manifests of files, and the files' text. */
export interface ReadManifests extends Manifests {
  /** The line of a place in one of the files; nothing where all of a Secret may stand in it. */
  lineOf(place: Place): string | undefined;
}

/**
 * Reads manifests from files, folders (with all that is below), globs, and `-` for standard input. What cannot be read is
 * told with its place; the rest is read.
 * @param paths as a user gives them, from the working folder
 * @throws when a path is nothing that is there
 */
export const readManifests = (paths: readonly string[], cwd = process.cwd()): ReadManifests =>
  new Reading(textsOf(paths, cwd), cwd).rest();

/** A file, as it is named to people, with its text. */
export interface FileText {
  readonly file: string;
  readonly text: string;
}

/**
 * The files that {@link readManifests} reads, in order: the text of each, or why there is none.
 * @throws when a path is nothing that is there
 */
export const textsOf = (paths: readonly string[], cwd = process.cwd()): (FileText | Unreadable)[] =>
  filesOf(paths, cwd).map((path) => {
    const file = path === '-' ? STDIN : path;
    try {
      return { file, text: textOf(path === '-' ? 0 : resolve(cwd, path)) };
    } catch (e) {
      const { line, column } = e instanceof NotText ? e : { line: 1, column: 1 };
      return { place: { file, line, column }, message: (e as Error).message };
    }
  });

/** Standard input, for people. */
const STDIN = 'standard input';

/** {@link readManifests}, some documents at a time. */
export class Reading {
  /** What is read of each file. */
  private readonly parsers: ReadonlyMap<FileText, Parser>;
  /** Of those that are not read to their end. */
  private readonly left: Parser[];

  constructor(
    readonly files: readonly (FileText | Unreadable)[],
    readonly cwd = process.cwd(),
  ) {
    this.parsers = new Map(files.flatMap((f) => ('text' in f ? [[f, new Parser(f.text, f.file)] as const] : [])));
    this.left = [...this.parsers.values()];
  }

  /**
   * Reads the next document.
   * @param known its value, where {@link quickOf} was asked already
   * @returns whether there was one
   */
  next(known?: Value): boolean {
    while (this.left[0]?.isDone) this.left.shift();
    this.left[0]?.next(known);
    return this.left.length > 0;
  }

  /** Reads all that is left, and says what was read in all. */
  rest(): ReadManifests {
    const manifests: Manifest[] = [];
    const unreadable: Unreadable[] = [];
    const lines = new Map<string, Lines>();
    const veiled = new Set<string>();
    const maps = new Map<string, SourceMap | undefined>();
    for (const f of this.files) {
      if (!('text' in f)) {
        unreadable.push(f);
        continue;
      }
      lines.set(f.file, new Lines(f.text));
      const read = this.parsers.get(f)!.rest();
      const map = f.file === STDIN ? undefined : mapBeside(dirname(resolve(this.cwd, f.file)), maps);
      // one by one: there may be more than a call takes arguments
      for (const m of read.manifests) manifests.push(map ? withSource(m, map) : m);
      for (const u of read.unreadable) {
        unreadable.push(u);
        if (u.veiled) veiled.add(placeText(u.place));
      }
    }
    const lineOf = (place: Place) => {
      const line = veiled.has(placeText(place)) ? undefined : lines.get(place.file)?.line(place.line);
      return line !== undefined && holdsSecret(line) ? undefined : line;
    };
    return { manifests, unreadable, lineOf };
  }
}

/** The text of a file; what it throws is said of the file. */
function textOf(file: string | 0): string {
  try {
    if (file === 0 || statSync(file).size <= LARGEST) return decoded(readFileSync(file));
  } catch (e) {
    if (e instanceof NotText) throw e;
    const { code, message } = e as NodeJS.ErrnoException;
    throw new Error(code === 'ENOENT' ? 'is a link to what is not there' : `cannot be read: ${message}`);
  }
  throw new Error(`is larger than ${LARGEST / 1024 / 1024} MB`);
}

/** A text, line by line. Where lines begin is looked up once, when the first is asked for. */
class Lines {
  private starts: readonly number[] | undefined;

  constructor(private readonly text: string) {}

  /** Counted from 1. */
  line(n: number): string | undefined {
    this.starts ??= lineStarts(this.text);
    const start = this.starts[n - 1];
    if (start === undefined) return undefined;
    const next = this.starts[n];
    let end = next === undefined ? this.text.length : next - 1;
    if (next !== undefined && this.text[end - 1] === '\r') end--;
    return this.text.slice(this.text[start] === '\uFEFF' ? start + 1 : start, Math.max(start, end));
  }
}

function filesOf(paths: readonly string[], cwd: string): string[] {
  const out = new Set<string>();
  for (const path of paths) {
    if (path === '-') {
      out.add(path);
      continue;
    }
    const stat = statSync(resolve(cwd, path), { throwIfNoEntry: false });
    if (stat?.isDirectory()) for (const f of below(resolve(cwd, path), cwd)) out.add(f);
    // a pipe too: `mesh check <(kustomize build)`
    else if (stat) out.add(slashes(path));
    else {
      const found = isGlob(path) ? globbed(path, cwd) : [];
      if (found.length === 0) throw new Error(`there is no file or folder "${path}"${turned(path, cwd)}`);
      for (const f of found) out.add(f);
    }
  }
  return [...out];
}

/** Where a path of Windows is said elsewhere. */
function turned(path: string, cwd: string): string {
  const other = path.replaceAll('\\', '/');
  return other !== path && statSync(resolve(cwd, other), { throwIfNoEntry: false }) ? `: did you mean "${other}"?` : '';
}

const slashes = (path: string) => path.split(sep).join('/');

/** Links to folders are not followed, for they may lead back. */
function below(folder: string, cwd: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((e) => {
      const path = join(folder, e.name);
      if (e.isDirectory()) return SKIPPED.has(e.name) ? [] : below(path, cwd);
      return EXTENSION.test(e.name) && (e.isFile() || (e.isSymbolicLink() && !leadsToFolder(path)))
        ? [slashes(relative(cwd, path)) || path]
        : [];
    });
}

function leadsToFolder(link: string): boolean {
  try {
    return statSync(link).isDirectory();
  } catch {
    return false; // it leads nowhere, which is told when it is read
  }
}

function globbed(pattern: string, cwd: string): string[] {
  const { folder, is } = globOf(pattern, cwd);
  const base = resolve(cwd, folder);
  return statSync(base, { throwIfNoEntry: false })?.isDirectory() ? below(base, cwd).filter(is) : [];
}

/** Whether a path may stand for several. */
export const isGlob = (path: string): boolean => /[*?[{]/.test(path);

/**
 * A glob, as it is looked up: the last folder of it that is no pattern itself, and which files below that it means.
 * @param pattern from the working folder, as files are that are asked about
 */
export function globOf(pattern: string, cwd = process.cwd()): { readonly folder: string; is(file: string): boolean } {
  const normal = slashes(pattern);
  const parts = normal.split('/');
  const fixed = parts.slice(0, parts.findIndex(isGlob)).join('/');
  const picomatch: (pattern: string) => (text: string) => boolean = require('picomatch');
  const is = picomatch(slashes(relative(cwd, resolve(cwd, normal))) || normal);
  return { folder: fixed || (normal.startsWith('/') ? '/' : '.'), is: (file) => is(file) };
}

/** The map beside the output of `mesh synth`: from objects back to the code. */
interface SourceMap {
  readonly objects: Readonly<
    Record<string, { construct: string; source?: string; parts?: Readonly<Record<string, readonly Made[]>> }>
  >;
}
interface Made {
  readonly construct: string;
  readonly source?: string;
}

function mapBeside(folder: string, known: Map<string, SourceMap | undefined>): SourceMap | undefined {
  if (known.has(folder)) return known.get(folder);
  let map: SourceMap | undefined;
  try {
    map = JSON.parse(readFileSync(join(folder, 'sources.map'), 'utf8'));
  } catch {
    map = undefined; // there is none, or it is something else
  }
  known.set(folder, map?.objects ? map : undefined);
  return known.get(folder);
}

function withSource(m: Manifest, map: SourceMap): Manifest {
  const entry = map.objects[`${m.apiVersion} ${m.kind} ${m.namespace}/${m.name}`];
  if (!entry) return m;
  return {
    ...m,
    made: (path: FieldPath = []) => {
      for (let n = path.length; n > 0; n--) {
        const [part] = entry.parts?.[path.slice(0, n).join('.')] ?? [];
        if (part) return part;
      }
      return entry;
    },
  };
}
