import type { Difference } from '../../diff/diff';
import type { Conflict } from '../../fields/compare';
import { leafChanges, valueText } from '../../fields/field-lines';
import { listed } from '../../values/listed';
import { printable } from '../../values/printable';
import { shellWord } from '../../values/shell-word';
import { runText, setNamed } from '../apply-set';
import { grouped, groupedRights } from './permissions';
import type { Plan } from './plan';
import { countsOf } from './plan-json';
import type { Refusal } from './planned-object';
import { stepChanges } from './steps';
import { FIELDS, managerText, untilText, writesText } from './writes-text';

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
  /** Of the command line, by which requests are tried: ` dist`. @default none are named */
  readonly files?: string;
  /** Whether each field that changes is shown, however many there are. */
  readonly all: boolean;
  /** Whether it is to be carried out, so that rights that lack are in the way. @default false */
  readonly applies?: boolean;
}

const DIFFERENCES = 30;
const REFUSALS = 20;

/** A plan for people: what changes for requests, then what is written, in its order. */
export function planText(plan: Plan, c: PlanContext, paint: Paint): string {
  const out: string[] = [`${paint.bold(`set ${plan.set.namespace}/${plan.set.name}`)} on ${c.context}`];
  if (plan.interrupted) out.push(paint.yellow(`${runText(plan.interrupted)}: this one goes on from what it left`));
  if (c.traffic.length > 0) {
    // only where there is some: it brings the trace with it
    const { diffText } = require('../../diff/text') as typeof import('../../diff/text');
    const shown = c.all ? c.traffic : c.traffic.slice(0, DIFFERENCES);
    out.push('', paint.dim('what changes for requests'), indent(diffText(shown, paint, c.files)));
    if (shown.length < c.traffic.length) out.push(paint.dim(`  and ${c.traffic.length - shown.length} more: --all shows them`));
  }
  const writes = {
    planned: new Map(plan.objects.map((p) => [p.key, p])),
    steps: stepChanges(plan),
    refused: new Set(plan.refusals.map((r) => r.key)),
    all: c.all,
    paint,
  };
  for (const [i, phase] of plan.phases.entries()) {
    out.push('', paint.dim(plan.phases.length === 1 ? 'what is written' : `phase ${i + 1} of ${plan.phases.length}`));
    out.push(...writesText(phase.writes, writes));
    out.push(...untilText(phase, paint));
  }
  out.push(...rightsText(plan, c, paint));
  for (const n of plan.notes) out.push('', `${paint.yellow('note')} ${printable(n)}`);
  const unseen = plan.refusals.filter((r) => r.right !== undefined);
  const several = !c.all && unseen.length > 1;
  if (several) out.push('', ...unseenText(unseen, paint));
  const others = several ? plan.refusals.filter((r) => r.right === undefined) : plan.refusals;
  const refused = c.all ? others : others.slice(0, REFUSALS);
  for (const r of refused) out.push('', ...refusalText(r, paint));
  if (refused.length < others.length) out.push('', `and ${others.length - refused.length} more are refused: --all shows them`);
  out.push(...ownersText(plan.refusals));
  out.push('', summaryText(plan));
  return out.join('\n');
}

/** Of what takes a right, so many objects are named. */
const NAMED = 3;

/** What the user may not do, with what it is about; and the Roles that would give it, where it is in the way. */
function rightsText(plan: Plan, { applies = false, all }: PlanContext, paint: Paint): readonly string[] {
  if (plan.rights.length === 0) return [];
  const { rolesText, takenBy } = require('./roles') as typeof import('./roles');
  const lines = groupedRights(plan.rights).map(({ text, rights }) => {
    const names = [...new Set(rights.flatMap((r) => takenBy(plan, r)))];
    const shown = printable(listed(names, all ? names.length : NAMED));
    return `    ${printable(text)}${names.length > 0 ? paint.dim(`  (${shown})`) : ''}`;
  });
  const head = 'mesh apply needs rights that you do not have:';
  if (!applies) return ['', `${paint.yellow('note')} ${head}`, ...lines];
  return ['', `${paint.red('refused')} ${head}`, ...lines, ...rolesText(plan)];
}

const indent = (text: string) => text.replace(/^(?=.)/gm, '  ');

/** How many are refused for the same owner, where they are several. */
function ownersText(refusals: readonly Refusal[]): string[] {
  const counts = new Map<string, number>();
  for (const owner of refusals.flatMap((r) => r.owners ?? [])) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  const several = [...counts].filter(([, n]) => n > 1);
  const lines = several.map(([owner, n]) => {
    const set = setNamed(owner);
    const own = set === undefined ? '' : `--set ${set} where the files are that set's; `;
    return printable(`${n} of them for ${owner}: ${own}--take from=${owner} takes over all that is its`);
  });
  return lines.length > 0 ? ['', ...lines] : [];
}

/** Objects that the user may not read: the rights, once for all kinds of a place. */
const unseenText = (refusals: readonly Refusal[], paint: Paint): string[] => [
  `${paint.red('refused')} ${refusals.length} objects: whether they are there, and whose they are, is not known, since you may not`,
  ...grouped(new Set(refusals.flatMap((r) => r.right ?? []))).map((right) => `    ${printable(right)}`),
];

function refusalText(r: Refusal, paint: Paint): string[] {
  const out = [
    `${paint.red('refused')} ${r.what}: ${printable(r.message)}${r.place && !r.place.startsWith('live ') ? paint.dim(`  (${r.place})`) : ''}`,
  ];
  const conflicts = r.comparison?.conflicts ?? [];
  if (conflicts.length > 0) out.push(...conflictsText(conflicts, r.what, paint));
  return out;
}

/** Of a refusal so many fields are named that may be left out. */
const LEFT = 2;

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
  const paths = [...new Set(conflicts.map((c) => c.path))];
  const ours = `--take ${shellWord(`${what}:${paths[0]}`)} makes it ours${paths.length > 1 ? `, --take ${what} all of them` : ''}`;
  // what is in the files for this very reason: of a list the whole is theirs
  const said = [...new Set(conflicts.filter((c) => c.desired !== undefined).map((c) => c.path))];
  const left =
    said.length > 0
      ? `; or leave ${listed(said, LEFT)} out of the files, and ${said.length === 1 ? 'it stays' : 'they stay'} theirs`
      : '';
  return [
    paint.dim(line(head)),
    ...rows.map(line),
    `    ${paint.dim('way out')} ${ours}; write their value, and both own it${left}`,
  ];
}

/** `3 to create, 1 to change, 120 as they are`. */
export function summaryText(plan: Plan): string {
  const refused = new Set(plan.refusals.map((r) => r.key));
  const counts = countsOf({ objects: plan.objects.filter((p) => !refused.has(p.key)) });
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
