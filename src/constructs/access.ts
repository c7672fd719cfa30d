import { Lazy } from 'cdk8s';
import { AuthorizationPolicy, type AuthorizationPolicySpec } from '../../imports/security.istio.io';
import { AppModel, type Settles } from './app-model';
import type { Caller, CallLimits } from './caller';
import type { ServiceHost } from './service-host';

interface Grant {
  readonly principals: readonly string[];
  readonly namespaces: readonly string[];
  readonly limits: CallLimits;
}

/**
 * Who may call a service. All callers are *one* AuthorizationPolicy, since the first ALLOW on a workload shuts out
 * everyone that it does not name; denials are a second one, which Istio looks at first.
 *
 * Nothing is written while the service is open: its namespace does not deny, and nobody called `allowFrom`.
 * Source: Istio's security/authorization-policy reference, pilot/pkg/security/authz/builder.
 */
export class Access implements Settles {
  private readonly allows: Grant[] = [];
  private readonly denies: Grant[] = [];
  private closed = false;
  private base: Access | undefined;
  private readonly made = new Set<string>();

  constructor(private readonly service: ServiceHost<any, any>) {}

  get node() {
    return this.service.node;
  }

  /** Lets in whom the other service lets in, and nobody else. */
  copy(base: Access): void {
    this.base = base;
  }

  private get granted(): readonly Grant[] {
    return [...(this.base?.granted ?? []), ...this.allows];
  }
  private get denied(): readonly Grant[] {
    return [...(this.base?.denied ?? []), ...this.denies];
  }

  /** From now on only callers that are named get in. */
  close(): void {
    this.closed = true;
    AppModel.of(this.service).touch();
  }

  allow(caller: Caller, limits: CallLimits): void {
    this.checkLimits(limits, caller.callerName);
    this.allows.push({ principals: identities(caller, 'allowed to call'), namespaces: [], limits });
    AppModel.of(this.service).touch();
  }

  allowNamespace(namespace: string, limits: CallLimits): void {
    this.checkLimits(limits, `namespace "${namespace}"`);
    this.allows.push({ principals: [], namespaces: [namespace], limits });
    AppModel.of(this.service).touch();
  }

  deny(who: { readonly callers: readonly Caller[]; readonly namespaces: readonly string[] }, limits: CallLimits): void {
    this.checkLimits(limits, 'the denied callers');
    this.denies.push({ principals: who.callers.flatMap((c) => identities(c, 'denied')), namespaces: who.namespaces, limits });
    AppModel.of(this.service).touch();
  }

  private checkLimits(limits: CallLimits, who: string): void {
    if (limits.methods || limits.paths) this.service.needHttp(`a limit to methods or paths for ${who}`);
    for (const p of limits.paths ?? [])
      if (!/^(\/|\*)/.test(p)) throw new Error(`path "${p}" for ${who} does not begin with "/" (or "*")`);
  }

  /** Whether only callers that are named get in. */
  get isClosed(): boolean {
    return (
      this.closed ||
      this.base?.isClosed === true ||
      AppModel.of(this.service).secured.get(this.service.namespace)?.denies === true
    );
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
  if (caller.principals.length === 0) throw new Error(`${caller.callerName} cannot be ${what}: its service account is not known`);
  return caller.principals;
}

const limited = (l: CallLimits) => (l.methods || l.paths ? ` (${[...(l.methods ?? []), ...(l.paths ?? [])].join(' ')})` : '');
