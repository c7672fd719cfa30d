import type { Difference } from '../diff/diff';
import type { Conflict } from '../fields/compare';
import { leafChanges, shownChanges, valueText } from '../fields/field-lines';
import { keyOf } from '../manifests/key-of';
import type { Phase, Write } from '../order/phase';
import { printable } from '../values/printable';
import { PART_OF, runText } from './apply-set';
import { nameText } from './named';
import { grouped } from './permissions';
import type { Plan } from './plan';
import { countsOf } from './plan-json';
import { type PlannedObject, type Refusal, takenFrom } from './planned-object';

/** How a plan looks on a terminal. */
export interface Paint {
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
  bold(text: string): string;
  dim(text: string): string;
}

/** Besides the plan itself. */
export interface PlanContext {
  /** Of the cluster. */
  readonly context: string;
  readonly traffic: readonly Difference[];
  /** Whether each field that changes is shown, however many there are. */
  readonly all: boolean;
}

const FIELDS = 8;
const OBJECTS = 20;
const DIFFERENCES = 30;
const REFUSALS = 20;

/** A plan for people: what changes for requests, then what is written, in its order. */
export function planText(plan: Plan, c: PlanContext, paint: Paint): string {
  const out: string[] = [`${paint.bold(`set ${plan.set.namespace}/${plan.set.name}`)} on ${c.context}`];
  if (plan.interrupted) out.push(paint.yellow(`${runText(plan.interrupted)}: this one goes on from what it left`));
  if (c.traffic.length > 0) {
    // only where there is some: it brings the trace with it
    const { diffText } = require('../diff/text') as typeof import('../diff/text');
    const shown = c.all ? c.traffic : c.traffic.slice(0, DIFFERENCES);
    out.push('', paint.dim('what changes for requests'), indent(diffText(shown, paint)));
    if (shown.length < c.traffic.length) out.push(paint.dim(`  and ${c.traffic.length - shown.length} more: --all shows them`));
  }
  const by = new Map(plan.objects.map((p) => [p.key, p]));
  for (const [i, phase] of plan.phases.entries()) {
    out.push('', paint.dim(plan.phases.length === 1 ? 'what is written' : `phase ${i + 1} of ${plan.phases.length}`));
    out.push(...writesText(phase.writes, by, c.all, paint));
    if (phase.pods.length > 0) out.push(paint.dim(`  then until the pods are ready${stillComing(phase)}`));
    if (phase.settles) out.push(paint.dim('  then until the proxies have heard of it'));
  }
  if (plan.rights.length > 0)
    out.push(
      '',
      `${paint.yellow('note')} mesh apply needs rights that you do not have:`,
      ...grouped(plan.rights).map((r) => `    ${printable(r)}`),
    );
  for (const n of plan.notes) out.push('', `${paint.yellow('note')} ${printable(n)}`);
  const refused = c.all ? plan.refusals : plan.refusals.slice(0, REFUSALS);
  for (const r of refused) out.push('', ...refusalText(r, paint));
  if (refused.length < plan.refusals.length)
    out.push('', `and ${plan.refusals.length - refused.length} more are refused: --all shows them`);
  out.push(...ownersText(plan.refusals));
  out.push('', summaryText(plan));
  return out.join('\n');
}

/** Workloads that are waited for and not written. */
function stillComing({ pods, writes }: Phase): string {
  const others = pods.filter((m) => !writes.some((w) => w.key === keyOf(m)));
  return others.length > 0 ? `, also those of ${others.map(nameText).join(', ')}` : '';
}

const indent = (text: string) => text.replace(/^(?=.)/gm, '  ');

function writesText(writes: readonly Write[], by: ReadonlyMap<string, PlannedObject>, all: boolean, paint: Paint): string[] {
  const out: string[] = [];
  const created = writes.filter((w) => w.action === 'create');
  const many = !all && created.length > OBJECTS;
  if (many) {
    const kinds = new Map<string, number>();
    for (const w of created) kinds.set(w.object.kind, (kinds.get(w.object.kind) ?? 0) + 1);
    for (const [kind, n] of kinds) out.push(`  ${paint.green('+')} ${n} ${kind}${n === 1 ? '' : 's'}`);
  }
  for (const w of writes) if (!(many && w.action === 'create')) out.push(...writeText(w, by.get(w.key)!, all, paint));
  return out;
}

/** What stands before an object, by what is done with it. */
export const SIGNS = { create: '+', change: '~', delete: '-' } as const;

function writeText(w: Write, p: PlannedObject, all: boolean, paint: Paint): string[] {
  const color = w.action === 'create' ? paint.green : w.action === 'delete' ? paint.red : paint.yellow;
  const said = w.wide
    ? 'both as it is and as it is to be'
    : p.action === 'take over'
      ? `taken over from ${p.from}`
      : p.unread !== undefined
        ? 'whether it is there is not known'
        : p.action === 'replace'
          ? 'deleted and made anew: it is missing in between'
          : p.weights
            ? `its weights are ${p.weights.name}'s, and stay`
            : '';
  const out = [`  ${color(SIGNS[w.action])} ${nameText(w.object)}${said ? paint.dim(` (${said})`) : ''}`];
  if (w.action !== 'change' || w.wide || !p.comparison) return out;
  const shown = shownChanges(p.manifest, p.comparison.changes);
  // that it is of the set is said by who it is taken over from
  const changes = all || p.action !== 'take over' ? shown : shown.filter((c) => !c.path.endsWith(`.${PART_OF}`));
  for (const { path, live, desired } of all ? changes : changes.slice(0, FIELDS)) {
    const [old, now] = [paint.red(valueText(live)), paint.green(valueText(desired))];
    out.push(`      ${path}: ${live === undefined ? now : desired === undefined ? `${old} -> nothing` : `${old} -> ${now}`}`);
  }
  if (!all && changes.length > FIELDS) out.push(paint.dim(`      and ${changes.length - FIELDS} more: --all shows them`));
  const taken = takenFrom(p).filter((c) => all || !c.path.endsWith(`.${PART_OF}`));
  for (const c of taken) out.push(paint.dim(`      ${c.path} is taken from ${managerText(c)}`));
  for (const k of p.comparison.kept) out.push(`      ${k.path} is ours no more, and stays: ${k.managers.join(', ')} has it, too`);
  if (changes.length === 0 && p.comparison.kept.length === 0 && p.action === 'change')
    out.push(paint.dim('      no value changes: fields become ours'));
  return out;
}

const managerText = (c: Conflict): string => `${c.manager}${c.time ? ` (${c.operation}, ${c.time})` : ` (${c.operation})`}`;

/** How many are refused for the same owner, where they are several. */
function ownersText(refusals: readonly Refusal[]): string[] {
  const counts = new Map<string, number>();
  for (const owner of refusals.flatMap((r) => r.owners ?? [])) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  const several = [...counts].filter(([, n]) => n > 1);
  const lines = several.map(([owner, n]) =>
    printable(`${n} of them for ${owner}: --take from=${owner} takes over all that is its`),
  );
  return lines.length > 0 ? ['', ...lines] : [];
}

function refusalText(r: Refusal, paint: Paint): string[] {
  const out = [
    `${paint.red('refused')} ${r.what}: ${printable(r.message)}${r.place && !r.place.startsWith('live ') ? paint.dim(`  (${r.place})`) : ''}`,
  ];
  const conflicts = r.comparison?.conflicts ?? [];
  if (conflicts.length > 0) out.push(...conflictsText(conflicts, r.what, paint));
  return out;
}

/** Who owns what, what is there, what was to be there, and the ways out. */
function conflictsText(conflicts: readonly Conflict[], what: string, paint: Paint): string[] {
  // a list is one value to the server: what of it differs is what people look for
  const rows = conflicts.flatMap((c) => {
    const leaves = leafChanges(c.path, c.live, c.desired);
    const shown = leaves.length > 0 ? leaves.slice(0, FIELDS) : [c];
    const said = shown.map((l) => [l.path, managerText(c), valueText(l.live), valueText(l.desired)]);
    return leaves.length > FIELDS ? [...said, [`and ${leaves.length - FIELDS} more of ${c.path}`, '', '', '']] : said;
  });
  const head = ['field', 'owner', 'theirs', 'ours'];
  const widths = head.map((h, i) => Math.max(h.length, ...rows.map((r) => r[i]!.length)));
  const line = (r: readonly string[]) => `    ${r.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')}`.trimEnd();
  return [
    paint.dim(line(head)),
    ...rows.map(line),
    `    ${paint.dim('way out')} --take ${what}:${conflicts[0]!.path} makes it ours; write their value, and both own it; or leave the field out, and it stays theirs`,
  ];
}

/** `3 to create, 1 to change, 120 as they are`. */
export function summaryText(plan: Plan): string {
  const counts = countsOf(plan);
  const words: readonly (readonly [number, string])[] = [
    [counts.create, 'to create'],
    [counts.change, 'to change'],
    [counts['take over'], 'to take over'],
    [counts.replace, 'to replace'],
    [counts.delete, 'to delete'],
    [counts.keep, 'as they are'],
    [plan.refusals.length, 'refused'],
  ];
  return words
    .filter(([n, word]) => n > 0 || (word === 'as they are' && plan.objects.length === 0))
    .map(([n, word]) => `${n} ${word}`)
    .join(', ');
}
