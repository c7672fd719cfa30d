import { printable } from '../values/printable';
import type { Diagnostic } from './diagnostic';
import type { Severity } from './rule';

const COMMAND: Record<Severity, string> = { error: 'error', warning: 'warning', info: 'notice' };

/**
 * A finding as a workflow command of GitHub Actions, which shows it beside the line.
 * Source: GitHub's "Workflow commands for GitHub Actions".
 */
export function githubAnnotation(d: Diagnostic): string {
  const properties = {
    file: d.file,
    ...(d.line > 0 ? { line: String(d.line), col: String(d.column) } : {}),
    title: `${d.id} ${d.rule}`,
  };
  const said = Object.entries(properties).map(([k, v]) => `${k}=${property(v)}`);
  const text = d.hint ? [d.message, d.hint] : [d.message];
  return `::${COMMAND[d.severity]} ${said.join(',')}::${text.map((t) => data(printable(t))).join('%0A')}`;
}

const data = (text: string) => text.replace(/%/g, '%25');
const property = (text: string) => data(printable(text)).replace(/:/g, '%3A').replace(/,/g, '%2C');
