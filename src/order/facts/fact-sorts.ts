import type { Fact } from './references';

/** What is known of a sort of facts, whose word each of them begins with. */
interface Sort {
  /** How people say it; as the fact itself where nothing is said. */
  readonly text?: (what: string) => string;
  /** Proxies have to be told of it by istiod. */
  readonly isTold?: true;
  /** No proxy is told, and yet somebody notices when it is not there for a moment: not what a pod needs that runs already. */
  readonly isNoticed?: true;
  /** Pods rely on it that are on their way out, too: as long as there are some, somebody may call them. */
  readonly isForDrained?: true;
  /** Callers rely on it, who are no objects: where something else comes to have it, it is there at all times. */
  readonly isReliedOn?: true;
  /** Where it is missing in the end, that is meant, and nobody waits for it. */
  readonly mayBeMissing?: true;
  /** It is about who gets in at pods. */
  readonly isAccess?: true;
  /** How many words of it, the sort among them, say who answers: of several such facts one is told. */
  readonly who?: number;
}

const SORTS: Readonly<Record<string, Sort>> = {
  host: { isTold: true, isReliedOn: true },
  port: { isTold: true, isReliedOn: true, text: (w) => `port ${w.split(' ')[1]} of ${w.split(' ')[0]}` },
  subset: { isTold: true, text: (w) => `subset ${w.split(' ')[1]} of ${w.split(' ')[0]}` },
  gateway: { isTold: true },
  delegate: { isTold: true },
  policy: { isTold: true, text: (w) => `the DestinationRule of ${w}` },
  credential: { isTold: true, text: (w) => `the certificate ${w}` },
  parent: { isTold: true, text: (w) => `the Gateway ${w}` },
  grant: { isTold: true, text: grantText },
  workload: { text: (w) => `the ${w.replace(/^(\S+)\/(\S+) (.*)$/, '$2 $1/$3')}` },
  injection: { text: (w) => `that namespace "${w}" asks for proxies` },
  autoscaler: { text: (w) => `the autoscaler ${w}` },
  budget: { text: (w) => `the PodDisruptionBudget ${w}` },
  pods: { isTold: true, text: (w) => `pods of ${w.replace(/ (?!\()/, ', subset ')}` },
  chosen: { isTold: true, mayBeMissing: true, text: (w) => `pods of ${w.replace(' ', ', subset ')}` },
  fits: { isTold: true, mayBeMissing: true, text: (w) => `that ${w.replace(' ', ' chooses pods of subset ')}` },
  listens: { isTold: true, mayBeMissing: true, text: (w) => `port ${w.split(' ')[1]} of ${w.split(' ')[0]}` },
  single: { isTold: true, mayBeMissing: true, text: (w) => `that ${w} has one port` },
  server: { isTold: true, mayBeMissing: true, text: (w) => `host ${w.split(' ')[1]} of Gateway ${w.split(' ')[0]}` },
  routes: { isTold: true, isReliedOn: true, text: (w) => `rules for ${w.split(' ')[1]} in the mesh` },
  answered: { text: (w) => `an answer to ${w.split(' ').at(-1)}` },
  reached: { text: (w) => `${w.split(' ')[0]} as pods of namespace "${w.split(' ')[1]}" know it` },
  known: { isTold: true, mayBeMissing: true, text: (w) => `${w.split(' ')[0]} as ${seenBy(w.split(' ')[1]!)}` },
  called: { isTold: true, isReliedOn: true, text: (w) => `${w.split(' ')[0]} as ${seenBy(w.split(' ')[1]!)}` },
  seen: {
    isTold: true,
    mayBeMissing: true,
    text: (w) => {
      const [host, name, audience, pods] = w.split(' ') as [string, string, string, string?];
      return `subset ${name} of ${host} as ${seenBy(audience)}${pods ? ` for pods ${labelsText(pods)}` : ''}`;
    },
  },
  meant: { who: 2, text: (w) => `that requests for ${w.split(' ')[0]} come to pods of one of both states` },
  led: { who: 2, text: (w) => `that requests for ${w.split(' ')[0]} are led where one of both states leads them` },
  arrived: { isTold: true, text: (w) => `${policyText(w)} as it is to be` },
  left: { mayBeMissing: true, isNoticed: true, text: (w) => `${policyText(w)} as it was` },
  turned: { isTold: true, text: (w) => `VirtualService ${w} as it is to be` },
  released: {
    isTold: true,
    text: (w) => `that nobody delegates to VirtualService ${w.split(' ')[0]} for hosts that it does not serve in the end`,
  },
  plain: { isTold: true, mayBeMissing: true, text: (w) => `plain text at pods ${w}` },
  mutual: { isTold: true, mayBeMissing: true, text: (w) => `mutual TLS at pods ${w}` },
  sealed: { isNoticed: true, isForDrained: true, text: (w) => `mutual TLS alone at pods ${w}` },
  found: { mayBeMissing: true, isNoticed: true, text: (w) => w },
  answers: { mayBeMissing: true, isNoticed: true, text: (w) => `pods that answer for ${w}` },
  guard: {
    isNoticed: true,
    isForDrained: true,
    text: (w) => `a policy that says who may call ${w.replace(/^\S*\//, '').replace(/ \S+ \{.*$/, '')}`,
  },
  scoped: { isTold: true, text: (w) => `${policyText(w)} as it is to be` },
  admitted: {
    isAccess: true,
    who: 3,
    text: (w) => `${servedText(w)}, which are to go on letting in ${w.split(' ').slice(2).join(' ')}`,
  },
  asked: {
    isAccess: true,
    who: 3,
    text: (w) => `${servedText(w)}, which are to go on asking a provider about ${w.split(' ').slice(2).join(' ')}`,
  },
  refused: {
    isAccess: true,
    who: 3,
    text: (w) => `${servedText(w)}, which are to go on refusing ${w.split(' ').slice(2).join(' ')}`,
  },
  caller: {
    isTold: true,
    who: 4,
    text: (w) =>
      `${servedText(w.replace(/^\S+ /, ''))}, which are to ${w.startsWith('in ') ? 'let in' : 'refuse'} ${w.split(' ').slice(3).join(' ')}`,
  },
};

/** The sort of a fact; nothing is known of those that name an object which others need: a namespace, a kind, a Secret. */
export const sortOf = (fact: Fact): Sort => SORTS[fact.slice(0, fact.indexOf(' '))] ?? PLAIN;
const PLAIN: Sort = {};

/** What a ReferenceGrant lets somebody do: of kind and namespace, and of what it names. */
function grantText(w: string): string {
  const [kind, namespace, to, name] = w.split(' ') as [string, string, string, string];
  return `a ReferenceGrant that lets each ${kind} of namespace "${namespace}" name ${to.replace(/^.*\//, '')}/${name}`;
}

/** `security.istio.io/AuthorizationPolicy shop/web …` as people name it. */
const policyText = (w: string): string => {
  const [kind, name] = w.split(' ') as [string, string];
  return `${kind.replace(/^.*\//, '')}/${name}`;
};

/** Who answers, in a fact about that: `pods app=web of namespace "a"`, or `the pods of web.a.svc.cluster.local`. */
const servedText = (w: string): string => {
  const [namespace, labels] = w.split(' ') as [string, string];
  if (labels === '@direct') return `the pods of ${namespace} for callers without a proxy`;
  const [, port] = /^(\d*)@/.exec(labels) ?? [];
  if (port !== undefined) return `the pods of ${namespace} behind ${port === '' ? 'a Gateway' : `port ${port} of Gateways`}`;
  if (!labels.startsWith('{')) return `the pods of ${namespace}`;
  return `pods ${labelsText(labels) || '(all)'} of namespace "${namespace}"`;
};

/** Labels as people write them: `app=web,version=v1`. */
const labelsText = (json: string): string =>
  Object.entries(JSON.parse(json))
    .map(([k, v]) => `${k}=${v}`)
    .join(',');

const seenBy = (audience: string) => (audience === '*' ? 'other namespaces see it' : `namespace "${audience}" sees it`);

/** A fact for people: `subset v2 of reviews.shop.svc.cluster.local`. */
export function factText(fact: Fact): string {
  const at = fact.indexOf(' ');
  return sortOf(fact).text?.(fact.slice(at + 1)) ?? fact;
}

/** Facts for people, each once: of requests to some pods one is told. */
export function factsText(facts: readonly Fact[]): string {
  const about = (f: Fact) => f.split(' ').slice(0, sortOf(f).who).join(' ');
  return [...new Map(facts.map((f) => [about(f), f] as const).reverse()).values()].reverse().map(factText).join(', ');
}
