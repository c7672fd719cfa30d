import { parentPort, workerData } from 'node:worker_threads';
import type { Rule } from '../../check/rule';
import { documentsOf } from '../../manifests/documents';
import type { FileText } from '../../manifests/files';
import { quickOf, type Value } from '../../manifests/quick';
import { liveManifest } from '../live';
import type { Asked, Given, Told } from './aside';

/** Characters whose values are told at once. */
const AT_ONCE = 65_536;

const { files, cwd } = workerData as Given;
/** Of all documents, in order. */
const values: (Value | undefined)[] = [];
const tell = (told: Told) => parentPort!.postMessage(told);

/** The values of all documents as JSON: `[value]`, or `[]` where the other thread has to look itself. */
function read(): void {
  let [from, size] = [0, 0];
  const tellSome = () => {
    tell({ values: JSON.stringify(values.slice(from).map((v) => (v ? [v.value] : []))) });
    [from, size] = [values.length, 0];
  };
  for (const f of files)
    for (const [start, end] of 'text' in f ? documentsOf(f.text) : []) {
      values.push(valueIn((f as FileText).text.slice(start, end)));
      size += end - start;
      if (size >= AT_ONCE) tellSome();
    }
  tellSome();
  tell({ values: undefined });
}

function valueIn(text: string): Value | undefined {
  try {
    const known = quickOf(text);
    return known?.value === undefined || hasOddNumbers(known.value) ? undefined : known;
  } catch {
    return undefined; // nested too deep
  }
}

/** Numbers that JSON does not know. That 0 loses its sign makes no difference to anybody. */
const hasOddNumbers = (value: unknown): boolean => {
  if (typeof value === 'number') return !Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return false;
  for (const key in value) if (hasOddNumbers((value as Record<string, unknown>)[key])) return true;
  return false;
};

let made: ReturnType<typeof prepared> | undefined;

/** The same manifests as the other thread has, in their order, and the checker. */
function prepared() {
  const { Reading } = require('../../manifests/files') as typeof import('../../manifests/files');
  const reading = new Reading(files, cwd);
  for (const v of values.splice(0)) reading.next(v);
  const { RULES } = require('../../check/rules') as typeof import('../../check/rules');
  const { findings } = require('./preflight') as typeof import('./preflight');
  return { manifests: reading.rest().manifests, rules: new Map(RULES.map((r): [string, Rule] => [r.name, r])), findings };
}

parentPort!.on('message', (asked: Asked) => {
  made ??= prepared();
  const { manifests, rules, findings } = made;
  const ours = asked.ours.map((x) => {
    if (typeof x === 'number') return manifests[x]!;
    const [i, namespace, object] = x;
    return { ...manifests[i]!, namespace, ...(object ? { object } : {}) };
  });
  const others = (JSON.parse(asked.others) as { object: any; file: string }[]).map((o) => liveManifest(o.object, o.file));
  const chosen = asked.rules?.map((name) => rules.get(name)!);
  tell({ findings: JSON.stringify(findings(ours, others, asked.installation, chosen)) });
});

read();
