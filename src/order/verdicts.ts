import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { MeshModel } from '../model/mesh-model';
import { authorize, firstMet } from '../trace/authorize';
import { canonical } from '../values/equal';
import { rulesOf } from './authorization-rules';
import { type Place, placesOf } from './places';
import { type Fact, list } from './references';
import { asking, type Caller, Callers, type Request, requestsTo, trustDomainsOf } from './requests';
import type { Subjects } from './subjects';
import type { Together } from './together';

/** A request of which the answer is to stay. */
interface Watched {
  readonly r: Request;
  readonly facts: readonly ('admitted' | 'asked' | 'refused')[];
}

type Answer = 'admitted' | 'asked' | 'refused' | 'broken';

/**
 * What pods answer to requests, while several of the policies, RequestAuthentications, PeerAuthentications and DestinationRules that
 * decide about it change: whom both states let in is let in at every moment, and whom both refuse is refused. Requests are made of
 * what the rules ask for, and decided about as the trace decides, in each mixture of the states.
 */
export function verdictsOf(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  subjects: Subjects,
  root: string,
  domain: string,
): readonly Together[] {
  const places = placesOf(live, desired, subjects, domain);
  if (places.length === 0) return [];
  const callers = new Callers(live, desired);
  const [before, after] = [live, desired].map((all) => new Map(all.map((m) => [keyOf(m), m])));
  return places.flatMap((place): Together[] => {
    const states = [before!, after!].map((state) => [...place.still, ...place.moving.flatMap((key) => state.get(key) ?? [])]);
    const requests = requestsTo(place, callers);
    const [old, now] = states.map((all) => answersOf(place, all, requests, root, domain));
    // who has no identity because of plain text alone is nobody whom policies mean to refuse
    const bare = states.map((all) => all.filter((m) => !isTls(m)));
    const meant = bare.map((all) => answersOf(place, all, requests, root, domain));
    const watched = requests.flatMap((r, i): Watched[] => {
      const [a, b] = [old![i]!, now![i]!];
      if (isLetIn(a) && isLetIn(b)) return [{ r, facts: a === b && a === 'asked' ? ['admitted', 'asked'] : ['admitted'] }];
      const isMeant = a === 'refused' && b === 'refused' && meant.every((m) => m[i] === 'refused');
      return isMeant ? [{ r, facts: ['refused'] }] : [];
    });
    if (watched.length === 0) return [];
    const asked = watched.map((w) => w.r);
    return [
      {
        members: place.moving,
        keeps: true,
        provides: (state) => {
          const all = [...place.still, ...place.moving.flatMap((key) => state(key) ?? [])];
          const answers = answersOf(place, all, asked, root, domain);
          return watched.flatMap(({ r, facts }, i) =>
            facts.filter((f) => holds(f, answers[i]!)).map((f): Fact => `${f} ${place.pods} ${r.text}`),
          );
        },
      },
    ];
  });
}

const isLetIn = (a: Answer): boolean => a === 'admitted' || a === 'asked';
const holds = (fact: 'admitted' | 'asked' | 'refused', a: Answer): boolean =>
  fact === 'admitted' ? isLetIn(a) : fact === 'asked' ? a !== 'admitted' : !isLetIn(a);

const isTls = (m: Manifest): boolean => m.kind === 'PeerAuthentication' || m.kind === 'DestinationRule';

/** What pods answer in a state of what decides. */
function answersOf(place: Place, all: readonly Manifest[], requests: readonly Request[], root: string, domain: string): Answer[] {
  const { namespace, labels, services } = place;
  const model = new MeshModel(all, { meshConfig: { rootNamespace: root }, clusterDomain: domain });
  const policies = model.policies.authorizing(namespace, labels);
  const custom = policies.find((p) => p.action === 'CUSTOM');
  const taken = model.policies.tokenRules(namespace, labels).map(({ rule }) => canonical(rule));
  const trust = trustDomainsOf(all.flatMap((m) => (m.kind === 'AuthorizationPolicy' ? rulesOf(m) : [])));
  /** Whether a caller's requests come by mutual TLS; nothing for another TLS than the mesh's. */
  const speaks = (c: Caller, target: number): boolean | undefined => {
    if (c.account === undefined) return false;
    const [service] = services.filter((s) => s.ports.some((p) => p.target === target));
    const rule = service && model.rules.of(c.namespace, c.labels, service);
    const port = service?.ports.find((p) => p.target === target)?.port;
    const tls =
      list(rule?.trafficPolicy?.portLevelSettings).find((s) => s.port?.number === port)?.tls ?? rule?.trafficPolicy?.tls;
    if (tls) return (tls.mode ?? 'DISABLE') === 'DISABLE' ? false : tls.mode === 'ISTIO_MUTUAL' ? true : undefined;
    if (model.peers.ofNamespace(namespace) === 'DISABLE') return false;
    return model.peers.ofWorkload(namespace, labels, target).mode !== 'DISABLE';
  };
  return requests.map(({ caller, sample }) => {
    const { mode } = model.peers.ofWorkload(namespace, labels, sample.port);
    const isMutual = speaks(caller, sample.port);
    if (isMutual === undefined || mode === (isMutual ? 'DISABLE' : 'STRICT')) return 'broken';
    const subject = asking(caller, sample, isMutual, taken.length > 0, trust);
    if (sample.token && taken.length > 0 && !taken.includes(sample.token.jwt)) return 'refused';
    if (authorize(policies, subject)?.allowed === false) return 'refused';
    return custom && firstMet(custom.policies, subject, 'DENY') ? 'asked' : 'admitted';
  });
}
