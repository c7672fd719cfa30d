import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { canonical } from '../values/equal';
import { audienceOf, isPublic, OTHERS } from './audience';
import { guardedPods, isAllow, isForAll, rulesOf } from './authorization-rules';
import type { Deciders } from './deciders';
import { type Altered, type End, Leads, pairsOf } from './leads';
import { type Fact, isRoutes, NOTHING, type References } from './references';
import type { Subject, Subjects } from './subjects';
import type { Turn, Turns } from './turns';

/**
 * Routes that come to lead to pods, and what decides who gets in at these pods and changes with them: who calls there in the end
 * comes when it is as it is to be, and who calls there now goes before it is. So nobody is shut out whom both states let in, and
 * nobody finds an open door whom both refuse. Where the same policies decide about the old pods and the new ones it is no matter
 * when routes come to lead to others; what rules change of requests is, where a policy asks for that.
 */
export function admissionFacts(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  about: Turns,
  deciders: Deciders,
  subjects: Subjects,
  domain: string,
): (m: Manifest | undefined, key: string) => References {
  if (about.size === 0) return () => NOTHING;
  const [before, after] = [live, desired].map((all) => new Map(all.filter((m) => about.has(keyOf(m))).map((m) => [keyOf(m), m])));
  const shown = [...live, ...desired].filter((m) => isRoutes(m) && !isPublic(m)).flatMap(audienceOf);
  const audiences = [...new Set([...shown, OTHERS])];
  const [old, now] = [live, desired].map((all) => new Leads(all, audiences, subjects, domain));
  const there = new Map(live.filter(isRoutes).map((m) => [keyOf(m), m]));
  const guarded = [live, desired].map((all) => guardedPods(all, subjects));
  const turning = [...about].map(([key, pods]) => ({ key, pods, asks: asksFor([before!.get(key), after!.get(key)]) }));

  /** Facts about pods where requests end in one state, and others do not, that end elsewhere in the other. */
  const by = (what: 'entry' | 'exit', some: readonly End[], others: readonly End[]): Fact[] => {
    const isLike = (a: End) =>
      others.length > 0 && others.every((b) => deciders(a.subject) === deciders(b.subject) && same(a, b));
    const left = some.filter((a) => !others.some((b) => a.subject === b.subject && same(a, b)) && !isLike(a));
    if (left.length === 0) return [];
    // where all get in in the other state, nobody is refused in both
    const isOpen = others.length > 0 && others.every((e) => deciders(e.subject, what === 'entry' ? 'live' : 'desired') === '');
    const matters = ({ widens, narrows }: Turn) =>
      what === 'entry' ? widens || (narrows && !isOpen) : narrows || (widens && !isOpen);
    return turning.flatMap(({ key, pods, asks }) => {
      const text = ({ subject, altered }: End) => [subject, ...asks.map((a) => altered[a] ?? '')].join(' ');
      const there = new Set(others.map(text));
      const some = left.filter((e) => pods.has(e.subject) && matters(pods.get(e.subject)!) && !there.has(text(e)));
      return some.map((e): Fact => `${what} ${key} ${e.subject}`);
    });
  };
  const routes = (m: Manifest | undefined, key: string): References => {
    const isOld = m ? there.get(key) === m : !there.has(key);
    const [from, to] = [old!.of(key, now!), now!.of(key, old!)];
    // what a delegate comes to lead to, it does for those who delegate to it now, too
    const [own, later] = [old!.ways(key), now!.ways(key)];
    const changed = [
      ...[...from].map(([place, ways]) => [ways, to.get(place)!] as const),
      ...(own && later ? [[own, later] as const] : []),
    ];
    const pairs = changed.flatMap(([a, b]) => (canonical(a) === canonical(b) ? [] : pairsOf(a, b)));
    const needs = pairs.flatMap(([a, b]) =>
      isOld ? by('exit', a?.ends ?? [], b?.ends ?? []) : by('entry', b?.ends ?? [], a?.ends ?? []),
    );
    return needs.length > 0 ? { ...NOTHING, needs: new Set(needs) } : NOTHING;
  };
  const policy = (m: Manifest | undefined, key: string): References => {
    const [from, to] = [before!.get(key), after!.get(key)];
    // what servers take on the way, both, decides about nobody: a policy on the way lets somebody in whom one of the two refuses
    const isBoth = m !== from && m !== to && m?.kind === 'PeerAuthentication';
    const has = (s: Subject): Fact[] => [
      ...(isBoth || m === to || (isOpen(m) && !to && !guarded[1]!.has(s)) ? [`entry ${key} ${s}`] : []),
      ...(isBoth || m === from || (isOpen(m) && !from && !guarded[0]!.has(s)) ? [`exit ${key} ${s}`] : []),
    ];
    return { ...NOTHING, provides: new Set([...about.get(key)!.keys()].flatMap(has)) };
  };
  return (m, key) => {
    if (about.has(key)) return policy(m, key);
    return key.startsWith('networking.istio.io/VirtualService ') ? routes(m, key) : NOTHING;
  };
}

const same = (a: End, b: End): boolean => canonical(a.altered) === canonical(b.altered);

/** What policies look at of a request that rules may change. */
function asksFor(states: readonly (Manifest | undefined)[]): (keyof Altered)[] {
  const text = states.map((m) => canonical(m?.object.spec ?? {})).join();
  return [
    ...(/"(notP|p)aths"|"(in|ex)cludedPaths"|"fromParams"/.test(text) ? (['path'] as const) : []),
    ...(/"(notH|h)osts"/.test(text) ? (['host'] as const) : []),
    ...(/"request\.headers|"jwtRules"/.test(text) ? (['headers'] as const) : []),
  ];
}

/** A policy that lets everybody in, while others come or go: as if there were none. */
const isOpen = (m: Manifest | undefined): boolean =>
  m !== undefined && isAllow(m) && rulesOf(m).length === 1 && rulesOf(m).every(isForAll);
