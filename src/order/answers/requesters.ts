import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import type { Rule } from '../facts/authorization-rules';
import type { HasProxy } from '../facts/proxies';
import { accountOf, isWorkload, podLabels } from '../facts/readiness';
import { list } from '../facts/references';

/** Somebody who calls; without an account from outside the mesh. */
export interface Caller {
  readonly account: string | undefined;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Somebody outside the mesh. */
export const OUTSIDE: Caller = { account: undefined, namespace: '', labels: {} };
/** Who is in the mesh, and named by nobody. */
const SOMEBODY: Caller = { account: 'somebody/else', namespace: 'somebody', labels: {} };

/** Who calls, in a workload's pods. Without a proxy they are as from outside. */
export const callerOf = (m: Manifest, hasProxy: HasProxy): Caller =>
  hasProxy(m) ? { account: accountOf(m), namespace: m.namespace, labels: podLabels(m) } : OUTSIDE;

/** What a rule means by an account of a namespace, or by the namespace: `ns/a/sa/b`, `ns/a`. */
export const PRINCIPAL = /^ns\/([^/*]+)(?:\/sa\/([^/*]+))?$/;

/** Who is there in both states. */
export class Requesters {
  private readonly byAccount = new Map<string, Caller[]>();
  private readonly byNamespace = new Map<string, Caller[]>();
  private readonly all: readonly Caller[];
  /** Accounts that rules name, and no workload has in both states. */
  private readonly strangers = new Map<string, Caller>();
  /** By a pattern of a rule. */
  private readonly alike = new Map<string, readonly Caller[]>();

  constructor(live: readonly Manifest[], desired: readonly Manifest[], hasProxy: HasProxy) {
    const after = new Map(desired.filter(isWorkload).map((m) => [keyOf(m), m]));
    // one whose account changes calls with both
    this.all = live.filter(isWorkload).flatMap((m) => {
      const then = after.get(keyOf(m));
      if (!then) return [];
      const [old, now] = [m, then].map((x) => callerOf(x, hasProxy)) as [Caller, Caller];
      return (old.account === now.account ? [old] : [old, now]).filter((c) => c !== OUTSIDE);
    });
    const add = (lists: Map<string, Caller[]>, key: string, c: Caller) => {
      const known = lists.get(key);
      if (known) known.push(c);
      else lists.set(key, [c]);
    };
    for (const c of this.all) {
      add(this.byAccount, c.account!, c);
      add(this.byNamespace, c.namespace, c);
    }
  }

  /** One of each sort that rules tell apart, those of some namespaces, and somebody outside; of those who may be meant. */
  toldApart(
    rules: readonly PolicyRule[],
    spaces: ReadonlySet<string>,
    sortOf: (c: Caller) => string,
    isMeant: (c: Caller) => boolean,
  ): readonly Caller[] {
    const named = rules.flatMap((r) => whoIn(r).map((who) => this.meantBy(who)));
    const known = new Set(named.flat());
    const isOther = (c: Caller) => !known.has(c) && isMeant(c);
    const near = [...spaces].flatMap((ns) => [
      ...new Map((this.byNamespace.get(ns) ?? []).filter(isMeant).map((c) => [sortOf(c), c])).values(),
    ]);
    const other = this.all.find((c) => isOther(c) && !spaces.has(c.namespace)) ?? (isMeant(SOMEBODY) ? SOMEBODY : undefined);
    const meant = named.map((some) => some.filter(isMeant)).flatMap((some) => [...some.slice(0, MOST_NAMED), ...some.slice(-1)]);
    return [...new Set([...(isMeant(OUTSIDE) ? [OUTSIDE] : []), ...meant, ...near, ...(other ? [other] : [])])];
  }

  private stranger(namespace: string, account: string): Caller {
    const known = this.strangers.get(`${namespace}/${account}`) ?? { account: `${namespace}/${account}`, namespace, labels: {} };
    this.strangers.set(`${namespace}/${account}`, known);
    return known;
  }

  /** Whom a value of a rule means: `ns/a/sa/b` with or without a trust domain, `ns/a`, and patterns. */
  private meantBy(who: string): readonly Caller[] {
    const [, ns, account] = PRINCIPAL.exec(who) ?? [];
    // who is in no file and runs for a while, as a job, calls too
    if (ns !== undefined) {
      const known = account ? this.byAccount.get(`${ns}/${account}`) : this.byNamespace.get(ns);
      return known ?? [this.stranger(ns, account ?? 'default')];
    }
    const known = this.alike.get(who) ?? this.all.filter((c) => isLike(who, `ns/${c.account!.replace('/', '/sa/')}`));
    this.alike.set(who, known);
    return known;
  }
}

/** How many are looked at of those whom one value of a rule means. */
const MOST_NAMED = 2;

/** A rule, and the namespace of its policy. */
export interface PolicyRule {
  readonly rule: Rule;
  readonly namespace: string;
}

/** Whom a rule asks for, or for others than whom. */
export function whoIn({ rule, namespace }: PolicyRule): readonly string[] {
  const sources = list(rule.from).map((f) => f.source ?? {});
  const conditions = list(rule.when);
  const of = (field: string, key: string) => [
    ...sources.flatMap((s) => [...list(s[field]), ...list(s[`not${field[0]!.toUpperCase()}${field.slice(1)}`])]),
    ...conditions.filter((w) => w.key === key).flatMap((w) => [...list(w.values), ...list(w.notValues)]),
  ];
  const principals = of('principals', 'source.principal').map((p) => String(p).replace(/^[^/]*\/ns\//, 'ns/'));
  const accounts = of('serviceAccounts', 'source.serviceAccount').map((a) => String(a).split('/'));
  return [
    ...principals,
    ...of('namespaces', 'source.namespace').map((ns) => `ns/${ns}`),
    ...accounts.map((a) => `ns/${a.length > 1 ? a[0] : namespace}/sa/${a.at(-1)}`),
  ];
}

/** Whether a text begins or ends as a pattern says, or holds what is in its middle. */
export const isLike = (pattern: string, text: string): boolean =>
  text.includes(pattern.replace(/^\*|\*$/g, '').replace(/\*.*$/, ''));
