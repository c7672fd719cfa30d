import type { Config } from '../model/config';
import { ruleMet, type Subject } from '../trace/authorize';
import { canonical, once } from './canonical';

/** One condition of a rule: a key as in `when`, with its values. */
export interface Part {
  readonly key: string;
  readonly values: readonly string[];
  readonly notValues: readonly string[];
}

/** One way to meet a rule of an AuthorizationPolicy: all its parts. */
export interface PolicyClause {
  readonly namespace: string;
  readonly parts: readonly Part[];
}

/** Who is let in at a workload, as far as it hangs on the request: the rest is decided for one client. */
export interface Verdicts {
  readonly deny: readonly PolicyClause[];
  /** Nothing where no policy allows anything, which lets all in. */
  readonly allow: readonly PolicyClause[] | undefined;
  /** The same for the same verdicts. */
  readonly print: string;
}

/** A clause parted in what is about the client and what is about the request. */
interface Parted {
  readonly namespace: string;
  readonly client: readonly Part[];
  readonly rest: PolicyClause;
  readonly print: string;
}

/** The policies about a workload. */
export interface PolicySet {
  readonly deny: readonly Parted[];
  readonly allow: readonly Parted[] | undefined;
}

const FIELDS: readonly (readonly [string, string, string])[] = [
  ['principals', 'notPrincipals', 'source.principal'],
  ['namespaces', 'notNamespaces', 'source.namespace'],
  ['serviceAccounts', 'notServiceAccounts', 'source.serviceAccount'],
  ['trustDomains', 'notTrustDomains', 'source.trustDomain'],
  ['ipBlocks', 'notIpBlocks', 'source.ip'],
  ['remoteIpBlocks', 'notRemoteIpBlocks', 'remote.ip'],
  ['requestPrincipals', 'notRequestPrincipals', 'request.auth.principal'],
  ['hosts', 'notHosts', 'host'],
  ['methods', 'notMethods', 'method'],
  ['paths', 'notPaths', 'path'],
  ['ports', 'notPorts', 'destination.port'],
];

const partsOf = (o: any): Part[] =>
  FIELDS.flatMap(([yes, no, key]) =>
    o[yes]?.length > 0 || o[no]?.length > 0 ? [{ key, values: o[yes] ?? [], notValues: o[no] ?? [] }] : [],
  );

/** A rule as the ways to meet it: each source with each operation, and all that `when` says. */
export function clausesOf(rule: any, namespace: string): PolicyClause[] {
  const when = ((rule.when ?? []) as any[]).map((w) => ({ key: w.key, values: w.values ?? [], notValues: w.notValues ?? [] }));
  const from = rule.from?.length > 0 ? (rule.from as any[]).map((f) => partsOf(f.source ?? {})) : [[]];
  const to = rule.to?.length > 0 ? (rule.to as any[]).map((t) => partsOf(t.operation ?? {})) : [[]];
  return from.flatMap((f) => to.map((t) => ({ namespace, parts: [...f, ...t, ...when] })));
}

/** Keys whose value is the same for all requests of one client. */
const OF_CLIENT = /^(source\.|destination\.|connection\.)/;

/** Whether a condition holds for a subject: as the trace itself asks it. */
export const partHolds = (p: Part, namespace: string, s: Subject): boolean =>
  ruleMet({ when: [{ key: p.key, values: p.values, notValues: p.notValues }] }, namespace, s, 'DENY');

export function policySet(all: readonly { readonly action: string; readonly policies: readonly Config[] }[]): PolicySet {
  const of = (action: string): Parted[] =>
    all
      .filter((a) => a.action === action)
      .flatMap((a) => a.policies.flatMap((c) => ((c.spec.rules ?? []) as any[]).flatMap((r) => clausesOf(r, c.namespace))))
      .map(({ namespace, parts }) => {
        const rest = { namespace, parts: parts.filter((p) => !OF_CLIENT.test(p.key)) };
        return { namespace, client: parts.filter((p) => OF_CLIENT.test(p.key)), rest, print: canonical(rest) };
      });
  return { deny: of('DENY'), allow: all.some((a) => a.action === 'ALLOW') ? of('ALLOW') : undefined };
}

/** Whether it matters who asks, from where, or for which port. */
export const isAboutClients = once(({ deny, allow }: PolicySet) => [...deny, ...(allow ?? [])].some((c) => c.client.length > 0));

/** The verdicts for one client: what is about the client is answered, and left out. */
export function verdictsFor({ deny, allow }: PolicySet, client: Subject): Verdicts {
  const met = (list: readonly Parted[]) => {
    const kept = list.filter((c) => c.client.every((p) => partHolds(p, c.namespace, client)));
    return [...new Map(kept.map((c) => [c.print, c.rest]))].sort(([a], [b]) => (a < b ? -1 : 1));
  };
  const [no, yes] = [met(deny), allow && met(allow)];
  const prints = (list: readonly (readonly [string, PolicyClause])[]) => list.map(([p]) => p).join(' ');
  return { deny: no.map(([, c]) => c), allow: yes?.map(([, c]) => c), print: `${prints(no)} | ${yes ? prints(yes) : 'all'}` };
}
