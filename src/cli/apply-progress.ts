import type { ApplyEvent } from '../apply/apply';
import { progress } from './output';

/**
 * Says what a run does: in a line that is written over, or in a log line by line.
 * @param total how many objects it writes
 */
export function reporter(total: number): (e: ApplyEvent) => void {
  let done = 0;
  let said = '';
  let waited = Number.NEGATIVE_INFINITY;
  const say = (text: string) => {
    if (text !== said) progress(text);
    said = text;
  };
  return (e) => {
    if (e.type === 'phase' && e.of > 1) say(`phase ${e.phase} of ${e.of}: ${e.writes} ${e.writes === 1 ? 'object' : 'objects'}`);
    else if (e.type === 'written') {
      done++;
      // in a log, a line for each tenth
      if (process.stderr.isTTY || total <= 20 || done % Math.ceil(total / 10) === 0 || done === total)
        say(`${bar(done, total)}${done} of ${total}  ${e.object}${e.wide ? ' (both as it is and as it is to be)' : ''}`);
    } else if (e.type === 'waiting') {
      const left = Object.entries(e.left);
      if (e.for === 'proxies') say('waiting until the proxies have heard of it');
      else if (left.length > 0 && (process.stderr.isTTY || performance.now() - waited >= LOGGED)) {
        waited = performance.now();
        const what = NAMES[e.for];
        say(`waiting for ${left.length} ${what}${left.length === 1 ? '' : 's'}: ${left[0]![0]} ${left[0]![1]}`);
      }
    } else if (e.type === 'settled') say(e.why === undefined ? e.by : `${e.by}, since istiod cannot be asked: ${e.why}`);
  };
}

/** What is waited for, one of it. */
const NAMES = { pods: 'workload', kinds: 'new kind', namespaces: 'namespace' } as const;
/** In a log, between two lines about what is waited for, in milliseconds. */
const LOGGED = 5000;
const WIDTH = 20;
const bar = (done: number, total: number): string => {
  if (!process.stderr.isTTY) return '';
  const full = Math.round((done / total) * WIDTH);
  return `[${'='.repeat(full)}${' '.repeat(WIDTH - full)}] `;
};
