import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import type { Cluster } from '../model/cluster';
import type { Ref } from '../model/config';
import type { MeshModel } from '../model/mesh-model';
import type { Arrival } from '../trace/arrival';
import type { Trace } from '../trace/flow';
import type { Outcome } from '../trace/outcome';
import { alike, canonical, once } from './canonical';
import type { Traced } from './changes';
import { keyOf as workloadKey } from './facts';
import { bothArrivals, isClosed, modeChange } from './modes';

/** The fields of each side that made a difference. */
export interface Causes {
  readonly old: readonly Ref[];
  readonly now: readonly Ref[];
}

const objectsOf = once((m: MeshModel) => new Map(m.objects.map(({ manifest }) => [keyOf(manifest), manifest])));

/** Whether an object says the same as another; each of them is asked about for many requests. */
const sameAs = once((a: object) => {
  const known = new WeakMap<object, boolean>();
  return (b: object): boolean => {
    const told = known.get(b) ?? alike(a, b);
    known.set(b, told);
    return told;
  };
});

/**
 * Why a request ends otherwise: of what decided on its way otherwise than before, the fields of objects that differ. An object that is
 * the same on both sides is no cause, though it turns the request away: a STRICT port, where a DestinationRule turns mutual TLS off.
 * Where nothing of the way differs, the fields that decided.
 */
export function causesOf(old: Traced, now: Traced): Causes {
  const out: { old: Ref[]; now: Ref[] } = { old: [], now: [] };
  const differs = (m: Manifest, other: Traced) => {
    const there = objectsOf(other.model).get(keyOf(m));
    return !there || !sameAs(there.object)(m.object);
  };
  const add = (a: Ref | undefined, b: Ref | undefined) => {
    if (a && differs(a.manifest, now)) out.old.push(a);
    if (b && differs(b.manifest, old)) out.now.push(b);
  };
  const [a, b] = [old.trace, now.trace];
  if (leads(a.outbound) !== leads(b.outbound)) add(lastOf(a.outbound), lastOf(b.outbound));
  for (const name of new Set([a, b].flatMap((t) => (t.outbound?.destinations ?? []).map((d) => d.cluster)))) {
    const [c, d] = [old.cluster(name), now.cluster(name)];
    if (called(c) !== called(d)) add(...callRefs(c, d, old, now));
  }
  for (const both of bothArrivals(a, b)) {
    const [x, y] = both;
    if (modeChange(both, a, b)) add(sameOr(x, y, old), sameOr(y, x, now));
    if (isAway(x) !== isAway(y) && !isClosed(x) && !isClosed(y)) add(...policies(x, y, old, now));
  }
  if (out.old.length + out.now.length > 0) return { old: distinct(out.old), now: distinct(out.now) };
  const [l, r] = [a, b].map(deciding);
  return { old: l ? [l] : [], now: r ? [r] : [] };
}

/** The field that decided how a request ends: at the server where that turns it away, else at the client's proxy. */
function deciding(t: Trace): Ref | undefined {
  const away = t.arrivals.find(isAway)?.outcome;
  return away ? lastOf(away) : lastOf(t.outbound);
}

const lastOf = (o: Outcome | undefined): Ref | undefined => o?.steps.findLast((s) => s.by)?.by;
const isAway = (a: Arrival | undefined): boolean =>
  a?.outcome !== undefined && a.outcome.action !== 'l4' && a.outcome.status !== 200;

/** Where the client's proxy sends a request, or what it answers. */
const leads = (o: Outcome | undefined): string =>
  canonical(
    o && [
      o.action,
      o.action === 'route' ? 0 : o.status,
      o.destinations?.map((d) => [d.cluster, d.weight, d.path, d.host]),
      o.redirect,
      o.directResponse,
      o.fault?.abort,
    ],
  );

/** What of a destination its DestinationRule decides. */
const called = (c: Cluster | undefined): string =>
  canonical(c ? [c.tls, c.endpoints.map((e) => `${e.workload ? workloadKey(e.workload) : e.address} ${e.port}`).sort()] : 'none');

/** What says of both sides how a destination is called: the Service, where one side has none; the subset, or the policy of its DestinationRule. */
function callRefs(c: Cluster | undefined, d: Cluster | undefined, old: Traced, now: Traced): [Ref | undefined, Ref | undefined] {
  const hostOf = (x: Cluster | undefined, other: Traced): Ref | undefined => {
    const manifest = x?.service?.config.manifest;
    return manifest && !objectsOf(other.model).has(keyOf(manifest)) ? { manifest, path: ['spec'] } : undefined;
  };
  if (!c || !d) {
    const hosts = [hostOf(c, now), hostOf(d, old)] as const;
    if (hosts[0] || hosts[1]) return [...hosts];
  } else if (canonical(c.tls) === canonical(d.tls)) {
    const [l, r] = [subsetOf(c), subsetOf(d)];
    return l && r && alike(l.subset, r.subset) ? [undefined, undefined] : [l && subsetRef(l), r && subsetRef(r)];
  }
  return [ruleOf(c) ?? sameObject(ruleOf(d), old), ruleOf(d) ?? sameObject(ruleOf(c), now)];
}

const subsetOf = (c: Cluster) => c.rule?.subsets.find((s) => s.subset.name === c.subset);
const subsetRef = ({ from, index }: NonNullable<ReturnType<typeof subsetOf>>): Ref => ({
  manifest: from.manifest,
  path: ['spec', 'subsets', index],
});

function ruleOf(c: Cluster | undefined): Ref | undefined {
  if (!c?.rule) return undefined;
  const own = subsetOf(c);
  if (own && (own.subset.trafficPolicy || !c.rule.policyFrom)) return subsetRef(own);
  return { manifest: (c.rule.policyFrom ?? c.rule.from[0]!).manifest, path: ['spec', 'trafficPolicy'] };
}

/** The object of another side, if it is there. */
function sameObject(r: Ref | undefined, side: Traced): Ref | undefined {
  const manifest = r && objectsOf(side.model).get(keyOf(r.manifest));
  return manifest && { manifest, path: ['spec'] };
}

/** What says the mode at a pod. */
const modeRef = (a: Arrival | undefined): Ref | undefined => a?.outcome?.steps[0]?.by;
const sameOr = (a: Arrival | undefined, other: Arrival | undefined, side: Traced): Ref | undefined =>
  modeRef(a) ?? sameObject(modeRef(other), side);

/** The rule that turns a request away, or lets it in; where none lets it in, the policies that would have to, of which one differs. */
function policies(x: Arrival | undefined, y: Arrival | undefined, old: Traced, now: Traced): [Ref | undefined, Ref | undefined] {
  const [l, r] = [x, y].map((a) => lastOf(a?.outcome)) as [Ref | undefined, Ref | undefined];
  const [p, q] = [l, r].map((ref) => (ref && ref.manifest.kind !== 'PeerAuthentication' ? ref : undefined));
  const other = (a: Arrival | undefined, side: Traced, there: Traced): Ref | undefined => {
    const w = a?.endpoint.workload;
    const all = w ? side.model.policies.authorizing(w.namespace, w.labels).flatMap((o) => o.policies) : [];
    const otherwise = all.filter(({ manifest: m }) => !alike(objectsOf(there.model).get(keyOf(m))?.object, m.object));
    // where no rule lets it in, one of those was to
    const found = otherwise.find((p) => (p.manifest.object.spec?.action ?? 'ALLOW') === 'ALLOW') ?? otherwise[0];
    return found && { manifest: found.manifest, path: ['spec'] };
  };
  if (isAway(x)) return [p ?? other(x, old, now), q ?? sameObject(p, now)];
  return [p ?? sameObject(q, old), q ?? other(y, now, old)];
}

const distinct = (refs: readonly Ref[]): Ref[] => [
  ...new Map(refs.map((r) => [`${keyOf(r.manifest)} ${r.path.join('.')}`, r])).values(),
];
