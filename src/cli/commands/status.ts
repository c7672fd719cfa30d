import { runText } from '../../apply/apply-set';
import { type Status, status } from '../../apply/status';
import { valueText } from '../../fields/field-lines';
import { answerOfEach, type ClusterArgs, planOptions, withComing } from '../cluster';
import { color, columns, EXIT, print } from '../output';

/** Says what is not as the files say. */
export async function statusCommand(a: ClusterArgs): Promise<number> {
  return withComing(a.path, ({ manifests }) =>
    answerOfEach(a, async (cluster, answer) => {
      const s = await status(cluster, manifests, planOptions(a, cluster));
      if (a.json) answer(s);
      else print(statusText(s, cluster.access.context));
      if (s.drift.some((d) => d.kind === 'hidden')) return EXIT.failure;
      const drift = s.drift.some((d) => d.kind !== 'weights');
      return drift || s.interrupted ? EXIT.findings : EXIT.clean;
    }),
  );
}

const FIELDS = 4;
const fieldsText = (fields: readonly string[]): string =>
  `${fields.slice(0, FIELDS).join(', ')}${fields.length > FIELDS ? ` and ${fields.length - FIELDS} more` : ''}`;

const WORDS = {
  missing: 'is missing',
  changed: 'is not applied as the files say it now',
  edited: 'was edited by hand',
  stolen: 'has fields that others own',
  extra: 'is in no file any more',
  going: 'is on its way out',
  foreign: 'is not of this set',
  hidden: 'is not known',
  'not ready': 'is not ready',
  weights: 'has weights of a controller',
} as const;

function statusText(s: Status, context: string): string {
  const out = [`${color.bold(`set ${s.set}`)} on ${context}${s.known === false ? ': never applied' : ''}`];
  if (s.interrupted) out.push(color.yellow(`${runText(s.interrupted)}: mesh apply goes on with it`));
  for (const d of s.drift) {
    out.push(
      `${d.kind === 'weights' ? color.dim(d.object) : color.yellow(d.object)} ${WORDS[d.kind]}${d.message ? `: ${d.message}` : ''}`,
    );
    for (const c of d.changes)
      out.push(`    ${c.path}: ${valueText(c.live)} ${color.dim('here, and in the files')} ${valueText(c.desired)}`);
    for (const c of d.conflicts) out.push(`    ${c.path} is ${c.manager}'s${c.time ? ` since ${c.time}` : ''}`);
  }
  if (s.shared.length > 0)
    out.push(
      color.dim('others own fields of'),
      columns(
        s.shared.flatMap((x) =>
          x.managers.map((m) => [x.object, `${m.manager} (${m.operation}${m.time ? `, ${m.time}` : ''})`, fieldsText(m.fields)]),
        ),
        '  ',
      ),
    );
  for (const n of s.notes) out.push(`${color.yellow('note')} ${n}`);
  const hidden = s.drift.filter((d) => d.kind === 'hidden').length;
  const not = s.drift.filter((d) => d.kind !== 'weights' && d.kind !== 'hidden').length;
  out.push(`${s.asTheyAre} as in the files, ${not} not${hidden > 0 ? `, ${hidden} not known` : ''}`);
  return out.join('\n');
}
