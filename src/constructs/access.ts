import { Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import { AuthorizationPolicy, type AuthorizationPolicySpec } from '../../imports/security.istio.io';
import type { Origin } from '../routing/table';
import { quoted } from '../values/names';
import { AppModel, type Settles } from './app-model';
import { checkLimits, limited } from './call-limits';
import { type Caller, type CallLimits, sameApp } from './caller';
import { originOf } from './origin';
import type { ServiceHost } from './service-host';
import { seenFrom } from './service-reference';
import { Version } from './version';

/** Callers that are let in, or kept out. */
export interface Grant {
  /** Whom it is about, in words. */
  readonly who: string;
  /** Their identities, as AuthorizationPolicy writes them; none where namespaces are meant. */
  readonly principals: readonly string[];
  /** Everyone in these is meant. */
  readonly namespaces: readonly string[];
  /** Requests that are meant; all without any. */
  readonly limits: CallLimits;
  /** Who said it, and where: the caller, where it declared the call. */
  readonly by: Origin;
}

/**
 * Who may call a service. All callers are *one* AuthorizationPolicy, since the first ALLOW on a workload shuts out
 * everyone that it does not name; denials are a second one, which Istio looks at first.
 *
 * Who calls a host whose routes lead here (a migration's old host, a service with a mirror) calls this service too, and is
 * let in with the same limits. Nothing is written while the service is open: its namespace does not deny, and nobody
 * called `allowFrom`.
 * Source: Istio's security/authorization-policy reference, pilot/pkg/security/authz/builder.
 */
export class Access implements Settles {
  private readonly denies: Grant[] = [];
  private closed = false;
  private base: Access | undefined;
  private readonly made = new Set<string>();

  constructor(private readonly service: ServiceHost<any, any>) {}

  private get allows(): Grant[] {
    return AppModel.of(this.service).callersOf(this.service.host);
  }

  /** The service's: errors and warnings are told there. */
  get node() {
    return this.service.node;
  }

  /** Lets in whom the other service lets in, and nobody else. */
  copy(base: Access): void {
    this.base = base;
  }

  private get granted(): readonly Grant[] {
    const arriving = AppModel.of(this.service).arrivals.get(this.service.host) ?? [];
    return [...(this.base?.granted ?? []), ...this.allows, ...arriving];
  }
  private get denied(): readonly Grant[] {
    return [...(this.base?.denied ?? []), ...this.denies];
  }

  /** From now on only callers that are named get in. */
  close(): void {
    this.closed = true;
    AppModel.of(this.service).touch();
  }

  /** Lets a caller in. Throws where its identity is not its own or not known, or the limits are none. `by` is who says so. */
  allow(caller: Caller, limits: CallLimits, by: Construct = this.service): void {
    this.allows.push({ ...this.about([caller], limits, 'allowed to call', by), namespaces: [] });
    AppModel.of(this.service).touch();
  }

  /** Lets everyone of a namespace in. */
  allowNamespace(namespace: string, limits: CallLimits, by: Construct = this.service): void {
    const who = `namespace "${namespace}"`;
    checkLimits(limits, who, this.service);
    this.allows.push({ who, principals: [], namespaces: [namespace], limits, by: originOf(by) });
    AppModel.of(this.service).touch();
  }

  /** Keeps callers and namespaces out, whatever lets them in. */
  deny(
    who: { readonly callers: readonly Caller[]; readonly namespaces: readonly string[] },
    limits: CallLimits,
    by: Construct,
  ): void {
    this.denies.push({ ...this.about(who.callers, limits, 'denied', by), namespaces: who.namespaces });
    AppModel.of(this.service).touch();
  }

  private about(callers: readonly Caller[], limits: CallLimits, what: string, by: Construct): Omit<Grant, 'namespaces'> {
    const who = callers.map((c) => c.callerName).join(', ');
    for (const c of callers) sameApp(this.service, c, `who is ${what} service "${this.service.name}"`);
    checkLimits(limits, who, this.service);
    return { who, principals: callers.flatMap((c) => identities(seenFrom(this.service, c), what)), limits, by: originOf(by) };
  }

  /** A limit for a caller that is let in without one limits nothing: allows add up. */
  compile(): void {
    for (const narrow of this.allows) {
      if (!narrow.limits.methods && !narrow.limits.paths) continue;
      const wide = this.allows.find(
        (g) => !g.limits.methods && !g.limits.paths && narrow.principals.some((p) => g.principals.includes(p)),
      );
      if (wide)
        throw new Error(
          `${at(narrow.by)} lets ${narrow.who} call service "${this.service.name}" with${limited(narrow.limits)} alone, and ${at(wide.by)} lets it do everything: what is allowed adds up, so nothing is narrowed; give the limits where the call is declared (mayCall instead of calls), or deny the rest`,
        );
    }
  }

  /** Callers that are let in, and whose own Sidecars keep them from getting here; callers who are more than themselves. */
  warnings(): readonly string[] {
    return [...this.unreached(), ...this.everybody()];
  }

  /** Who is let in by an identity that is not its own. An adopted service cannot always be changed, so it is no error. */
  private everybody(): readonly string[] {
    const anybody = (p: string) => /\/ns\/([^/]+)\/sa\/default$/.exec(p)?.[1];
    if (!this.isClosed) return [];
    const found = this.allows.flatMap((g) => g.principals.flatMap((p) => (anybody(p) ? [[g.who, anybody(p)!] as const] : [])));
    return [...new Map(found.map(([who, namespace]) => [`${who} ${namespace}`, { who, namespace }])).values()].map(
      ({ who, namespace }) =>
        `lets ${who} in by service account "default" of namespace "${namespace}", which every pod there has that names no other: all of these get in; give its pods an account of their own, and name it with serviceAccount`,
    );
  }

  private unreached(): readonly string[] {
    const model = AppModel.of(this.service);
    const callers = new Set(this.allows.flatMap((g) => g.principals.flatMap((p) => model.servicesAs(p))));
    return [...callers]
      .filter((s) => s !== this.service && s.egress.calls && !reaches(s, this.service))
      .map(
        (s) =>
          `lets ${s.callerName} in, whose declared calls leave it out: its Sidecar does not know the host; add it to the calls of "${s.node.path}"`,
      );
  }

  /** Whether only callers that are named get in. */
  get isClosed(): boolean {
    return (
      this.closed ||
      this.base?.isClosed === true ||
      AppModel.of(this.service).secured.get(this.service.namespace)?.denies === true
    );
  }

  /** Whether anybody is let in or kept out for some methods or paths alone. */
  get isLimited(): boolean {
    return [...this.granted, ...this.denied].some((g) => g.limits.methods || g.limits.paths);
  }

  /** Who is let in and who is not, in words. */
  summary(): { allowed: string[]; denied: string[] } {
    const words = (grants: readonly Grant[]) =>
      [
        ...new Set(
          grants.flatMap((g) =>
            [...g.principals, ...g.namespaces.map((n) => `namespace ${n}`)].map((who) => `${who}${limited(g.limits)}`),
          ),
        ),
      ].sort();
    return { allowed: words(this.granted), denied: words(this.denied) };
  }

  /** Makes the policies that are needed: ALLOW where the service is closed, DENY where somebody is kept out. */
  render(): void {
    if (this.isClosed && (this.granted.length > 0 || this.closed))
      this.make('Allow', this.service.name, () => this.policy(this.granted));
    if (this.denied.length > 0) this.make('Deny', `${this.service.name}-deny`, () => this.policy(this.denied, 'DENY'));
  }

  private make(id: string, name: string, spec: () => AuthorizationPolicySpec): void {
    if (this.made.has(id)) return;
    this.made.add(id);
    new AuthorizationPolicy(this.service, id, {
      metadata: { name, namespace: this.service.namespace },
      spec: Lazy.any({ produce: spec }),
    });
  }

  private policy(grants: readonly Grant[], action?: 'DENY'): AuthorizationPolicySpec {
    const byLimits = new Map<string, { limits: CallLimits; principals: Set<string>; namespaces: Set<string> }>();
    for (const g of grants) {
      const key = JSON.stringify([g.limits.methods, g.limits.paths]);
      const entry = byLimits.get(key) ?? { limits: g.limits, principals: new Set<string>(), namespaces: new Set<string>() };
      for (const p of g.principals) entry.principals.add(p);
      for (const n of g.namespaces) entry.namespaces.add(n);
      byLimits.set(key, entry);
    }
    const rules = [...byLimits.values()].map(({ limits, principals, namespaces }) => ({
      from: [
        ...(principals.size > 0 ? [{ source: { principals: [...principals].sort() } }] : []),
        ...(namespaces.size > 0 ? [{ source: { namespaces: [...namespaces].sort() } }] : []),
      ],
      ...(limits.methods || limits.paths
        ? {
            to: [
              {
                operation: {
                  ...(limits.methods ? { methods: limits.methods } : {}),
                  ...(limits.paths ? { paths: limits.paths } : {}),
                },
              },
            ],
          }
        : {}),
    }));
    return {
      selector: { matchLabels: this.service.labels },
      ...(action ? { action } : {}),
      ...(rules.length > 0 ? { rules } : {}),
    };
  }
}

function identities(caller: Caller, what: string): readonly string[] {
  if (caller instanceof Version) ownIdentity(caller);
  if (caller.principals.length === 0) throw new Error(`${caller.callerName} cannot be ${what}: its service account is not known`);
  return caller.principals;
}

/** Access is decided by identity: a version is told from its siblings by a service account of its own. */
function ownIdentity(c: Version): void {
  const { serviceAccounts } = c.service.facts;
  const mine = serviceAccounts[c.name];
  const shared = Object.keys(serviceAccounts).filter((v) => v !== c.name && serviceAccounts[v] === mine);
  if (shared.length > 0)
    throw new Error(
      `${c.callerName} has the same service account "${mine}" as ${quoted(shared)}: access is decided by identity, so give it its own with versions: { ${c.name}: { serviceAccount: 'own' } }`,
    );
}

const reaches = (caller: ServiceHost, callee: ServiceHost<any, any>) =>
  (caller.egress.calls ?? []).some((c) => c.egressHosts().some((h) => h.endsWith(`/${callee.host}`)));

const at = (o: Origin) => `"${o.construct}"${o.source ? ` (${o.source})` : ''}`;
