import { Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import { AuthorizationPolicy, type AuthorizationPolicySpec } from '../../imports/security.istio.io';
import type { Origin } from '../routing/table';
import { quoted } from '../values/names';
import { ABOUT_HTTP } from './about-http';
import { policyOf } from './access-rules';
import { AppModel, type Settles } from './app-model';
import { checkLimits, isLimited, limited } from './call-limits';
import { type Caller, type CallLimits, sameApp } from './caller';
import type { Denial, Grant, RuleLimits, Said } from './grant';
import { identities } from './identities';
import type { MeshJob } from './mesh-job';
import { originOf } from './origin';
import { inWords } from './pod-labels';
import type { ServiceHost } from './service-host';
import { seenFrom } from './service-reference';
import { sharingPods } from './shared-pods';
import { Version } from './version';

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
  private readonly denies: Denial[] = [];
  /** What a dry run adds to the rest. */
  private readonly tried: { readonly allows: Grant[]; readonly denies: Denial[] } = { allows: [], denies: [] };
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
  allow(caller: Caller, limits: CallLimits, said: Said = { by: this.service }): void {
    this.let({ ...this.about([caller], limits, 'allowed to call', said.by), namespaces: [] }, said);
  }

  /** Lets its own pods in, at all of their ports. */
  allowSelf(): void {
    const { callerName: who, principals } = this.service;
    this.let({ who, principals, namespaces: [], limits: {}, self: true, by: originOf(this.service) }, { by: this.service });
  }

  /** Lets everyone of a namespace in. */
  allowNamespace(namespace: string, limits: CallLimits, said: Said): void {
    const who = `namespace "${namespace}"`;
    checkLimits(limits, who, this.service);
    this.let({ who, principals: [], namespaces: [namespace], limits, by: originOf(said.by) }, said);
  }

  /** Lets everyone at the addresses in, with whatever identity. */
  allowAddresses(ipBlocks: readonly string[], limits: CallLimits, said: Said): void {
    const who = `addresses ${ipBlocks.join(', ')}`;
    checkLimits(limits, who, this.service);
    this.let({ who, principals: [], namespaces: [], ipBlocks, limits, by: originOf(said.by) }, said);
  }

  private let(grant: Grant, { dryRun }: Said): void {
    (dryRun ? this.tried.allows : this.allows).push(grant);
    AppModel.of(this.service).touch();
  }

  /** Keeps callers, namespaces and addresses out, whatever lets them in. */
  deny(
    who: { readonly callers: readonly Caller[]; readonly namespaces: readonly string[]; readonly ipBlocks: readonly string[] },
    limits: RuleLimits,
    { by, dryRun }: Said,
  ): void {
    const { callers, namespaces, ipBlocks } = who;
    (dryRun ? this.tried.denies : this.denies).push({
      ...this.about(callers, limits, 'denied', by),
      namespaces,
      ipBlocks,
      callers,
    });
    AppModel.of(this.service).touch();
  }

  private about(callers: readonly Caller[], limits: RuleLimits, what: string, by: Construct): Omit<Grant, 'namespaces'> {
    const who = callers.map((c) => c.callerName).join(', ');
    for (const c of callers) sameApp(this.service, c, `who is ${what} service "${this.service.name}"`);
    checkLimits(limits, who, this.service);
    return { who, principals: callers.flatMap((c) => identities(seenFrom(this.service, c), what)), limits, by: originOf(by) };
  }

  /** What cannot hold as it is said: at the pods Istio knows identities alone, and no services. */
  compile(): void {
    this.widened();
    this.deniedToo();
    this.shutOut();
  }

  /** A limit for a caller that is let in without one limits nothing: allows add up. */
  private widened(): void {
    const tried = this.tried.allows;
    for (const narrow of [...this.allows, ...tried]) {
      if (!isLimited(narrow.limits)) continue;
      const wide = [...this.allows, ...(tried.includes(narrow) ? tried : [])].find(
        (g) => !isLimited(g.limits) && narrow.principals.some((p) => g.principals.includes(p)),
      );
      if (wide)
        throw new Error(
          `${at(narrow.by)} lets ${narrow.who} call service "${this.service.name}" with${limited(narrow.limits)} alone, and ${at(wide.by)} lets it do everything: what is allowed adds up, so nothing is narrowed; give the limits where the call is declared (mayCall instead of calls), or deny the rest${narrow.limits.claims ? ' (deny, with unlessClaims)' : ''}`,
        );
    }
  }

  /** A denial keeps out all that have the identity: those too who are not named, unless they are copies of these. */
  private deniedToo(): void {
    const model = AppModel.of(this.service);
    for (const { callers, by } of [...this.denies, ...this.tried.denies]) {
      const named = callers.map((c) => (c instanceof Version ? c.service : c));
      const meant = new Set<unknown>(named.flatMap((c) => ('access' in c ? [c, ...sharingPods(c as ServiceHost)] : [c])));
      const isMeant = (s: ServiceHost | MeshJob) =>
        meant.has(s) ||
        ('access' in s && (meant.has(s.access.base?.service) || named.some((c) => 'host' in c && c.host === s.host)));
      for (const c of callers) {
        const principals = seenFrom(this.service, c).principals;
        const others = new Set(principals.flatMap((p) => model.callersAs(p).filter((s) => !isMeant(s))));
        if (others.size > 0)
          throw new Error(
            `${at(by)} denies ${c.callerName} to service "${this.service.name}", and ${quoted([...others].map((s) => s.node.path))} ${others.size > 1 ? 'have' : 'has'} the same service account (${principals.join(', ')}), so would be denied too: access is decided by identity; name all who are meant in deny, or give ${c.callerName} a service account of its own`,
          );
      }
    }
  }

  /** Who is open is shut by a sibling over the same pods that is not. */
  private shutOut(): void {
    if (!this.isClosed) return;
    const open = sharingPods(this.service).find((s) => !s.access.isClosed);
    if (open)
      throw new Error(
        `service "${this.service.name}" is closed to all whom nobody lets in, and "${open.node.path}", over pods of it (${inWords(open.labels)}), is open: Istio decides at the pods, so who calls "${open.name}" would be shut out too; close both, with allowFrom (what is allowed adds up)`,
      );
  }

  /** Callers that are let in, and whose own Sidecars keep them from getting here; callers who are more than themselves. */
  warnings(): readonly string[] {
    return [...this.unreached(), ...this.everybody(), ...this.mixed()];
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

  /** Services over the same pods that say different things about callers: each is asked of all. */
  private mixed(): readonly string[] {
    const { services } = AppModel.of(this.service);
    const said = (s: ServiceHost<any, any>) => {
      const { allowed, denied } = s.access.summary();
      return JSON.stringify([s.access.isClosed ? allowed : [], denied]);
    };
    return sharingPods(this.service)
      .filter((s) => services.indexOf(s) < services.indexOf(this.service) && said(s) !== said(this.service))
      .map(
        (s) =>
          `has pods of "${s.node.path}" (${inWords(s.labels)}), which says other things about who may call: Istio decides at the pods, so who is let in or kept out at one is so at both; say the same at both, or give them pods of their own`,
      );
  }

  private unreached(): readonly string[] {
    const model = AppModel.of(this.service);
    const callers = new Set(this.allows.flatMap((g) => g.principals.flatMap((p) => model.callersAs(p))));
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

  /** Whether anybody is let in or kept out for some requests alone. */
  get isLimited(): boolean {
    return [...this.granted, ...this.denied].some((g) => isLimited(g.limits));
  }

  /** Who is let in and who is not, in words. */
  summary(): { allowed: string[]; denied: string[] } {
    const words = (grants: readonly Grant[]) =>
      [
        ...new Set(
          grants.flatMap((g) =>
            [...g.principals, ...g.namespaces.map((n) => `namespace ${n}`), ...(g.ipBlocks ?? [])].map(
              (who) => `${who}${limited(g.limits)}`,
            ),
          ),
        ),
      ].sort();
    return { allowed: words(this.granted), denied: words(this.denied) };
  }

  /** All that a dry run would let in: who is let in already, too, or it would say of these that they were refused. */
  private get tries(): readonly Grant[] {
    const own = [...(this.base?.tried.allows ?? []), ...this.tried.allows];
    return own.length > 0 ? [...this.granted, ...own] : [];
  }

  /** Makes the policies that are needed: ALLOW where the service is closed, DENY where somebody is kept out. */
  render(): void {
    if (this.isClosed && (this.granted.length > 0 || this.closed))
      this.make('Allow', this.service.name, () => policyOf(this.service, this.granted));
    const aboutHttp = (denials: readonly Grant[]) =>
      denials.some(({ limits: { methods, paths } }) => methods || paths) ? ABOUT_HTTP.annotations : {};
    if (this.denied.length > 0)
      this.make('Deny', `${this.service.name}-deny`, () => policyOf(this.service, this.denied, 'DENY'), aboutHttp(this.denied));
    const denies = () => [...(this.base?.tried.denies ?? []), ...this.tried.denies];
    if (this.tries.length > 0)
      this.make('AllowDryRun', `${this.service.name}-dry-run`, () => policyOf(this.service, this.tries), DRY_RUN);
    if (denies().length > 0)
      this.make('DenyDryRun', `${this.service.name}-deny-dry-run`, () => policyOf(this.service, denies(), 'DENY'), {
        ...DRY_RUN,
        ...aboutHttp(denies()),
      });
  }

  private make(id: string, name: string, spec: () => AuthorizationPolicySpec, annotations: Record<string, string> = {}): void {
    if (this.made.has(id)) return;
    this.made.add(id);
    new AuthorizationPolicy(this.service, id, {
      metadata: { name, namespace: this.service.namespace, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
      spec: Lazy.any({ produce: spec }),
    });
  }
}

/** Proxies log what such a policy would decide, and do as the others say. Source: Istio's security/authz-dry-run task. */
const DRY_RUN = { 'istio.io/dry-run': 'true' };

const reaches = (caller: ServiceHost | MeshJob, { host, otherHosts }: ServiceHost<any, any>) =>
  caller.egress.reached.some((c) => c.egressHosts().some((h) => [host, ...otherHosts].some((o) => h.endsWith(`/${o}`))));

const at = (o: Origin) => `"${o.construct}"${o.source ? ` (${o.source})` : ''}`;
