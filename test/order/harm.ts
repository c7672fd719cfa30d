import type { Manifest } from '../../src/manifests/manifest';
import { podFacts } from '../../src/order/facts/readiness';
import type { Phase, Phases } from '../../src/order/phase';
import { phasesOf } from '../../src/order/phases';
import { type Answer, type Ask, asksOf, Moment } from './asks';
import { Walk } from './walk';

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
  // who has no identity because of plain text alone is nobody whom policies mean to refuse
  const [bareBefore, bareAfter] = [new Moment(live.filter(isNotTls)), new Moment(desired.filter(isNotTls))];
  const isMeant = (ask: Ask) => [bareBefore, bareAfter].every((m) => m.answer(ask)?.refused);
  const asks = asksOf([...live, ...desired]).flatMap((ask) => {
    const [old, now] = [before.answer(ask), after.answer(ask)];
    // who is there in one state alone relies on nothing before and after it
    if (!old || !now) return [];
    const watched = old.served && now.served ? 'served' : old.refused && now.refused && isMeant(ask) ? 'refused' : undefined;
    return watched ? { ask, watched, rules: [...old.rules, ...now.rules] } : [];
  });
  const watched = asks.length > most ? Array.from({ length: most }, () => asks[pick(asks.length)]!) : asks;
  const lines: string[] = [];
  const seen = new Set<string>();
  for (const phases of ways)
    for (const { when, objects } of new Walk(live, pick).views(phases)) {
      const text = objects.map(idOf).join();
      if (seen.has(text)) continue;
      seen.add(text);
      const moment = new Moment(objects);
      for (const { ask, watched: how, rules } of watched) {
        const wrong = wrongWith(moment.answer(ask), how, rules);
        if (wrong) lines.push(`${when}: ${ask.from} -> ${ask.request.host}:${ask.request.port}${ask.request.path} ${wrong}`);
      }
    }
  return { looked: watched.length, lines };
}

const isNotTls = (m: Manifest): boolean =>
  m.kind !== 'PeerAuthentication' && !(m.kind === 'DestinationRule' && m.object.spec?.trafficPolicy?.tls);

function wrongWith(answer: Answer | undefined, how: string, rules: readonly (string | undefined)[]): string | undefined {
  if (!answer) return undefined;
  if (how === 'refused') return answer.served ? `is let in: ${answer.text}` : undefined;
  if (!answer.served) return `is shut out: ${answer.text}`;
  return answer.rules.every((r) => rules.includes(r)) ? undefined : `goes by ${answer.rules.join(', ') || 'no rules'}`;
}

const ids = new WeakMap<Manifest, number>();
let last = 0;
const idOf = (m: Manifest): number => {
  if (!ids.has(m)) ids.set(m, ++last);
  return ids.get(m)!;
};
