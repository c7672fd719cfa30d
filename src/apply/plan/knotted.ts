import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { knotText, waitingIn } from '../../order/knot-text';
import type { Knot } from '../../order/phase';
import { nameText } from '../named';
import type { Refusal } from './planned-object';

/**
 * What is refused because there is no order, with who needs what, and the way out.
 * @param given keys of what the files have
 * @param known objects of both states, for their names
 */
export function knotted(knots: readonly Knot[], given: ReadonlySet<string>, known: readonly Manifest[]): readonly Refusal[] {
  const titles = new Map(known.map((m) => [keyOf(m), nameText(m)]));
  const waiting = waitingIn(knots);
  return knots.map((k) => ({ key: k.key, what: titles.get(k.key) ?? k.key, message: knotText(k, waiting, given, titles) }));
}
