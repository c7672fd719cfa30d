import { type Place, placeText } from '../manifests/manifest';
import { isVeiled } from '../manifests/veil';
import { printable } from '../values/printable';
import type { CheckReport, Summary, Suppressed } from './check';
import { type Diagnostic, type Location, resourceText } from './diagnostic';
import { excerpt } from './excerpt';
import type { Severity } from './rule';

/** How severities look on a terminal. */
export interface Colors {
  red(text: string): string;
  yellow(text: string): string;
  blue(text: string): string;
  bold(text: string): string;
  dim(text: string): string;
}

/** The text of a line of a file that was read, where it is known. */
export type LineOf = (place: Place) => string | undefined;

const PAINT: Record<Severity, (c: Colors) => (text: string) => string> = {
  error: (c) => c.red,
  warning: (c) => c.yellow,
  info: (c) => c.blue,
};

/** Findings as a compiler tells them: what, where, the line with what is meant underlined, and the way out. */
export function checkText(report: CheckReport, lineOf: LineOf, c: Colors): string {
  return [
    ...report.diagnostics.map((d) => `${diagnosticText(d, lineOf, c)}\n`),
    ...(report.suppressed.length > 0 ? [`${suppressedText(report.suppressed)}\n`] : []),
    summaryText(report.summary),
  ].join('\n');
}

/** One finding. */
export function diagnosticText(d: Diagnostic, lineOf: LineOf, c: Colors): string {
  const paint = PAINT[d.severity](c);
  const width = String(Math.max(d.line, ...d.related.map((r) => r.line))).length;
  const bar = c.dim(`${' '.repeat(width)} |`);
  const note = (name: string, text: string) => `${' '.repeat(width)} ${c.dim('=')} ${c.bold(name)}: ${printable(text)}`;
  return [
    `${paint(c.bold(`${d.severity}[${d.id}]`))}${c.bold(`: ${printable(d.message)}`)}`,
    ...shown(d, lineOf, width, paint, c),
    ...d.related.flatMap((r) => [bar, ...shown(r, lineOf, width, c.dim, c, r.message)]),
    ...(d.related.length > 0 || d.line > 0 ? [bar] : []),
    ...(d.construct ? [note('made by', `${d.construct}${d.source ? ` (${d.source})` : ''}`)] : []),
    ...(d.hint ? [note('hint', d.hint)] : []),
    note('rule', [d.rule, ...d.codes].join(', ')),
  ].join('\n');
}

/** A place, with the line that is there. */
function shown(
  at: Location,
  lineOf: LineOf,
  width: number,
  paint: (text: string) => string,
  c: Colors,
  message?: string,
): readonly string[] {
  const label = message === undefined ? undefined : printable(message);
  const what = [at.resource ? resourceText(at.resource) : '', at.field ?? ''].filter((t) => t !== '').join(', ');
  const head = `${' '.repeat(width)}${c.dim('-->')} ${printable(placeText(at))}${what ? c.dim(` (${printable(what)})`) : ''}`;
  // whatever is wrong about a Secret, its lines may hold what nobody is to see
  const line = isVeiled(at.resource?.kind) ? undefined : lineOf(at);
  if (line === undefined || line.trim() === '') return label ? [head, `${' '.repeat(width)} ${c.dim('=')} ${label}`] : [head];
  const { text, indent, marks } = excerpt(line, at.column);
  return [
    head,
    c.dim(`${' '.repeat(width)} |`),
    `${c.dim(`${String(at.line).padStart(width)} |`)} ${text}`,
    `${c.dim(`${' '.repeat(width)} |`)} ${indent}${paint(marks)}${label ? ` ${paint(label)}` : ''}`,
  ];
}

/** What is suppressed, by whom, why and until when: a line each. */
export const suppressedText = (suppressed: readonly Suppressed[]): string =>
  [
    'suppressed:',
    ...suppressed.map(({ diagnostic: d, suppression: s }) => {
      const until = s.until === undefined ? '' : `, until ${s.until}`;
      return printable(`  ${placeText(d)}  ${d.rule}: ${d.message} (${s.reason}${until})`);
    }),
  ].join('\n');

/** `2 errors, 1 warning in 40 objects; 1 of them is refused …; 1 suppressed; left out: 3 less severe` */
export function summaryText(s: Summary): string {
  const counts = [plural(s.errors, 'error'), plural(s.warnings, 'warning'), plural(s.infos, 'info')].filter(
    (t) => !t.startsWith('0'),
  );
  const left = [
    ...(s.lessSevere > 0 ? [`${s.lessSevere} less severe`] : []),
    ...(s.ofOtherRules > 0 ? [`${s.ofOtherRules} of other rules`] : []),
  ];
  const leftOut = left.length > 0 ? `; left out: ${left.join(', ')}` : '';
  const refused =
    s.refused > 0
      ? `; ${s.refused} of them ${s.refused === 1 ? 'is' : 'are'} refused, so other rules do not see all of the mesh`
      : '';
  const suppressed = s.suppressed > 0 ? `; ${s.suppressed} suppressed` : '';
  return `${counts.length > 0 ? counts.join(', ') : 'no findings'} in ${plural(s.objects, 'object')}${refused}${suppressed}${leftOut}`;
}

const plural = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`;
