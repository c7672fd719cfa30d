import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { selects } from '../../model/config';
import { isEqual } from '../../values/equal';
import { isService } from '../facts/references';
import type { Bridge } from '../facts/seen-subsets';
import { ownLabels } from '../facts/subjects';
import { sent, via } from './stages';
import { WIDEN } from './widen';

type Labels = Readonly<Record<string, string>>;

/** Forms of Services between, for what is in a knot. */
export interface ServiceForms {
  readonly has: (key: string) => boolean;
  readonly bridge: Bridge;
}

/**
 * Services that come to choose other pods, for where there is no other way, since a workload has the ones and then the others: for now
 * they choose both, by the labels that both states ask for.
 */
export function serviceForms(live: readonly Manifest[], desired: readonly Manifest[]): ServiceForms {
  let known: ReadonlyMap<string, Manifest> | undefined;
  // mostly there is no knot
  const wide = () => {
    known ??= wideForms(live, desired);
    return known;
  };
  return {
    has: (key) => wide().has(key),
    bridge: (_, to) => {
      const object = to && wide().get(keyOf(to));
      return object && via(object, to);
    },
  };
}

function wideForms(live: readonly Manifest[], desired: readonly Manifest[]): ReadonlyMap<string, Manifest> {
  const before = new Map(live.filter(isService).map((m) => [keyOf(m), m]));
  const all = [...live, ...desired];
  return new Map(
    desired.filter(isService).flatMap((to) => {
      const from = before.get(keyOf(to));
      const wide = from && between(from, to, all);
      return wide ? [[keyOf(to), wide] as const] : [];
    }),
  );
}

/** A Service for the pods of two states, and with the ports of both; nothing where there are pods of others with such labels. */
function between(from: Manifest, to: Manifest, all: readonly Manifest[]): Manifest | undefined {
  const [old, now]: readonly Labels[] = [from, to].map((m) => m.object.spec?.selector ?? {}) as [Labels, Labels];
  if (isEqual(old, now)) return undefined;
  const selector = Object.fromEntries(Object.entries(old!).filter(([k, v]) => now![k] === v));
  if (Object.keys(selector).length === 0) return undefined;
  const isOthers = (labels: Labels | undefined) =>
    labels !== undefined && selects(selector, labels) && !selects(old!, labels) && !selects(now!, labels);
  if (all.some((m) => m.namespace === to.namespace && isOthers(ownLabels(m)))) return undefined;
  const spec = WIDEN['/Service']!({ ...from.object.spec, selector: now }, to.object.spec, to.namespace);
  return spec && sent(to, { ...spec, selector });
}
