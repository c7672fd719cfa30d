import { keyOf } from '../../src/manifests/key-of';
import type { Manifest } from '../../src/manifests/manifest';
import { podFacts } from '../../src/order/facts/pods-behind';
import { isWorkload } from '../../src/order/facts/readiness';
import { phasesOf } from '../../src/order/phases';
import { Dice } from '../real/trace/dice';
import { asksOf, Moment } from './asks';
import { textOf } from './walk';

/**
 * Goes the way from one state to the other in some orders, and asks at each moment what one of them, in which there are pods, does
 * not serve: as long as callers and pods are there nobody may be served by these. Pods of what was deleted are there until they are
 * waited for.
 */
export function strangers(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  guarded: readonly Manifest[],
): { readonly looked: number; readonly lines: readonly string[] } {
  const { phases, knots } = phasesOf({ live, desired }, 'cluster.local', podFacts([...live, ...desired], 'cluster.local'));
  const [own, other] = [new Moment(guarded), new Moment(guarded === live ? desired : live)];
  const asks = asksOf(guarded).filter((ask) => own.answer(ask)?.served === false && !other.answer(ask)?.served);
  const lines = knots.map((k) => `knot: ${k.key}`);
  for (const seed of [1, 2, 3]) {
    const dice = new Dice(seed);
    const now = new Map(live.map((m) => [keyOf(m), m]));
    for (const [i, phase] of phases.entries()) {
      for (const writes = [...phase.writes]; writes.length > 0; ) {
        const [w] = writes.splice(dice.int(0, writes.length - 1), 1);
        if (w!.action === 'delete' && isWorkload(w!.object)) continue;
        if (w!.action === 'delete') now.delete(w!.key);
        else now.set(w!.key, w!.object);
        const moment = new Moment([...now.values()]);
        for (const ask of asks) {
          const answer = moment.answer(ask);
          if (answer?.served) lines.push(`phase ${i + 1}, ${textOf(w!)}: ${ask.from} -> ${ask.request.host} is let in`);
        }
      }
      for (const m of phase.gone) now.delete(keyOf(m));
    }
  }
  return { looked: asks.length, lines };
}
