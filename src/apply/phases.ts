import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { authorizationFacts } from './authorizations';
import { budgetFacts } from './budgets';
import { callerFacts } from './callers';
import { credentialFacts } from './credentials';
import { guardFacts } from './guards';
import { inUse } from './in-use';
import { Moves, moversOf, type ReferencesOf, type Step } from './moves';
import { MutualTls } from './mutual-tls';
import type { Change, Phase, Phases } from './phase';
import { isWorkload } from './readiness';
import { type Fact, joined, NOTHING, type References, referencesOf } from './references';
import { seenSubsets } from './seen-subsets';
import { servedHosts } from './served-hosts';
import { SeveralAllows } from './several-allows';
import { RANKS, stagesOf } from './stages';
import { Subjects } from './subjects';

/**
 * Orders the writes from one state of a mesh to another so that at no moment an object refers to what is not there, whatever
 * the order within a phase: what is referred to is there, in its wide form, before what refers to it changes, and is narrowed
 * or taken away after that. References are of {@link referencesOf}; those to what neither state has are no matter.
 * @param extra what an object has and needs besides, such as pods that are ready
 * @param root the mesh's root namespace
 */
export function phasesOf(
  { live, desired }: Change,
  domain = 'cluster.local',
  extra: (m: Manifest) => References = () => NOTHING,
  root = 'istio-system',
): Phases {
  const objects = [...live, ...desired];
  const subjects = new Subjects(objects, root);
  const tls = new MutualTls(live, desired, subjects, root, domain);
  const parts = [
    (m: Manifest) => referencesOf(m, domain),
    extra,
    guardFacts(live, desired, root),
    callerFacts(objects),
    credentialFacts(objects),
    budgetFacts(objects),
    servedHosts(objects, domain),
    seenSubsets(live, desired, domain),
    authorizationFacts(subjects),
  ];
  const known = new Map<Manifest, References>();
  const of: ReferencesOf = (m, key) => {
    if (!m) return tls.facts(m, key);
    const made = known.get(m) ?? relied(joined([...parts.map((part) => part(m)), tls.facts(m, key)]));
    known.set(m, made);
    return made;
  };
  const meant = meantBy(objects, desired, of);
  const references: ReferencesOf =
    meant.size === 0
      ? of
      : (m, key) => {
          const { needs, ...rest } = of(m, key);
          return { ...rest, needs: new Set([...needs].filter((f) => !meant.has(f))) };
        };
  const several = new SeveralAllows(live, desired, subjects);
  const special = (from: Manifest | undefined, to: Manifest | undefined) =>
    (from ?? to)!.kind === 'PeerAuthentication' ? tls.stages(from, to) : several.stages(from, to);
  const movers = moversOf(
    live,
    desired,
    references,
    inUse(live, objects, root, domain),
    (from, to, isUsed) => (from || isUsed ? special(from, to) : undefined) ?? stagesOf(from, to, isUsed),
  );
  const run = new Moves(movers, references);
  const referenceOf = (m: Manifest) => references(m, keyOf(m));
  const phases: Step[] = [];
  for (const rank of RANKS) {
    for (;;) {
      const phase = run.next(rank);
      if (!phase) break;
      phases.push(phase);
    }
  }
  return {
    phases: merged(phases.map((step, i) => phaseOf(step, phases.slice(i + 1), referenceOf))),
    knots: run.knots(),
    references: referenceOf,
  };
}

/** What callers rely on is kept. */
function relied(all: References): References {
  const kept = [...all.provides].filter((f) => RELIED_ON.test(f));
  return kept.length > 0 ? { ...all, keeps: new Set([...(all.keeps ?? []), ...kept]) } : all;
}

/** Facts that may be missing in the end: where they are, that is meant, and nobody waits for them. */
const MAY_BE_MISSING = /^(server|shown|token|plain|mutual) /;

/** What is needed in the end and is not there. */
function meantBy(objects: readonly Manifest[], desired: readonly Manifest[], of: ReferencesOf): ReadonlySet<Fact> {
  const last = new Map([...objects.map((m) => [keyOf(m), undefined] as const), ...desired.map((m) => [keyOf(m), m] as const)]);
  const all = [...last].map(([key, m]) => of(m, key));
  const needed = new Set(all.flatMap((r) => [...r.needs].filter((f) => MAY_BE_MISSING.test(f))));
  for (const { provides } of all) for (const f of provides) needed.delete(f);
  return needed;
}

function phaseOf(step: Step, later: readonly Step[], references: (m: Manifest) => References): Phase {
  const facts = awaited(step, later);
  const isAwaited = (m: Manifest) => [...references(m).provides].some((f) => f.startsWith('pods ') && facts.includes(f));
  const left = facts.some((f) => !step.after.needed.has(f));
  return {
    rank: step.rank,
    writes: step.writes,
    awaited: facts,
    pods: [
      ...step.writes.flatMap((w) => (w.action !== 'delete' && isWorkload(w.object) && isAwaited(w.object) ? [w.object] : [])),
      // what comes by itself is no matter where nothing relies on it
      ...step.coming.filter((m) => left || isAwaited(m)),
    ],
    settles: facts.some((f) => TOLD.test(f)) || restricts(step, later),
  };
}

/** A phase that only waits is the end of the one before it. */
function merged(phases: readonly Phase[]): readonly Phase[] {
  const out: Phase[] = [];
  for (const p of phases) {
    const last = out.at(-1);
    if (p.writes.length > 0 || (!last && p.pods.length > 0)) out.push(p);
    else if (last && p.pods.length > 0)
      out[out.length - 1] = {
        ...last,
        awaited: [...new Set([...last.awaited, ...p.awaited])].sort(),
        pods: [...new Map([...last.pods, ...p.pods].map((m) => [keyOf(m), m])).values()],
        settles: last.settles || p.settles,
      };
  }
  return out;
}

/** Facts that proxies have to be told by istiod. */
export const TOLD = /^(plain|mutual|subset|shown|policy|host|port|gateway|server|routes|allow|token|credential|delegate|pods) /;
/** Facts that callers rely on, who are no objects: where something else comes to have them, they are there at all times. */
const RELIED_ON = /^(host|port|routes|allow) /;
/** Groups of objects that proxies are told of. */
export const ISTIO = /\.istio\.io$/;

/** Whether a step makes room for one that restricts who may, how, or what is known. */
const restricts = (step: Step, later: readonly Step[]): boolean =>
  step.writes.some((w) => ISTIO.test(w.object.group)) && later.some((l) => l.restricts);

/**
 * What a step did that others rely on: it made what a later one begins to need, or what is needed and a later one takes away
 * elsewhere, or was the last to need what a later one takes away. Proxies have to have heard of it first.
 */
function awaited(step: Step, later: readonly Step[]): Fact[] {
  const isNew = (f: Fact) => !step.before.provided.has(f) && later.some((l) => l.begins.has(f));
  const isMoved = (f: Fact) => step.after.needed.has(f) && later.some((l) => l.drops.has(f));
  const left = [...step.before.needed.own].filter((f) => !step.after.needed.has(f));
  return [
    ...[...step.adds].filter((f) => isNew(f) || isMoved(f)),
    ...left.filter((f) => later.some((l) => l.before.provided.has(f) && !l.after.provided.has(f))),
  ].sort();
}
