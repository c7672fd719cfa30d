import { resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { fromHere, userLine } from '../constructs/origin';
import { saidBy } from '../constructs/told-at';

/** One thing that is wrong, or worth a look, and where. */
export interface Problem {
  readonly message: string;
  /** `file:line` of the user's own code, from the folder that the app ran in. */
  readonly place?: string | undefined;
  /** Path of the construct that it is about. */
  readonly construct?: string | undefined;
}

/** What cdk8s' validation finds, all of it, in cdk8s' words and as data. */
export class InvalidApp extends Error {
  constructor(readonly problems: readonly Problem[]) {
    const lines = problems.map((p) => `  ${p.construct ? `[${p.construct}] ` : ''}${p.message}`);
    super(`Validation failed with the following errors:\n${lines.join('\n')}`);
    this.name = 'InvalidApp';
  }
}

/** What was thrown, as problems: the error's own where it has several, else its message and the user's line. */
export function problemsOf(thrown: unknown): readonly Problem[] {
  if (!(thrown instanceof Error)) return [{ message: `the app threw ${inspect(thrown)}, which is no error` }];
  const { problems, construct } = thrown as Partial<InvalidApp & Problem>;
  if (Array.isArray(problems)) return problems as readonly Problem[];
  if (typeof construct === 'string')
    return [{ message: named(thrown, saidBy(thrown)), place: userLine(framesOf(thrown)), ...(construct ? { construct } : {}) }];
  const [message = '', requiredBy] = (thrown.message || thrown.name).split(/\nRequire stack:\n- /);
  const place = userLine(framesOf(thrown)) ?? (requiredBy && local(requiredBy.split('\n')[0]!));
  if (place) return [{ message: named(thrown, message), place }];
  return compilerLines(message) ?? [{ message: named(thrown, message), place: headOf(thrown) }];
}

/** A slip in the code, such as a TypeError, is told by its name; a plain Error's message stands for itself. */
const named = (e: Error, message: string): string =>
  e.name === 'Error' || message.includes(e.name) ? message : `${e.name}: ${message}`;

/** The calls of a stack, without the message above them, which may look like one. */
function framesOf(e: Error): readonly string[] {
  const lines = (e.stack ?? '').split('\n');
  const first = lines.findIndex((l) => /^\s+at /.test(l));
  return first < 0 ? [] : lines.slice(first);
}

// esbuild's (tsx'): `main.ts:8:3: ERROR: Expected ")"`; TypeScript's (ts-node's): `main.ts(8,3): error TS2322: …`, or
// `main.ts:8:3 - error TS2322: …` in colours on a terminal
const COMPILER = /^(\S.*?)(?:\((\d+),\d+\)|:(\d+):\d+)(?:: ERROR: |: error | - error )(.*)$/gm;
const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');

/** What a compiler says, a line each. */
function compilerLines(message: string): readonly Problem[] | undefined {
  const found = [...message.replace(COLOURS, '').matchAll(COMPILER)];
  if (found.length === 0) return undefined;
  return found.map(([, file, row, line, text]) => ({ message: text!, place: `${local(resolve(file!))}:${row ?? line}` }));
}

/** Node puts the place of a syntax error above the stack. */
function headOf(e: Error): string | undefined {
  const [, file, line] = /^((?:file:\/\/|[A-Za-z]:\\|\/)[^\n]*):(\d+)\n/.exec(e.stack ?? '') ?? [];
  return file && !file.includes(`${sep}node_modules${sep}`) ? `${local(file)}:${line}` : undefined;
}

const local = (file: string): string => fromHere(file.startsWith('file://') ? fileURLToPath(file) : file);
