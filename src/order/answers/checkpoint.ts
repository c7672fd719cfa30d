import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { isEqual } from '../../values/equal';
import { type Answer, answering, isTls } from './answers';
import { ALL } from './leads';
import { forHost, type Place } from './places';
import type { Sample } from './policy-samples';
import type { Caller } from './requesters';
import { AS_SENT, type Asked, askedOf, type Told } from './requests';

/** The state of an object that may change, by its key; nothing where it is not there. */
export type StateOf = (key: string) => Manifest | undefined;

/** Both states, by the keys of objects. */
export type Ends = readonly [live: StateOf, desired: StateOf];

/** All of both states. */
export const endsOf = (live: readonly Manifest[], desired: readonly Manifest[]): Ends => {
  const [before, after] = [live, desired].map((all) => new Map(all.map((m) => [keyOf(m), m])));
  return [(key) => before!.get(key), (key) => after!.get(key)];
};

/** Tells whether objects say something else in the one state than in the other. */
export const turnedIn =
  ([before, after]: Ends) =>
  (key: string): boolean =>
    !isEqual(before(key)?.object.spec, after(key)?.object.spec);

/** What decides about pods in a state. */
export const decidingIn = (place: Place, state: StateOf): readonly Manifest[] => [
  ...place.still,
  ...place.moving.flatMap((key) => state(key) ?? []),
];

/** A request, and what else of it rules ask for; {@link ALL} where it meets nothing of that. */
export interface Routed {
  readonly caller: Caller;
  readonly sample: Sample;
  readonly rest: string;
}

/** Tells what becomes of requests in a state; nothing where some are let in, and some are not. */
export type Answers = (state: StateOf, isDecisive?: (m: Manifest) => boolean) => (r: Routed) => Answer | undefined;

/** Where requests are decided about: some pods, or a host on the way to others. */
export interface Checkpoint {
  /** The pods; or a host of theirs; or the host, and who sees the rules, or the port and the pods of Gateways. */
  readonly name: string;
  /** A host that callers with a proxy call by its rules; others come to its own pods. */
  readonly ruled?: string;
  /** Keys of what changes and decides there. */
  readonly members: readonly string[];
  readonly answers: Answers;
  readonly asked: Asked;
  /** What tells requests apart, by what else rules ask for. */
  readonly told: readonly (readonly [rest: string, told: Told])[];
}

/** Some pods, and what decides about them: by each host that leads there, where DestinationRules may have clients speak otherwise. */
export function atPods(place: Place, root: string, domain: string): readonly Checkpoint[] {
  const hosts = [...place.services.byHost.keys()];
  const isSpoken = hosts.length > 1 && place.all.some((m) => m.kind === 'DestinationRule');
  const called = (name: string, p: Place): Checkpoint => ({
    name,
    members: p.moving,
    asked: askedOf([p]),
    told: [[ALL, AS_SENT]],
    answers: (state, isDecisive = () => true) => {
      const answer = answering(p, decidingIn(p, state).filter(isDecisive), root, domain);
      return ({ caller, sample }) => answer(caller, sample);
    },
  });
  if (!isSpoken) return [called(place.pods, place)];
  return hosts.map((host) => called(`${host} of:${place.pods.replace(' ', '/')}`, forHost(place, host)));
}

/** What is answered without what says which TLS is spoken: who has no identity because of plain text alone is nobody whom policies mean to refuse. */
export const bareAnswers = (ends: Ends, answers: Answers): readonly ReturnType<Answers>[] =>
  ends.map((state) => answers(state, (m) => !isTls(m)));

/** A request for people, with what else of it rules ask for. */
export const restText = (text: string, rest: string): string => (rest === ALL ? text : `${text} that meets ${rest}`);
