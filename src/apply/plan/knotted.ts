import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { causesIn, knotText, waitingIn } from '../../order/knot-text';
import type { Knot } from '../../order/phase';
import { listed } from '../../values/listed';
import { nameText } from '../named';
import type { Refusal } from './planned-object';

/** So many causes are named. */
const NAMED = 3;

/**
 * What is refused because there is no order, with who needs what, and the way out.
 * @param given keys of what the files have
 * @param known objects of both states, for their names
 */
export function knotted(knots: readonly Knot[], given: ReadonlySet<string>, known: readonly Manifest[]): readonly Refusal[] {
  const titles = new Map(known.map((m) => [keyOf(m), nameText(m)]));
  const [waiting, causes] = [waitingIn(knots), causesIn(knots)];
  const nameOf = (key: string) => titles.get(key) ?? key;
  const refusal = (k: Knot): Refusal => {
    const own = causes.get(k);
    const message = own
      ? `waits for ${listed(
          own.map((c) => nameOf(c.key)),
          NAMED,
        )}, for which there is no order without a gap`
      : knotText(k, waiting, given, titles);
    return { key: k.key, what: nameOf(k.key), message };
  };
  return [...knots.filter((k) => !causes.has(k)), ...knots.filter((k) => causes.has(k))].map(refusal);
}
