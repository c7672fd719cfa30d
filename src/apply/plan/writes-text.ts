import type { Conflict } from '../../fields/compare';
import { type LeafChange, shownChanges, valueText } from '../../fields/field-lines';
import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import type { Phase, Write } from '../../order/phase';
import { PART_OF } from '../apply-set';
import { nameText } from '../named';
import { counted } from './folded';
import type { Paint } from './plan-text';
import { type PlannedObject, takenFrom } from './planned-object';
import type { StepChanges } from './steps';

/** What stands before an object, by what is done with it. */
const SIGNS = { create: '+', change: '~', delete: '-', unread: '?' } as const;

/** Of an object, so many fields are shown. */
export const FIELDS = 8;
/** Of a phase, so many objects that are made, and so many that change. */
const OBJECTS = 20;

/** What the writes of a plan are told by. */
export interface WritesContext {
  /** None where no cluster is asked. */
  readonly planned: ReadonlyMap<string, PlannedObject>;
  /** What writes change that their objects do not tell: those of objects that are written several times on the way. */
  readonly steps: StepChanges;
  /** Keys of objects that are refused. */
  readonly refused: ReadonlySet<string | undefined>;
  /** Whether each object and field is shown, however many there are. */
  readonly all: boolean;
  readonly paint: Paint;
}

/** The writes of a phase, with the fields that change; where they are many, what is alike is counted. */
export function writesText(writes: readonly Write[], c: WritesContext): string[] {
  const of = (action: keyof typeof SIGNS) => writes.filter((w) => signed(w, c) === action);
  const [created, changed, unread] = [of('create'), of('change'), of('unread')];
  const many = (some: readonly Write[]) => (c.all || some.length <= OBJECTS ? [] : some);
  const [made, unseen] = [many(created), many(unread)];
  const others = c.all ? [] : lesser(changed, c);
  const folded = new Set([...made, ...unseen, ...others]);
  return [
    ...countsText(made, '', c),
    ...countsText(unseen, '', c),
    // each deletion is told: how many they may be has a limit of its own
    ...writes.flatMap((w) => (folded.has(w) ? [] : writeText(w, c))),
    ...countsText(others, others.length < changed.length ? 'more ' : '', c),
    ...(folded.size > 0 ? [c.paint.dim('    --all shows each of them')] : []),
  ];
}

/** What is waited for when the writes of a phase are done, a line each. */
export function untilText({ pods, gone, settles, writes }: Phase, paint: Paint): string[] {
  const names = (all: readonly Manifest[]) => all.map(nameText).join(', ');
  const others = pods.filter((m) => !writes.some((w) => w.key === keyOf(m)));
  const out: string[] = [];
  if (pods.length > 0) out.push(`until the pods are ready${others.length > 0 ? `, also those of ${names(others)}` : ''}`);
  if (gone.length > 0) out.push(`until the pods of ${names(gone)} are gone`);
  if (settles) out.push('until the proxies have heard of it');
  return out.map((text) => paint.dim(`  then ${text}`));
}

/** Changes that are counted where they are many: those by which no value changes, and what is too much of the others. */
function lesser(changed: readonly Write[], c: WritesContext): readonly Write[] {
  if (changed.length <= OBJECTS) return [];
  const first = new Set(changed.filter((w) => fieldsOf(w, c).length > 0).slice(0, OBJECTS));
  return changed.filter((w) => !first.has(w));
}

const countsText = (writes: readonly Write[], more: string, c: WritesContext): readonly string[] =>
  counted(writes.map((w) => ({ object: w.object, said: saidOf(w, c) }))).map(
    ({ count, objects, said }) =>
      `  ${signOf(signed(writes[0]!, c), c.paint)} ${count} ${more}${objects}${inBrackets(said, c.paint)}`,
  );

/** What is done with it, as far as that is known. */
const signed = (w: Write, { planned }: WritesContext): keyof typeof SIGNS =>
  planned.get(w.key)?.unread === undefined ? w.action : 'unread';

const signOf = (action: keyof typeof SIGNS, { green, red, yellow }: Paint): string =>
  (action === 'create' ? green : action === 'delete' ? red : yellow)(SIGNS[action]);
const inBrackets = (said: string, { dim }: Paint): string => (said ? dim(` (${said})`) : '');

/** What is said of a write besides its fields. */
function saidOf(w: Write, c: WritesContext): string {
  const p = c.planned.get(w.key);
  if (p?.unread !== undefined) return 'whether it is there is not known';
  if (c.refused.has(w.key)) return 'refused: see below';
  if (w.wide) return w.action === 'create' ? 'for now otherwise than it is to be' : 'both as it is and as it is to be';
  if (!p) return '';
  if (p.action === 'take over') return p.from === 'nobody' ? 'taken over: it was of no set' : `taken over from ${p.from}`;
  if (p.action === 'replace') return 'deleted and made anew: it is missing in between';
  return p.weights ? `its weights are ${p.weights.name}'s, and stay` : '';
}

/** The values that change by a write. */
function fieldsOf(w: Write, c: WritesContext): readonly LeafChange[] {
  const p = c.planned.get(w.key);
  const step = c.steps.get(w);
  if (w.action !== 'change') return step ?? [];
  const shown = step ?? (p?.comparison ? shownChanges(p.manifest, p.comparison.changes) : []);
  // that it is of the set is said by who it is taken over from
  return c.all || p?.action !== 'take over' ? shown : shown.filter((f) => !f.path.endsWith(`.${PART_OF}`));
}

function writeText(w: Write, c: WritesContext): string[] {
  const { all, paint } = c;
  const p = c.planned.get(w.key);
  const out = [`  ${signOf(signed(w, c), paint)} ${nameText(w.object)}${inBrackets(saidOf(w, c), paint)}`];
  const fields = fieldsOf(w, c);
  for (const { path, live, desired } of all ? fields : fields.slice(0, FIELDS)) {
    const [old, now] = [paint.red(valueText(live)), paint.green(valueText(desired))];
    out.push(`      ${path}: ${live === undefined ? now : desired === undefined ? `${old} -> nothing` : `${old} -> ${now}`}`);
  }
  if (!all && fields.length > FIELDS) out.push(paint.dim(`      and ${fields.length - FIELDS} more: --all shows them`));
  if (w.action !== 'change' || w.wide || !p?.comparison) return out;
  const taken = takenFrom(p).filter((f) => all || !f.path.endsWith(`.${PART_OF}`));
  for (const f of taken) out.push(paint.dim(`      ${f.path} is taken from ${managerText(f)}`));
  for (const k of p.comparison.kept) out.push(`      ${k.path} is ours no more, and stays: ${k.managers.join(', ')} has it, too`);
  if (fields.length === 0 && p.comparison.kept.length === 0 && p.action === 'change')
    out.push(paint.dim('      no value changes: fields become ours'));
  return out;
}

/** Who owns a field, and since when. */
export const managerText = (c: Conflict): string =>
  `${c.manager}${c.time ? ` (${c.operation}, ${c.time})` : ` (${c.operation})`}`;
