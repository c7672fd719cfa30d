import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { inAnyOrder } from './any-order';
import { Callers } from './audience';
import { budgetFacts } from './budgets';
import { calledHosts } from './called-hosts';
import { callerFacts } from './callers';
import { atPods, endsOf } from './checkpoint';
import { credentialFacts } from './credentials';
import { Delegates } from './delegates';
import { besides, denialStages } from './denials';
import { environmentFacts } from './environment';
import { sortOf } from './fact-sorts';
import { gatewayAnswers, withoutGateways } from './gateway-answers';
import { guardFacts } from './guards';
import { inUse } from './in-use';
import { listeningFacts } from './listening';
import { withoutMeant } from './meant';
import { moversOf } from './movers';
import { Moves, type Step } from './moves';
import { MutualTls } from './mutual-tls';
import { type Change, eachOnce, type Phase, type Phases } from './phase';
import { Places } from './places';
import { isWorkload } from './readiness';
import { joined, NOTHING, type References, referencesOf } from './references';
import { Requesters } from './requesters';
import { reroutedOf } from './rerouted';
import { seenHosts } from './seen-hosts';
import { type Bridge, seenSubsets } from './seen-subsets';
import { servedHosts } from './served-hosts';
import { awaited, settling } from './settling';
import { SeveralAllows } from './several-allows';
import { sidecarFacts } from './sidecars';
import { singlePortFacts } from './single-ports';
import { RANKS, stagesOf } from './stages';
import { Subjects } from './subjects';
import { verdictsOf } from './verdicts';

/**
 * Orders the writes from one state of a mesh to another so that at no moment an object refers to what is not there, whatever
 * the order within a phase: what is referred to is there, in its wide form, before what refers to it changes, and is narrowed
 * or taken away after that. References are of {@link referencesOf}; those to what neither state has are no matter.
 * @param extra what an object has and needs besides, such as pods that are ready
 * @param root the mesh's root namespace
 */
export function phasesOf(
  change: Change,
  domain = 'cluster.local',
  extra: (m: Manifest) => References = () => NOTHING,
  root = 'istio-system',
): Phases {
  const writes = inAnyOrder(change);
  if (writes === undefined) return orderOf(change, domain, extra, root);
  let known: Phases | undefined;
  const order = () => {
    known ??= orderOf(change, domain, extra, root);
    return known;
  };
  return {
    phases: writes.length > 0 ? [{ rank: 'open', writes, awaited: [], pods: [], settles: false }] : [],
    knots: [],
    references: (m, key) => order().references(m, key),
    get together() {
      return order().together;
    },
  };
}

/** {@link phasesOf}, whatever it is that changes. */
export function orderOf(
  { live, desired }: Change,
  domain = 'cluster.local',
  extra: (m: Manifest) => References = () => NOTHING,
  root = 'istio-system',
): Phases {
  // most are in both states
  const objects = [...new Set([...live, ...desired])];
  const subjects = new Subjects(objects, root);
  const callers = new Callers(objects);
  const subsets = seenSubsets(live, desired, domain, root, callers);
  const tls = new MutualTls(live, desired, subjects, root, domain);
  const parts = [
    (m: Manifest) => referencesOf(m, domain),
    extra,
    guardFacts(live, desired, subjects),
    credentialFacts(objects),
    budgetFacts(objects),
    listeningFacts(objects, domain),
    singlePortFacts(objects, domain),
    environmentFacts(live, desired, domain),
    servedHosts(objects, domain),
    seenHosts(objects, domain, callers),
    subsets.facts,
    (m: Manifest) => tls.facts(m),
  ];
  const answers = gatewayAnswers(live, desired);
  const states = new Set(objects);
  const places = new Places(live, desired, subjects, domain);
  const requesters = new Requesters(live, desired);
  const ends = endsOf(live, desired);
  const crowded = places.crowded();
  const rerouted = reroutedOf(live, desired, ends, places, root, domain);
  const identities = callerFacts(live, desired, ends, places, rerouted, root, domain);
  const together = [
    ...subsets.together,
    ...tls.together,
    ...identities.together,
    ...verdictsOf([...crowded.map((place) => atPods(place, root, domain)), ...rerouted], requesters, ends),
    ...answers.together,
    ...calledHosts(live, desired, domain, root),
  ];
  const serving = inUse(live, objects, root, domain);
  const used = (m: Manifest) => serving(m) || answers.has(keyOf(m));
  const several = new SeveralAllows(live, desired, subjects);
  const beside = besides(
    crowded.map((p) => p.moving),
    rerouted.map((r) => r.members),
  );
  const special = (from: Manifest | undefined, to: Manifest | undefined) =>
    (from ?? to)!.kind === 'PeerAuthentication'
      ? tls.stages(from, to)
      : (several.stages(from, to) ?? denialStages(from, to, (key) => beside.has(key)));
  const scopes = sidecarFacts(live, desired, root);
  const own = new Map<Manifest, References>();
  const partsOf = (m: Manifest): References => {
    const made = own.get(m) ?? withoutGateways(m, joined(parts.map((part) => part(m))), (x) => states.has(x));
    own.set(m, made);
    return made;
  };
  const delegates = new Delegates(live, desired, domain);
  const ownOf = (m: Manifest): References => {
    const handed = delegates.handed(m, partsOf);
    return handed.size > 0 ? joined([partsOf(m), { ...NOTHING, needs: handed }]) : partsOf(m);
  };
  const references = withoutMeant(objects, desired, together, (m, key) =>
    relied(joined([...(m ? [ownOf(m)] : []), identities.needs(m, key), scopes(m, key), delegates.facts(m, key)])),
  );
  /** @param bridge forms of objects that hide each other, with what they hide */
  const run = (bridge: Bridge | undefined) => {
    const movers = moversOf(
      live,
      desired,
      references,
      used,
      (from, to, isUsed) => bridge?.(from, to) ?? (from || isUsed ? special(from, to) : undefined) ?? stagesOf(from, to, isUsed),
    );
    const moves = new Moves(movers, references, together);
    const steps: Step[] = [];
    for (const rank of RANKS) {
      for (;;) {
        const step = moves.next(rank);
        if (!step) break;
        steps.push(step);
      }
    }
    return { steps, moves, left: moves.left() };
  };
  let made = run(undefined);
  // what is in a knot is tried by way of forms between
  const knotted = new Set<string>();
  const bridge: Bridge = (from, to) =>
    subsets.bridge(from, to) ?? (knotted.has(keyOf((to ?? from)!)) ? answers.bridge(from, to) : undefined);
  for (let tries = subsets.together.length > 0 ? 1 : 0; made.left.length > 0; tries--) {
    const more = made.left.filter((key) => answers.has(key) && !knotted.has(key));
    if (more.length === 0 && tries <= 0) break;
    for (const key of more) knotted.add(key);
    made = run(bridge);
  }
  const { steps } = made;
  const referenceOf = (m: Manifest) => references(m, keyOf(m));
  const settled = settling(steps);
  const leaving = leavingPods(steps);
  return {
    phases: merged(steps.map((step, i) => phaseOf(step, steps.slice(i + 1), settled.has(i), leaving[i]!, referenceOf))),
    knots: made.moves.knots(),
    references,
    together,
  };
}

/** What callers rely on is kept. */
function relied(all: References): References {
  const kept = [...all.provides].filter((f) => sortOf(f).isReliedOn);
  return kept.length > 0 ? { ...all, keeps: new Set([...(all.keeps ?? []), ...kept]) } : all;
}

/** @param leaving workloads whose old pods need what the next step takes away */
function phaseOf(
  step: Step,
  later: readonly Step[],
  settles: boolean,
  leaving: readonly Manifest[],
  references: (m: Manifest) => References,
): Phase {
  const facts = awaited(step, later);
  const isAwaited = (m: Manifest) => [...references(m).provides].some((f) => f.startsWith('pods ') && facts.includes(f));
  const written = step.writes.flatMap((w) => (w.action !== 'delete' && isWorkload(w.object) ? [w.object] : []));
  // what comes by itself is no matter where nothing relies on it
  const coming = [...written, ...step.coming.map((c) => c.object)].filter(isAwaited);
  return { rank: step.rank, writes: step.writes, awaited: facts, pods: eachOnce(coming, leaving), settles };
}

/** After each step the workloads that have to be rolled out: their old pods need what the next one takes away. As late as can be. */
function leavingPods(steps: readonly Step[]): readonly (readonly Manifest[])[] {
  const out: Manifest[][] = steps.map(() => []);
  for (const [i, { coming }] of steps.entries())
    for (const { object, left } of coming) {
      const j = steps.findIndex((l, at) => at > i && left.some((f) => l.before.provided.has(f) && !l.kept.has(f)));
      if (j > 0) out[j - 1]!.push(object);
    }
  return out;
}

/** A phase that only waits is the end of the one before it. */
function merged(phases: readonly Phase[]): readonly Phase[] {
  const out: Phase[] = [];
  for (const p of phases) {
    const last = out.at(-1);
    if (p.writes.length > 0 || (!last && p.pods.length > 0)) out.push(p);
    else if (last)
      out[out.length - 1] = {
        ...last,
        awaited: p.pods.length > 0 ? [...new Set([...last.awaited, ...p.awaited])].sort() : last.awaited,
        pods: eachOnce(last.pods, p.pods),
        settles: last.settles || p.settles,
      };
  }
  return out;
}
