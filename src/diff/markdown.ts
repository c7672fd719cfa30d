import type { Difference } from './diff';
import { ageText, requestText, subjectText } from './text';

/** What takes part in a table of Markdown. */
const cell = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
const code = (text: string): string => `\`${text.replaceAll('`', "'").replaceAll('|', '\\|')}\``;

/**
 * All differences for a comment on a pull request.
 * @param files by which an example is tried, as the command line has them: ` dist`
 */
export function diffMarkdown(differences: readonly Difference[], files = ''): string {
  if (differences.length === 0) return 'No request is answered otherwise than before.';
  const objects = differences.filter((d) => d.clients.length === 0);
  const traffic = differences.filter((d) => d.clients.length > 0);
  const out: string[] = [];
  if (traffic.length > 0) {
    out.push('| who -> whom | what changes | try |', '| --- | --- | --- |');
    for (const d of traffic)
      out.push(
        `| ${cell(subjectText(d))} | ${cell([d.text, ...d.ages.map((a) => `depends on which is older: ${ageText(a)}`)].join('; '))} | ${d.witness ? code(requestText(d.witness, files)) : ''} |`,
      );
  }
  if (objects.length > 0) {
    if (traffic.length > 0) out.push('');
    for (const d of objects) out.push(`- ${cell(d.text)}`);
  }
  return out.join('\n');
}
