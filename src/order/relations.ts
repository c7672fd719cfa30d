import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { isEqual } from '../values/equal';
import { calledHosts } from './answers/called-hosts';
import { callerFacts } from './answers/callers';
import { atPods, type Ends, endsOf } from './answers/checkpoint';
import { ChosenPods } from './answers/chosen-pods';
import type { GatewayAnswers } from './answers/gateway-answers';
import { gatewayAnswers, withoutGateways } from './answers/gateway-answers';
import { meantPods } from './answers/meant-pods';
import { Places } from './answers/places';
import { Requesters } from './answers/requesters';
import { reroutedOf } from './answers/rerouted';
import { Spots } from './answers/spots';
import { verdictsOf } from './answers/verdicts';
import { wildcardHosts } from './answers/wildcard-hosts';
import { Callers } from './facts/audience';
import { backendFacts } from './facts/backends';
import { budgetFacts } from './facts/budgets';
import { credentialFacts } from './facts/credentials';
import { Delegates } from './facts/delegates';
import { environmentFacts } from './facts/environment';
import { sortOf } from './facts/fact-sorts';
import { fittingSelectors } from './facts/fitting-selectors';
import { guardFacts } from './facts/guards';
import { listeningFacts } from './facts/listening';
import { MutualTls } from './facts/mutual-tls';
import { injectionFacts, podsTurning, proxiesOf, turningIn } from './facts/proxies';
import { type Fact, joined, NOTHING, type References, referencesOf } from './facts/references';
import { seenHosts } from './facts/seen-hosts';
import type { SeenSubsets } from './facts/seen-subsets';
import { seenSubsets } from './facts/seen-subsets';
import { servedHosts } from './facts/served-hosts';
import { sidecarFacts } from './facts/sidecars';
import { podsIn, Subjects } from './facts/subjects';
import type { Together } from './facts/together';
import { turningCallers } from './facts/turning-callers';
import { besides, denialStages } from './forms/denials';
import { isRolling } from './forms/rolling';
import { serviceForms } from './forms/service-forms';
import { SeveralAllows } from './forms/several-allows';
import { singlePortFacts } from './forms/single-ports';
import { type Stage, stagesOf } from './forms/stages';
import { inUse } from './in-use';
import { withoutMeant } from './meant';
import type { ReferencesOf } from './movers';
import type { Change } from './phase';

/** What relies on what while a mesh comes from one state to another. */
export interface Relations {
  readonly references: ReferencesOf;
  readonly together: readonly Together[];
  /** Whether requests that are served now depend on it. */
  isUsed(m: Manifest): boolean;
  /** {@link stagesOf}, of what is one of several that say the same, too. */
  stages(live: Manifest | undefined, desired: Manifest | undefined, isUsed: boolean): readonly Stage[];
  readonly subsets: SeenSubsets;
  /** Forms between, for what is in a knot. */
  readonly between: Pick<GatewayAnswers, 'has' | 'bridge'>;
}

/** {@link Relations}, with parameters as in `phasesOf`. */
export function relationsOf(
  { live, desired }: Change,
  domain: string,
  extra: (m: Manifest) => References,
  root: string,
): Relations {
  // most are in both states
  const objects = [...new Set([...live, ...desired])];
  const hasProxy = proxiesOf(live, desired);
  const subjects = new Subjects(objects, root, hasProxy);
  const callers = new Callers(objects);
  const pods = [podsIn(live), podsIn(desired)] as const;
  const subsets = seenSubsets(live, desired, domain, root, callers);
  const turning = turningIn(live, desired, hasProxy);
  const tls = new MutualTls(live, desired, subjects, pods, podsTurning(turning), root, domain);
  const parts = [
    (m: Manifest) => referencesOf(m, domain),
    extra,
    guardFacts(live, desired, subjects),
    credentialFacts(objects),
    backendFacts(objects, domain),
    budgetFacts(objects),
    fittingSelectors(objects, domain),
    listeningFacts(objects, domain),
    singlePortFacts(objects, domain),
    environmentFacts(live, desired, domain),
    injectionFacts(live, desired, hasProxy),
    servedHosts(objects, domain),
    seenHosts(objects, domain, callers),
    subsets.facts,
    (m: Manifest) => tls.facts(m),
  ];
  const answers = gatewayAnswers(live, desired);
  const services = serviceForms(live, desired);
  const states = new Set(objects);
  const places = new Places(live, desired, subjects, pods, domain);
  const requesters = new Requesters(live, desired, hasProxy);
  const ends = endsOf(live, desired);
  const crowded = places.crowded();
  const chosen = new ChosenPods(live, desired, subjects, pods, places, domain);
  let known: Spots | undefined;
  const spots = () => {
    known ??= new Spots(live, desired, places, chosen, domain);
    return known;
  };
  const rerouted = reroutedOf(live, desired, ends, places, chosen, spots, turning.length > 0, root, domain);
  const identities = callerFacts(live, desired, ends, places, rerouted, hasProxy, root, domain);
  const together = [
    ...subsets.together,
    ...tls.together,
    ...identities.together,
    ...verdictsOf([...crowded.flatMap((place) => atPods(place, root, domain)), ...rerouted], requesters, ends),
    ...answers.together,
    ...calledHosts(live, desired, domain, root),
    ...meantPods(live, desired, ends, places, chosen, pods, domain),
    ...wildcardHosts(live, desired, ends, spots, domain),
  ];
  const serving = inUse(live, objects, root, domain);
  const several = new SeveralAllows(live, desired, subjects, pods);
  const beside = besides(
    crowded.map((p) => p.moving),
    rerouted.map((r) => r.members),
  );
  const special = (from: Manifest | undefined, to: Manifest | undefined) =>
    (from ?? to)!.kind === 'PeerAuthentication'
      ? tls.stages(from, to)
      : (several.stages(from, to) ?? denialStages(from, to, (key) => beside.has(key)));
  const isAlone = policiesAlone(objects, ends, (key) => beside.has(key));
  const scopes = sidecarFacts(live, desired, root, serving);
  const calls = turningCallers(live, desired, turning, hasProxy, callers, root, domain);
  const own = new Map<Manifest, References>();
  const partsOf = (m: Manifest): References => {
    const made = own.get(m) ?? withoutGateways(m, joined(parts.map((part) => part(m))), (x) => states.has(x));
    own.set(m, made);
    return made;
  };
  const delegates = new Delegates(live, desired, domain, lacking(desired, ends, partsOf, together));
  const ownOf = (m: Manifest): References => {
    const handed = delegates.handed(m, partsOf);
    return handed.size > 0 ? joined([partsOf(m), { ...NOTHING, needs: handed }]) : partsOf(m);
  };
  const references = withoutMeant(objects, desired, together, (m, key) =>
    relied(
      joined([
        ...(m ? [ownOf(m)] : []),
        identities.needs(m, key),
        scopes(m, key),
        calls(m, key),
        tls.automatic(m, key),
        delegates.facts(m, key),
      ]),
    ),
  );
  return {
    references: (m, key) => references(isRolling(m) ? m.after : m, key),
    together,
    isUsed: (m) => serving(m) || answers.has(keyOf(m)),
    stages: (from, to, isUsed) =>
      from && to && isAlone(to)
        ? [{ object: to, rank: 'open' }]
        : ((from || isUsed ? special(from, to) : undefined) ?? stagesOf(from, to, isUsed)),
    subsets,
    between: {
      has: (key) => answers.has(key) || services.has(key),
      bridge: (from, to) => answers.bridge(from, to) ?? services.bridge(from, to),
    },
  };
}

/** Tells who needs something of others that is not there in the end. */
function lacking(
  desired: readonly Manifest[],
  [, after]: Ends,
  of: (m: Manifest) => References,
  together: readonly Together[],
): (m: Manifest) => boolean {
  let last: ReadonlySet<Fact> | undefined;
  return (m) => {
    last ??= new Set([...desired.flatMap((x) => [...of(x).provides]), ...together.flatMap((t) => [...t.provides(after)])]);
    return [...of(m).needs].some((f) => sortOf(f).mayBeMissing && !last!.has(f));
  };
}

/** What callers rely on is kept. */
function relied(all: References): References {
  const kept = [...all.provides].filter((f) => sortOf(f).isReliedOn);
  return kept.length > 0 ? { ...all, keeps: new Set([...(all.keeps ?? []), ...kept]) } : all;
}

/**
 * Where policies alone change, and no two of them decide about the same requests, each is written as it is to be: pods decide by
 * the one or the other, so whom both let in gets in, whatever others have heard of.
 */
function policiesAlone(
  objects: readonly Manifest[],
  [before, after]: Ends,
  isBeside: (key: string) => boolean,
): (m: Manifest) => boolean {
  const isPolicy = (m: Manifest) => m.group === 'security.istio.io' && m.kind === 'AuthorizationPolicy';
  const areAlone = objects.every((m) => {
    const [from, to] = [before, after].map((state) => state(keyOf(m)));
    return isPolicy(m) || from === to || isEqual(from?.object, to?.object);
  });
  return (m) => areAlone && isPolicy(m) && !isBeside(keyOf(m));
}
