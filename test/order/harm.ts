import type { Manifest } from '../../src/manifests/manifest';
import { podFacts } from '../../src/order/facts/pods-behind';
import { proxiesOf } from '../../src/order/facts/proxies';
import { isWorkload } from '../../src/order/facts/readiness';
import { delegatesOf, isRoutes, nameOf } from '../../src/order/facts/references';
import { isMachine } from '../../src/order/facts/subjects';
import type { Phase, Phases } from '../../src/order/phase';
import { phasesOf } from '../../src/order/phases';
import { isEqual } from '../../src/values/equal';
import { type Answer, type Ask, asksOf, Moment } from './asks';
import { beside, Walk } from './walk';

/** What an apply does to somebody on the way that neither state does. */
export interface Harm {
  /** How many requests both states serve, or refuse: what is looked at. */
  readonly looked: number;
  readonly lines: readonly string[];
  readonly phases: Phases;
}

/**
 * Goes the whole way from one state to the other, in some orders, and asks at each moment: nobody is shut out whom both states
 * serve, nobody let in whom both refuse, and no request goes by rules of neither.
 */
export function harm(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  pick: (n: number) => number,
  orders = 1,
  most = 400,
): Harm {
  const phases = phasesOf({ live, desired }, 'cluster.local', podFacts([...live, ...desired], 'cluster.local'));
  if (phases.knots.length > 0) return { looked: 0, lines: [], phases };
  return {
    ...harmOf(
      live,
      desired,
      Array.from({ length: orders }, () => phases.phases),
      pick,
      most,
    ),
    phases,
  };
}

/** The same of ways that are known, each gone once. */
export function harmOf(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  ways: readonly (readonly Phase[])[],
  pick: (n: number) => number,
  most: number,
): Omit<Harm, 'phases'> {
  const [before, after] = [new Moment(live), new Moment(desired)];
  // where requests may come, were the pods of both there all the time
  const [meantBefore, meantAfter] = [new Moment(withPodsOf(live, desired)), new Moment(withPodsOf(desired, live))];
  // who has no identity because of plain text alone is nobody whom policies mean to refuse
  const [bareBefore, bareAfter] = [new Moment(live.filter(isNotTls)), new Moment(desired.filter(isNotTls))];
  const isMeant = (ask: Ask) => [bareBefore, bareAfter].every((m) => m.answer(ask)?.refused);
  const turning = turningNames(live, desired);
  const asks = asksOf([...live, ...desired]).flatMap((ask) => {
    const [old, now] = [before.answer(ask), after.answer(ask)];
    // who is there in one state alone relies on nothing before and after it
    if (!old || !now) return [];
    const watched = old.served && now.served ? 'served' : old.refused && now.refused && isMeant(ask) ? 'refused' : undefined;
    if (!watched) return [];
    const meant = [meantBefore, meantAfter].flatMap((m) => m.answer(ask) ?? []);
    const all = [old, now, ...meant];
    // pods that get a proxy while others of their own workload have none cannot wait for these
    if (turning.has(ask.from) && all.some((a) => a.ends.some((e) => e === ask.from))) return [];
    return { ask, watched, rules: all.flatMap((a) => a.rules), ends: all.flatMap((a) => a.ends) };
  });
  const watched = asks.length > most ? Array.from({ length: most }, () => asks[pick(asks.length)]!) : asks;
  const turned = turnedTogether(live, desired);
  const lines: string[] = [];
  const seen = new Set<string>();
  for (const phases of ways)
    for (const { when, objects } of new Walk(live, pick).views(phases)) {
      const text = objects.map(idOf).join();
      if (seen.has(text)) continue;
      seen.add(text);
      const moment = new Moment(objects);
      for (const { ask, watched: how, rules, ends } of watched) {
        const wrong = wrongWith(moment.answer(ask), how, rules, ends, turned);
        if (wrong) lines.push(`${when}: ${ask.from} -> ${ask.request.host}:${ask.request.port}${ask.request.path} ${wrong}`);
      }
    }
  return { looked: watched.length, lines };
}

const isNotTls = (m: Manifest): boolean =>
  m.kind !== 'PeerAuthentication' && !(m.kind === 'DestinationRule' && m.object.spec?.trafficPolicy?.tls);

function wrongWith(
  answer: Answer | undefined,
  how: string,
  rules: readonly (string | undefined)[],
  ends: readonly string[],
  turned: ReadonlySet<string>,
): string | undefined {
  if (!answer) return undefined;
  if (how === 'refused') return answer.served ? `is let in: ${answer.text}` : undefined;
  if (!answer.served) return `is shut out: ${answer.text}`;
  if (!answer.rules.every((r) => rules.includes(r))) return `goes by ${answer.rules.join(', ') || 'no rules'}`;
  if (answer.rules.some((r) => r !== undefined && turned.has(r.replace(/^virtual-service\//, '')))) return undefined;
  const others = answer.ends.filter((e) => !ends.includes(e));
  return others.length === 0 ? undefined : `comes to ${others.join(', ')}, not to ${[...new Set(ends)].join(', ')}`;
}

/** Names of rules that change together with those to whom they delegate, and of these: for a moment they may lead where neither state does. */
function turnedTogether(live: readonly Manifest[], desired: readonly Manifest[]): ReadonlySet<string> {
  const [before, after] = [live, desired].map((all) => new Map(all.filter(isRoutes).map((m) => [nameOf(m), m])));
  const isTurned = (name: string) => !isEqual(before!.get(name)?.object.spec, after!.get(name)?.object.spec);
  const turned = [...new Set([...before!.keys(), ...after!.keys()])].filter(isTurned);
  const delegates = (name: string) => [before, after].flatMap((all) => [all!.get(name) ?? []].flat().flatMap(delegatesOf));
  return new Set(
    turned.flatMap((name) =>
      delegates(name)
        .filter(isTurned)
        .flatMap((d) => [name, d]),
    ),
  );
}

/** Workloads, as `namespace/name`, that come to have a proxy, or have none any more. */
function turningNames(live: readonly Manifest[], desired: readonly Manifest[]): ReadonlySet<string> {
  const hasProxy = proxiesOf(live, desired);
  const before = new Map(live.filter(isWorkload).map((m) => [nameOf(m), hasProxy(m)]));
  return new Set(desired.filter((m) => isWorkload(m) && (before.get(nameOf(m)) ?? hasProxy(m)) !== hasProxy(m)).map(nameOf));
}

/** With the pods of another state beside its own. */
const withPodsOf = (state: readonly Manifest[], other: readonly Manifest[]): readonly Manifest[] => [
  ...state,
  ...other.filter((m) => (isWorkload(m) && m.object.spec?.replicas !== 0) || isMachine(m)).map(beside),
];

const ids = new WeakMap<Manifest, number>();
let last = 0;
const idOf = (m: Manifest): number => {
  if (!ids.has(m)) ids.set(m, ++last);
  return ids.get(m)!;
};
