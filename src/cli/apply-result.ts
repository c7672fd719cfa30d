import type { ApplyResult } from '../apply/apply';
import { printable } from '../values/printable';
import { color, errorColor } from './output';

/** What came of a run. */
export function resultText({ written, failed, pending, notReady, warnings = [] }: ApplyResult): string {
  const out = warnings.map(({ object, message }) => `${color.yellow('warning')} ${object}: ${printable(message)}`);
  for (const f of failed) out.push(`${color.red('failed')} ${failureText(f)}`);
  for (const [object, why] of Object.entries(notReady)) out.push(`${color.yellow('not ready')} ${object}: ${why}`);
  if (pending.length > 0)
    out.push(
      `${color.yellow('not written')} ${namesText(pending)}: what they rely on is not there; run mesh apply again when it can be`,
    );
  if (failed.length > 0)
    out.push(
      'what was written stays; mend what failed and run mesh apply again (with --verify the server is asked before anything is written)',
    );
  const counts = [
    `${written.length} written`,
    ...(failed.length > 0 ? [`${failed.length} failed`] : []),
    ...(pending.length > 0 ? [`${pending.length} not tried`] : []),
  ];
  return [...out, counts.join(', ')].join('\n');
}

/** What was done, and what was not, by a run that cannot go on. */
export function brokenOffText({ written, failed, pending }: ApplyResult): string {
  const out = failed.map((f) => `${errorColor.red('failed')} ${failureText(f)}`);
  if (written.length > 0) out.push(`written ${namesText(written)}`);
  if (pending.length > 0) out.push(`${errorColor.yellow('not written')} ${namesText(pending)}`);
  const left = 'mesh apply again goes on from there, nothing has to be unlocked';
  return [...out, `${written.length} written before it ended: ${left}`].join('\n');
}

/** Why an object was not written. The server's words may begin with its name. */
const failureText = ({ object, message }: ApplyResult['failed'][number]): string =>
  message.startsWith(object) ? message : `${object}: ${message}`;

/** Objects by their names; where they are many, how many of which kind. */
function namesText(names: readonly string[]): string {
  if (names.length <= NAMES) return names.join(', ');
  const { counted } = require('../apply/plan/folded') as typeof import('../apply/plan/folded');
  const { partsOf } = require('../apply/named') as typeof import('../apply/named');
  return counted(names.map((n) => ({ object: partsOf(n), said: '' })))
    .map(({ count, objects }) => `${count} ${objects}`)
    .join(', ');
}
const NAMES = 20;
