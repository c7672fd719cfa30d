import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { type Answer, answering, isLetIn, isTls } from './answers';
import type { Place, Places } from './places';
import type { Fact } from './references';
import type { Requesters } from './requesters';
import { askedOf, type Request, requestsTo } from './requests';
import type { Together } from './together';

/** The state of an object that may change, by its key; nothing where it is not there. */
export type StateOf = (key: string) => Manifest | undefined;

/** Tells what becomes of requests in a state; nothing where some are let in, and some are not. */
export type Answers<R, A = Answer | undefined> = (state: StateOf, isDecisive?: (m: Manifest) => boolean) => (r: R) => A;

/** A request of which the answer is to stay. */
interface Watched<R> {
  readonly r: R;
  readonly facts: readonly ('admitted' | 'asked' | 'refused')[];
}

/**
 * What pods answer to requests, while several of the policies, RequestAuthentications, PeerAuthentications and DestinationRules that
 * decide about it change: whom both states let in is let in at every moment, and whom both refuse is refused. Requests are made of
 * what the rules ask for, and decided about as the trace decides, in each mixture of the states.
 */
export function verdictsOf(
  ends: Ends,
  places: Places,
  requesters: Requesters,
  root: string,
  domain: string,
): readonly Together[] {
  return places
    .crowded()
    .flatMap((place) =>
      keptAnswers(place.pods, place.moving, requestsTo(askedOf([place]), requesters), ends, answersAt(place, root, domain)),
    );
}

/** What pods answer to requests in a state. */
export const answersAt =
  (place: Place, root: string, domain: string): Answers<Asking, Answer> =>
  (state, isDecisive = EVERYTHING) => {
    const answer = answering(place, decidingIn(place, state).filter(isDecisive), root, domain);
    return ({ caller, sample }) => answer(caller, sample);
  };

type Asking = Pick<Request, 'caller' | 'sample'>;
const EVERYTHING = (): boolean => true;

/** What is answered without what says which TLS is spoken: who has no identity because of plain text alone is nobody whom policies mean to refuse. */
export const bareAnswers = <R, A>(ends: Ends, answers: Answers<R, A>): readonly ((r: R) => A)[] =>
  ends.map((state) => answers(state, (m) => !isTls(m)));

/** Both states, by the keys of objects. */
export type Ends = readonly [live: StateOf, desired: StateOf];

/** All of both states. */
export const endsOf = (live: readonly Manifest[], desired: readonly Manifest[]): Ends => {
  const [before, after] = [live, desired].map((all) => new Map(all.map((m) => [keyOf(m), m])));
  return [(key) => before!.get(key), (key) => after!.get(key)];
};

/** What decides about pods in a state. */
export const decidingIn = (place: Place, state: StateOf): readonly Manifest[] => [
  ...place.still,
  ...place.moving.flatMap((key) => state(key) ?? []),
];

/**
 * That requests which both states answer alike are answered so at every moment.
 * @param about who answers, in two words
 */
export function keptAnswers<R extends { readonly text: string }>(
  about: string,
  members: readonly string[],
  requests: readonly R[],
  ends: Ends,
  answers: Answers<R>,
): readonly Together[] {
  const [old, now] = ends.map((state) => answers(state));
  const bare = bareAnswers(ends, answers);
  const watched = requests.flatMap((r): Watched<R>[] => {
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
      return facts.filter((f) => holds(f, a)).map((f): Fact => `${f} ${about} ${r.text}`);
    });
  };
  return [{ members, keeps: true, provides }];
}

function holds(fact: 'admitted' | 'asked' | 'refused', a: Answer | undefined): boolean {
  if (fact === 'admitted') return isLetIn(a);
  return fact === 'asked' ? a !== undefined && a !== 'admitted' : a === 'refused' || a === 'broken';
}
