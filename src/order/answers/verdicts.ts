import type { Fact } from '../facts/references';
import type { Together } from '../facts/together';
import { type Answer, isLetIn } from './answers';
import { bareAnswers, type Checkpoint, type Ends, type Routed, restText, type StateOf } from './checkpoint';
import type { Requesters } from './requesters';
import { requestsTo } from './requests';

/** A request of which the answer is to stay. */
interface Watched {
  readonly r: Routed & { readonly text: string };
  readonly facts: readonly ('admitted' | 'asked' | 'refused')[];
}

/**
 * What is answered to requests at some pods, or for a host, while several of what decides about it change (policies,
 * RequestAuthentications, PeerAuthentications, DestinationRules, rules and Gateways): whom both states let in is let in at every
 * moment, and whom both refuse is refused. Requests are made of what the rules ask for, and decided about as the trace decides, in
 * each mixture of the states.
 */
export const verdictsOf = (checkpoints: readonly Checkpoint[], requesters: Requesters, ends: Ends): readonly Together[] =>
  // of one that changes both states are looked at
  checkpoints.filter((c) => c.members.length > 1).flatMap((c) => kept(c, requesters, ends));

/** That requests which both states answer alike are answered so at every moment. */
function kept({ name, members, asked, told, answers }: Checkpoint, requesters: Requesters, ends: Ends): readonly Together[] {
  const requests = told.flatMap(([rest, how]) =>
    requestsTo(asked, requesters, how).map((r) => ({ ...r, rest, text: restText(r.text, rest) })),
  );
  const [old, now] = ends.map((state) => answers(state));
  const bare = bareAnswers(ends, answers);
  const watched = requests.flatMap((r): Watched[] => {
    const [a, b] = [old!(r), now!(r)];
    if (isLetIn(a) && isLetIn(b)) return [{ r, facts: a === b && a === 'asked' ? ['admitted', 'asked'] : ['admitted'] }];
    const isMeant = a === 'refused' && b === 'refused' && bare.every((answer) => answer(r) === 'refused');
    return isMeant ? [{ r, facts: ['refused'] }] : [];
  });
  if (watched.length === 0) return [];
  const provides = (state: StateOf): Fact[] => {
    const answer = answers(state);
    return watched.flatMap(({ r, facts }) => {
      const a = answer(r);
      return facts.filter((f) => holds(f, a)).map((f): Fact => `${f} ${name} ${r.text}`);
    });
  };
  return [{ members, keeps: true, provides }];
}

function holds(fact: 'admitted' | 'asked' | 'refused', a: Answer | undefined): boolean {
  if (fact === 'admitted') return isLetIn(a);
  return fact === 'asked' ? a !== undefined && a !== 'admitted' : a === 'refused' || a === 'broken';
}
