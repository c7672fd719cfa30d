import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { selects } from '../model/config';
import { canonical, isEqual } from '../values/equal';
import { type Answer, answering, isLetIn } from './answers';
import { audienceOf, isPublic, OTHERS } from './audience';
import { ALL, Leads, type Spot, type Way, withDelegates } from './leads';
import type { Place, Places } from './places';
import type { Sample } from './policy-samples';
import { isWorkload, podLabels } from './readiness';
import { isRoutes, list } from './references';
import { type Asked, askedOf, type Caller, type Told } from './requests';
import { isGateway, MESH } from './served-hosts';
import { type Answers, decidingIn, type Ends, type StateOf } from './verdicts';

/** A request for a host, and what else of it rules ask for. */
export interface Routed {
  readonly caller: Caller;
  readonly sample: Sample;
  readonly rest: string;
}

/** A host whose rules come to lead elsewhere, or otherwise, where pods do not let in everybody. */
export interface Rerouted {
  /** The host, and who sees the rules or the Gateway. */
  readonly name: string;
  /** Keys of the rules that change, and of what changes about the pods. */
  readonly members: readonly string[];
  readonly answers: Answers<Routed>;
  readonly asked: Asked;
  /** What tells requests apart, by what else rules ask for. */
  readonly told: readonly (readonly [rest: string, told: Told])[];
}

/** Hosts whose rules change in a way that may decide about who gets in. */
export function reroutedOf(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  ends: Ends,
  places: Places,
  root: string,
  domain: string,
): readonly Rerouted[] {
  const all = [...new Map([...live, ...desired].filter(isRoutes).map((m) => [keyOf(m), m])).keys()];
  const specOf = (state: StateOf, key: string) => state(key)?.object.spec;
  const changed = new Set(all.filter((key) => !isEqual(specOf(ends[0], key), specOf(ends[1], key))));
  if (changed.size === 0 || places.areOpen) return [];
  const routes = [live, desired].map((some) => some.filter(isRoutes));
  const shown = routes
    .flat()
    .filter((m) => !isPublic(m))
    .flatMap(audienceOf);
  const audiences = [...new Set([...shown, OTHERS])];
  const leads = new Leads((host) => places.servingOf(host), audiences, domain);
  /** Of each spot the keys of all that has rules there, by both states. */
  const spots = new Map<string, { readonly spot: Spot; readonly keys: Set<string> }>();
  for (const state of routes) {
    const byName = new Map(state.map((m) => [`${m.namespace}/${m.name}`, m]));
    for (const m of state)
      for (const spot of leads.spots(m)) {
        const text = `${spot.place} ${spot.audience} ${spot.host}`;
        const known = spots.get(text) ?? { spot, keys: new Set() };
        spots.set(text, known);
        for (const r of withDelegates(m, byName)) known.keys.add(keyOf(r));
      }
  }
  const made = new Map<string, Rerouted>();
  for (const { spot, keys } of spots.values()) {
    const moving = [...keys].filter((key) => changed.has(key));
    if (moving.length === 0) continue;
    const waysIn = (state: StateOf) =>
      leads.at(
        spot,
        [...keys].flatMap((key) => state(key) ?? []),
      );
    const [old, now] = ends.map(waysIn) as [readonly Way[], readonly Way[]];
    if (old.length === 0 || now.length === 0) continue;
    // those who delegate are heard of before those to whom they delegate, or after them
    const isDelegate = (key: string) => ends.every((state) => list(state(key)?.object.spec?.hosts).length === 0);
    const mixed =
      ([a, b]: Ends): StateOf =>
      (key) =>
        isDelegate(key) ? b(key) : a(key);
    const between = moving.length > 1 ? [mixed(ends), mixed([ends[1], ends[0]])].map(waysIn) : [];
    // which share each destination gets, and how requests are treated, is no matter
    if ([now, ...between].every((ways) => sameText(ways) === sameText(old))) continue;
    const pods = [...new Set([old, now, ...between].flat().flatMap((w) => w.ends.map((e) => e.pods)))];
    const about = new Map(pods.map((s) => [s, places.of(s)]));
    if ([...about.values()].every((p) => p.all.length === 0)) continue;
    const members = [...new Set([...moving, ...[...about.values()].flatMap((p) => p.moving)])].sort();
    const isCaller = callersOf(spot, audiences, [...live, ...desired]);
    const print = canonical([members, [...keys], spot.host, spot.place === MESH ? '' : spot.place]);
    if (made.has(print) && spot.audience === undefined) continue;
    const answers: Answers<Routed> = (state, isDecisive = () => true) => {
      const ways = waysIn(state);
      const by = new Map([...about].map(([s, p]) => [s, answering(p, decidingIn(p, state).filter(isDecisive), root, domain)]));
      return ({ caller, sample, rest }) => {
        const way = wayOf(ways, sample, rest);
        if (!way) return 'broken';
        return joint(way.ends.map((e) => by.get(e.pods)?.(caller, at(e.altered(sample), about.get(e.pods)!)) ?? 'admitted'));
      };
    };
    const name = `${spot.host} ${spot.audience ?? spot.place}`;
    made.set(print + name, { name, members, answers, ...toldApart([old, now, ...between], about, isCaller) });
  }
  return [...made.values()];
}

/** Who goes by the rules of a spot: who is in the namespaces that see them, and the pods of a Gateway. */
function callersOf(
  { place, audience }: Spot,
  audiences: readonly string[],
  objects: readonly Manifest[],
): (c: Caller) => boolean {
  if (place === MESH)
    return (c) => c.account !== undefined && (audience === OTHERS ? !audiences.includes(c.namespace) : c.namespace === audience);
  const gateways = objects.filter((m) => isGateway(m) && `${m.namespace}/${m.name}` === place);
  const isPod = (c: { readonly labels: Caller['labels'] }) => gateways.some((m) => selects(m.object.spec?.selector, c.labels));
  // whose pods are in no file may be anybody's
  const isKnown = objects.some((m) => isWorkload(m) && isPod({ labels: podLabels(m) }));
  return (c) => c.account !== undefined && (!isKnown || isPod(c));
}

/** What several ends answer together; nothing where some let in. */
function joint(answers: readonly Answer[]): Answer | undefined {
  if (answers.every((a) => a === 'admitted')) return 'admitted';
  if (answers.every(isLetIn)) return 'asked';
  if (answers.some(isLetIn)) return undefined;
  return answers.every((a) => a === 'refused') ? 'refused' : 'broken';
}

/** The port is of the pods where it ends. */
function at(s: Sample, { services }: Place): Sample {
  const ports = services.flatMap((x) => x.ports.map((p) => p.target));
  return ports.length === 0 || ports.includes(s.port) ? s : { ...s, port: ports[0]! };
}

const wayOf = (ways: readonly Way[], { path }: Sample, rest: string): Way | undefined =>
  ways.find((w) => (w.rest === ALL || w.rest === rest) && w.meets(path));

const sameText = (ways: readonly Way[]): string => ways.map((w) => w.text).join();

/** What tells requests apart: each condition of rules, those that meet none, and what is asked for where they end. */
function toldApart(
  states: readonly (readonly Way[])[],
  about: ReadonlyMap<string, Place>,
  isCaller: (c: Caller) => boolean,
): Pick<Rerouted, 'asked' | 'told'> {
  const ways = states.flat();
  const own = ways.flatMap((w) => w.paths.flatMap((p) => [p, `${p}~`]));
  const named = [...about.values()].flatMap((p) => p.all.flatMap(pathsAsked));
  const asked = askedOf([...about.values()], [...own, ...ways.flatMap((w) => named.map(w.asked))]);
  const told = [...new Set([ALL, ...ways.map((w) => w.rest)])].map((rest): [string, Told] => {
    const seen = (s: Sample) => {
      const met = states.map((some) => wayOf(some, s, rest));
      const samples = met.flatMap((w) => w?.ends.map((e) => at(e.altered(s), about.get(e.pods)!)) ?? []);
      return { samples, text: met.map((w, i) => (w ? states[i]!.indexOf(w) : '')).join(' ') };
    };
    return [rest, { seen, isCaller }];
  });
  return { asked, told };
}

/** Paths that a policy asks for. */
const pathsAsked = (m: Manifest): string[] =>
  [...JSON.stringify(m.object.spec?.rules ?? []).matchAll(/"(?:notP|p)aths":\[([^\]]*)\]/g)].flatMap((x) =>
    x[1]!.split(',').map((p) => p.replace(/"/g, '').replace(/\*/g, 'x')),
  );
