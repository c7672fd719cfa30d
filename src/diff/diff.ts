import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import type { Ref } from '../model/config';
import type { MeshModel } from '../model/mesh-model';
import { ageDoubts } from '../trace/age-doubts';
import type { Ending } from '../trace/ending';
import { type Trace, trace } from '../trace/flow';
import type { TraceRequest } from '../trace/request';
import { aligned } from './ages';
import { bystanders } from './bystanders';
import { isGood, isLetIn } from './caller-ends';
import { type Aspect, changesBetween, type Traced } from './changes';
import { type ClientClass, type ClientPair, clientClasses } from './clients';
import { explore, type Seen } from './explore';
import { doesSame, type Facts, Side } from './facts';
import { grouped } from './group';
import { presence } from './presence';
import { type Alike, namesOf, type Target, Targets } from './targets';
import { touchedHosts } from './touched';
import { serverPrint, type View } from './ways';

/** A request that is answered otherwise, and how it ends on both sides. */
export interface Witness {
  /** Who asks, in words. */
  readonly client: string;
  /** The same client on both sides. */
  readonly by: ClientPair;
  /** What is asked. */
  readonly request: TraceRequest;
  /** How it ends before; several where shares of the requests end otherwise. */
  readonly old: readonly Ending[];
  /** How it ends after. */
  readonly now: readonly Ending[];
}

/** One thing that differs, for all whom it is about. */
export interface Difference {
  /** What about the way of a request is otherwise. */
  readonly aspect: Aspect;
  /** Who asks; empty for what is about nobody's requests. */
  readonly clients: readonly string[];
  /** Whether these are all clients that there are. */
  readonly everyClient: boolean;
  /** Who is asked. */
  readonly hosts: readonly string[];
  /** What sets the request apart from a plain `GET /`. */
  readonly when: readonly string[];
  /** How many other kinds of requests differ in the same way. */
  readonly alsoWhen: number;
  /** In people's words: `v2 10 % -> 25 %`. */
  readonly text: string;
  /** Nothing for what has no request: a new service. */
  readonly witness: Witness | undefined;
  /** The fields that decided. */
  readonly places: { readonly old: readonly Ref[]; readonly now: readonly Ref[] };
  /** The ages that it rests on and that nobody says. */
  readonly ages: readonly Age[];
}

/** Two objects of which nobody says which is older. */
export interface Age {
  /** The one that is taken for the older. */
  readonly older: Manifest;
  /** The one that is taken for the younger. */
  readonly younger: Manifest;
  /** The old side does not have the younger one. */
  readonly isNew: boolean;
}

/** One difference of one request, before equal ones are put together. */
export interface Found {
  readonly aspect: Aspect;
  readonly members: readonly string[];
  readonly target: string;
  readonly when: readonly string[];
  readonly text: string;
  readonly witness: Witness;
  readonly old: readonly Ref[];
  readonly now: readonly Ref[];
}

/** Of targets that are treated alike, all or none are looked into. */
export const differing = (targets: readonly Alike[], differs: (t: Target) => boolean): readonly Target[] =>
  targets.flatMap((alike) => (differs(alike.first) ? alike.all() : []));

/**
 * What changes for traffic between two meshes: each difference with a request whose two traces differ.
 *
 * Every client that both meshes have (workloads by kind, gateways, one outside) asks every host and port that both have,
 * or that a VirtualService of one of them names. Where the client's proxy and the servers' sidecars hold the same on both
 * sides, requests need not be looked at; elsewhere {@link explore} goes through the requests that could differ. Where the
 * objects that differ say which hosts they are about, no other host is asked: see {@link touchedHosts}.
 */
export function diff(old: MeshModel, now: MeshModel): Difference[] {
  const hosts = touchedHosts(old, now);
  return hosts?.size === 0 ? presenceOf(old, now) : diffOf(old, now, differing, hosts);
}

/**
 * {@link diff}, with targets of one's own choice looked into: all of them, so that tests see that none is missed.
 * @param hosts those that are asked for. @default all
 */
export function diffOf(
  old: MeshModel,
  now: MeshModel,
  chosen: (targets: readonly Alike[], differs: (t: Target) => boolean) => readonly Target[],
  hosts?: ReadonlySet<string>,
): Difference[] {
  const [a, b] = aligned(old, now);
  const apart = hosts ? bystanders(a, b, hosts) : new Set<string>();
  const sides = { old: new Side(a.without(apart)), now: new Side(b.without(apart)) };
  const classes = clientClasses(a, b);
  const all = new Targets(sides.old, sides.now, hosts);
  const found: Found[] = [];
  for (const c of classes) {
    // what was found out to choose a target by is not found out again
    const known = new Map<Target, Kinds>();
    const targets = chosen(all.of(c.members[0]!), (t) => {
      const kinds = kindsOf(c, t, sides.old, sides.now);
      if (kinds.kinds.length > 0) known.set(t, kinds);
      return kinds.kinds.length > 0;
    });
    for (const t of all.sorted(targets)) {
      const { facts, kinds } = known.get(t) ?? kindsOf(c, t, sides.old, sides.now);
      for (const members of kinds) found.push(...compareKind(members, t, facts, sides.old, sides.now));
    }
  }
  const everyone = new Set(classes.flatMap((c) => c.members.map((m) => m.name)));
  const told = grouped(found, everyone).map((d) => ({ ...d, ages: d.witness ? agesOf(d.witness, sides.old, sides.now) : [] }));
  return [...presenceOf(old, now), ...told];
}

/** The ages that the two answers of a witness hang on. */
function agesOf({ by, request }: Witness, old: Side, now: Side): Age[] {
  const known = new Set(old.model.objects.map((c) => keyOf(c.manifest)));
  const doubts = [
    ...ageDoubts(old.model, trace(old.model, by.old, request)),
    ...ageDoubts(now.model, trace(now.model, by.now, request)),
  ];
  const all = doubts.map(({ older, younger }) => ({ older, younger, isNew: !known.has(keyOf(younger)) }));
  return [...new Map(all.map((a) => [`${keyOf(a.older)} ${keyOf(a.younger)}`, a])).values()];
}

/** What is new, and what is gone. */
const presenceOf = (old: MeshModel, now: MeshModel): Difference[] =>
  presence(old, now).map(
    (p): Difference => ({
      aspect: 'objects',
      clients: [],
      everyClient: false,
      hosts: [],
      when: [],
      alsoWhen: 0,
      text: p.text,
      witness: undefined,
      places: { old: p.old ? [p.old] : [], now: p.now ? [p.now] : [] },
      ages: [],
    }),
  );

interface Kinds {
  readonly facts: { readonly old: Facts; readonly now: Facts };
  readonly kinds: readonly (readonly ClientPair[])[];
}

/** The kinds of clients, among those whose proxies do the same, whose requests to one host and port may differ. */
function kindsOf(c: ClientClass, target: Target, old: Side, now: Side): Kinds {
  const [first] = c.members as [ClientPair];
  const facts = { old: old.facts(first.old, target.base), now: now.facts(first.now, target.base) };
  const samePrint = doesSame(facts.old, facts.now);
  const raw = (side: Side, f: Facts) =>
    f.arrivals
      .map((a) => side.inboundFacts(a).join())
      .sort()
      .join('\n');
  const samePrincipals = c.members.every((m) => m.old.principal === m.now.principal && m.old.address === m.now.address);
  if (samePrint && samePrincipals && raw(old, facts.old) === raw(now, facts.now)) return { facts, kinds: [] };
  const kinds = new Map<string, ClientPair[]>();
  for (const m of c.members) {
    const views = viewsOf(m, facts, old, now);
    const [a, b] = [views.old, views.now].map((v) =>
      v.facts.arrivals
        .map((x) => serverPrint(v, x))
        .sort()
        .join('\n'),
    );
    if (samePrint && a === b) continue;
    const key = `${a} ${b}`;
    const list = kinds.get(key);
    if (list) list.push(m);
    else kinds.set(key, [m]);
  }
  return { facts, kinds: [...kinds.values()] };
}

const viewsOf = (
  m: ClientPair,
  facts: { readonly old: Facts; readonly now: Facts },
  old: Side,
  now: Side,
): { old: View; now: View } => ({
  old: { side: old, client: m.old, facts: facts.old },
  now: { side: now, client: m.now, facts: facts.now },
});

/** One host and port, for one kind of clients. */
function compareKind(
  members: readonly ClientPair[],
  target: Target,
  facts: { readonly old: Facts; readonly now: Facts },
  old: Side,
  now: Side,
): Found[] {
  const [m] = members as [ClientPair];
  const views = viewsOf(m, facts, old, now);
  const names = members.map((x) => x.name);
  const out: Found[] = [];
  const traced = ({ side, client }: View, request: TraceRequest): Traced => {
    const proxy = side.proxy(client);
    return { trace: trace(side.model, client, request), model: side.model, cluster: (name) => proxy.cluster(name) };
  };
  const visit = (request: TraceRequest, when: readonly string[]): Seen => {
    const [a, b] = [traced(views.old, request), traced(views.now, request)];
    const changes = changesBetween(a, b);
    const witness: Witness = { client: m.name, by: m, request, old: a.trace.endings, now: b.trace.endings };
    for (const { aspect, text, old: o, now: n } of changes)
      out.push({ aspect, members: names, target: target.name, when, text, witness, old: o, now: n });
    const turnsAway = (t: Trace) => t.endings.some((e) => !isGood(e));
    const both = (f: (t: Trace) => boolean) => f(a.trace) && f(b.trace);
    const keptOut = !both(turnsAway) ? 'none' : both((t) => !isLetIn(t)) ? 'all' : 'some';
    return { differs: changes.length > 0, keptOut };
  };
  const unsure = explore(target.base, views.old, views.now, namesOf(target, m, old, now), visit);
  for (const { route, pattern } of unsure) {
    const request = target.base;
    const witness: Witness = { client: m.name, by: m, request, old: [], now: [] };
    const text = `may change: a rule with the regex ${pattern} differs, and no request that shows it was found`;
    out.push({
      aspect: 'may',
      members: names,
      target: target.name,
      when: [],
      text,
      witness,
      old: [],
      now: route.by ? [route.by] : [],
    });
  }
  return out;
}
