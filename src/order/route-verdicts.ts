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
import { isRoutes } from './references';
import { type Caller, type Request, type Requesters, requestsTo } from './requests';
import { isGateway, MESH } from './served-hosts';
import type { Together } from './together';
import { type Answers, decidingIn, type Ends, keptAnswers, type StateOf } from './verdicts';

/** A request for a host, and what else of it rules ask for. */
interface Routed extends Request {
  readonly rest: string;
}

/**
 * What becomes of requests for hosts, while rules come to lead them to other pods, or change them, and what decides about who gets in
 * at these pods changes, too: whom both states let in, or refuse, wherever it is that they end, is at every moment.
 */
export function routeVerdictsOf(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  ends: Ends,
  places: Places,
  callers: Requesters,
  root: string,
  domain: string,
): readonly Together[] {
  const all = [...new Map([...live, ...desired].filter(isRoutes).map((m) => [keyOf(m), m])).keys()];
  const specOf = (state: StateOf, key: string) => state(key)?.object.spec;
  const changed = new Set(all.filter((key) => !isEqual(specOf(ends[0], key), specOf(ends[1], key))));
  if (changed.size === 0 || places.changing.size === 0) return [];
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
  const made = new Map<string, readonly Together[]>();
  for (const { spot, keys } of spots.values()) {
    const moving = [...keys].filter((key) => changed.has(key));
    if (moving.length === 0) continue;
    const waysIn = (state: StateOf) =>
      leads.at(
        spot,
        [...keys].flatMap((key) => state(key) ?? []),
      );
    const [old, now] = ends.map(waysIn) as [readonly Way[], readonly Way[]];
    // which share each destination gets, and how requests are treated, is no matter
    if (old.length === 0 || now.length === 0 || sameText(old) === sameText(now)) continue;
    const pods = [...new Set([...old, ...now].flatMap((w) => w.ends.map((e) => e.pods)))];
    const about = new Map(pods.map((s) => [s, places.of(s)]));
    const members = [...new Set([...moving, ...[...about.values()].flatMap((p) => p.moving)])].sort();
    if (members.length === moving.length || members.length < 2) continue;
    const isCaller = callersOf(spot, audiences, [...live, ...desired]);
    const print = canonical([members, [...keys], spot.host, spot.place === MESH ? '' : spot.place]);
    if (made.has(print) && spot.audience === undefined) continue;
    const requests = requestsFor(old, now, about, callers, isCaller);
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
    made.set(print + name, keptAnswers(name, members, requests, ends, answers));
  }
  return [...made.values()].flat();
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

/** Requests that meet each condition of rules, and those that meet none. */
function requestsFor(
  old: readonly Way[],
  now: readonly Way[],
  about: ReadonlyMap<string, Place>,
  callers: Requesters,
  isCaller: (c: Caller) => boolean,
): readonly Routed[] {
  const ways = [...old, ...now];
  const own = ways.flatMap((w) => w.paths.flatMap((p) => [p, `${p}~`]));
  const asked = [...about.values()].flatMap((p) => p.all.flatMap(pathsAsked));
  const paths = [...own, ...ways.flatMap((w) => asked.map(w.asked))];
  return [...new Set([ALL, ...ways.map((w) => w.rest)])].flatMap((rest) => {
    const seen = (s: Sample) => {
      const [a, b] = [wayOf(old, s, rest), wayOf(now, s, rest)];
      const samples = [a, b].flatMap((w) => w?.ends.map((e) => at(e.altered(s), about.get(e.pods)!)) ?? []);
      return { samples, text: `${a ? old.indexOf(a) : ''} ${b ? now.indexOf(b) : ''}` };
    };
    const requests = requestsTo([...about.values()], callers, { paths, seen, isCaller });
    return requests.map((r): Routed => ({ ...r, rest, text: `${r.text}${rest === ALL ? '' : ` that meets ${rest}`}` }));
  });
}

/** Paths that a policy asks for. */
const pathsAsked = (m: Manifest): string[] =>
  [...JSON.stringify(m.object.spec?.rules ?? []).matchAll(/"(?:notP|p)aths":\[([^\]]*)\]/g)].flatMap((x) =>
    x[1]!.split(',').map((p) => p.replace(/"/g, '').replace(/\*/g, 'x')),
  );
