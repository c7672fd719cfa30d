import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { isRoutes, list } from '../facts/references';
import { isGateway, MESH } from '../facts/served-hosts';
import type { Subject } from '../facts/subjects';
import { MOST_AT_ONCE } from '../facts/together';
import { type Answer, type Answering, answering, isLetIn } from './answers';
import { type Answers, type Checkpoint, decidingIn, type Ends, type Routed, type StateOf, turnedIn } from './checkpoint';
import type { ChosenPods } from './chosen-pods';
import { ALL, DIRECT, type End, spotText, type Way, wayOf } from './leads';
import { forHost, type Place, type Places } from './places';
import type { Sample } from './policy-samples';
import { type Caller, OUTSIDE } from './requesters';
import { askedOf, type Told } from './requests';
import type { Spots } from './spots';

/** Pods on the way of requests for a host. */
interface Passed {
  /** Of a Gateway, by which all of them come. */
  readonly doors: readonly Place[];
  /** Where they end. */
  readonly about: ReadonlyMap<string, Place>;
}

/**
 * Hosts for which something changes that may decide about who gets in: their rules, what chooses the pods where they lead, or who lets
 * in at the Gateway and behind it.
 * @param isTurning whether callers come to have a proxy, or have none any more: then they come to go by rules that stay as they are
 */
export function reroutedOf(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  ends: Ends,
  places: Places,
  chosen: ChosenPods,
  spotsOf: () => Spots,
  isTurning: boolean,
  root: string,
  domain: string,
): readonly Checkpoint[] {
  if (places.areOpen) return [];
  const ruling = [...live, ...desired].filter((m) => isRoutes(m) || isGateway(m));
  const changed = new Set([...ruling.map(keyOf), ...chosen.keys].filter(turnedIn(ends)));
  if (changed.size === 0 && places.changing.size < (isTurning ? 1 : 2)) return [];
  const spots = spotsOf();
  const made: Checkpoint[] = [];
  for (const ruled of spots.all()) {
    const { spot, keys } = ruled;
    const moving = keys.filter((key) => changed.has(key));
    const doors = spots.doorsOf(spot);
    const isMet = isTurning && spot.place === MESH;
    if (moving.length === 0 && !isMoving(doors) && !isMet) continue;
    const waysIn = spots.waysOf(ruled);
    const states = mixtures(ends, moving).map(waysIn);
    const [old, now] = states.map(podsOf);
    // who comes is called by nobody before, and who goes by nobody after
    const isNobody = (some: readonly Subject[], state: 'before' | 'after') =>
      some.length > 0 && some.every((s) => places.isAway(s, state));
    if (isNobody(old!, 'before') || isNobody(now!, 'after')) continue;
    // of what chooses them some may be as before, and some as after
    const hosts = new Set([spot.host, ...states.flat().flatMap((w) => w.destinations.map((d) => d.host))]);
    const either = keys.flatMap((key) => ends.flatMap((state) => state(key) ?? []));
    const pods = [...hosts].flatMap((host) => spots.podsOf(host, either));
    const passed = { doors, about: new Map([...podsOf(states.flat()), ...pods].map((s) => [s, places.of(s)])) };
    const all = [...doors, ...passed.about.values()];
    if (!mayDecide(states, passed) && !(isMet && isMoving(all))) continue;
    const members = [...new Set([...moving, ...all.flatMap((p) => p.moving)])].sort();
    const answers: Answers = (state, isDecisive = () => true) => {
      const asking = (p: Place) => answering(p, decidingIn(p, state).filter(isDecisive), root, domain);
      return answerOf(passed, waysIn(state), asking);
    };
    const host = spot.place === MESH || spot.place === DIRECT ? undefined : spot.host;
    const called = spot.place === MESH ? { ruled: spot.host } : {};
    const told = toldApart(states, passed, spots.callersOf(spot), host);
    made.push({ name: spotText(spot), ...called, members, answers, ...told });
  }
  return made;
}

/** Where ways end. */
const podsOf = (ways: readonly Way[]): readonly Subject[] => [...new Set(ways.flatMap((w) => w.ends.map((e) => e.pods)))];

const isMoving = (places: Iterable<Place>): boolean => [...places].some((p) => p.moving.length > 0);

/**
 * The old state, the new one, and what may be between: where few change, each mixture, otherwise those in which who delegates is heard
 * of before those to whom they delegate, and the other way round.
 */
export function mixtures(ends: Ends, moving: readonly string[]): readonly StateOf[] {
  const [before, after] = ends;
  const mixed =
    (isNew: (key: string) => boolean): StateOf =>
    (key) =>
      (isNew(key) ? after : before)(key);
  if (moving.length < 2) return ends;
  if (moving.length <= MOST_AT_ONCE) {
    const bits = Array.from({ length: 2 ** moving.length - 2 }, (_, i) => i + 1);
    return [...ends, ...bits.map((set) => mixed((key) => ((set >> moving.indexOf(key)) & 1) === 1))];
  }
  const isDelegate = (key: string) =>
    [before, after].flatMap((state) => state(key) ?? []).every((m) => isRoutes(m) && list(m.object.spec?.hosts).length === 0);
  return [...ends, mixed(isDelegate), mixed((key) => !isDelegate(key))];
}

/** Whether what changes may decide about who gets in. Which share each destination gets, and how requests are treated, is no matter. */
function mayDecide(states: readonly (readonly Way[])[], { doors, about }: Passed): boolean {
  const [old, now] = states;
  if (isMoving(doors) && isMoving(about.values())) return true;
  const isSame = states.every((ways) => textOf(ways) === textOf(old!));
  return !isSame && old!.length > 0 && now!.length > 0 && [...doors, ...about.values()].some((p) => p.all.length > 0);
}

const textOf = (ways: readonly Way[]): string => ways.map((w) => w.text).join();

/** What becomes of requests: at a Gateway, to which they come from outside, and where the rules lead. */
function answerOf(
  { doors, about }: Passed,
  ways: readonly Way[],
  asking: (p: Place) => Answering,
): (r: Routed) => Answer | undefined {
  const outer = doors.map((p) => ({ p, answer: asking(p) }));
  const inner = new Map<string, { readonly p: Place; readonly answer: Answering }>();
  const innerOf = ({ pods, host }: End) => {
    const p = about.get(pods);
    const known = inner.get(`${host} ${pods}`);
    if (!p || known) return known;
    const made = { p, answer: asking(forHost(p, host)) };
    inner.set(`${host} ${pods}`, made);
    return made;
  };
  return ({ caller, sample, rest }) => {
    const door = joint(outer.map(({ p, answer }) => answer(OUTSIDE, at(sample, p))));
    if (!isLetIn(door)) return door;
    const way = wayOf(ways, sample.path, rest);
    if (!way) return 'broken';
    const ends = way.ends.map((end) => {
      const { p, answer } = innerOf(end) ?? {};
      return p && answer ? answer(caller, at(end.altered(sample), p)) : 'admitted';
    });
    const end = joint(ends);
    return end === 'admitted' ? door : end;
  };
}

/** What several answer together; nothing where some let in. */
function joint(answers: readonly Answer[]): Answer | undefined {
  if (answers.every((a) => a === 'admitted')) return 'admitted';
  if (answers.every(isLetIn)) return 'asked';
  if (answers.some(isLetIn)) return undefined;
  return answers.every((a) => a === 'refused') ? 'refused' : 'broken';
}

/** The port is of the pods where it comes. */
function at(s: Sample, { services: { targets } }: Place): Sample {
  const [first = s.port] = targets;
  return targets.has(s.port) ? s : { ...s, port: first };
}

/** What tells requests apart: each condition of rules, those that meet none, and what is asked for where they come. */
function toldApart(
  states: readonly (readonly Way[])[],
  { doors, about }: Passed,
  isCaller: (c: Caller) => boolean,
  host: string | undefined,
): Pick<Checkpoint, 'asked' | 'told'> {
  const ways = states.flat();
  const own = ways.flatMap((w) => w.paths.flatMap((p) => [p, `${p}~`]));
  const named = [...about.values()].flatMap((p) => p.all.flatMap(pathsAsked));
  const asked = askedOf([...doors, ...about.values()], [...own, ...ways.flatMap((w) => named.map(w.asked))], host);
  const told = [...new Set([ALL, ...ways.map((w) => w.rest)])].map((rest): [string, Told] => {
    const seen = (s: Sample) => {
      const met = states.map((some) => wayOf(some, s.path, rest));
      const inside = met.flatMap((w) => w?.ends.map((e) => at(e.altered(s), about.get(e.pods)!)) ?? []);
      return {
        samples: [...doors.map((p) => at(s, p)), ...inside],
        text: met.map((w, i) => (w ? states[i]!.indexOf(w) : '')).join(' '),
      };
    };
    return [rest, { seen, isCaller }];
  });
  return { asked, told };
}

/** Paths that a policy asks for. */
const pathsAsked = (m: Manifest): string[] =>
  list(m.object.spec?.rules)
    .flatMap((rule) => list(rule?.to))
    .flatMap((to) => [...list(to?.operation?.paths), ...list(to?.operation?.notPaths)])
    .map((path) => String(path).replaceAll('*', 'x'));
