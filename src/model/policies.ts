import { byAge, type Config, type Ref, selects } from './config';
import { isDryRun } from './dry-run';
import { listedBy } from './listed';

/** AuthorizationPolicies of one action that are about a workload. */
export interface Authorization {
  readonly action: 'ALLOW' | 'DENY' | 'AUDIT' | 'CUSTOM';
  readonly policies: readonly Config[];
}

const ofNamespace = listedBy((c: Config) => [c.namespace]);

/** AuthorizationPolicies and RequestAuthentications of a mesh. Source: pilot/pkg/model/authorization.go, authentication.go and policyattachment.go. */
export class Policies {
  private readonly authorizations: readonly Config[];
  private readonly authentications: readonly Config[];

  constructor(
    authorizations: readonly Config[],
    authentications: readonly Config[],
    private readonly root: string,
  ) {
    this.authorizations = [...authorizations].sort(byAge);
    this.authentications = [...authentications].sort(byAge);
  }

  /** Policies about a workload, by action, in the order in which they are asked. Those that only log are left out. */
  authorizing(namespace: string, labels: Readonly<Record<string, string>>): Authorization[] {
    return this.asked(namespace, labels, false);
  }

  /** The same of those that only log what they would decide. */
  dryRuns(namespace: string, labels: Readonly<Record<string, string>>): Authorization[] {
    return this.asked(namespace, labels, true);
  }

  private asked(namespace: string, labels: Readonly<Record<string, string>>, dryRun: boolean): Authorization[] {
    const all = this.about(this.authorizations, namespace, labels).filter((c) => isDryRun(c.manifest) === dryRun);
    const of = (action: Authorization['action']): Authorization => ({
      action,
      policies: all.filter((c) => (c.spec.action ?? 'ALLOW') === action),
    });
    return [of('CUSTOM'), of('DENY'), of('ALLOW')].filter((a) => a.policies.length > 0);
  }

  /** Rules about tokens for a workload, by issuer; of one issuer those of the own namespace first. */
  tokenRules(namespace: string, labels: Readonly<Record<string, string>>): { readonly rule: any; readonly by: Ref }[] {
    return this.about(this.authentications, namespace, labels)
      .sort((a, b) => Number(a.namespace === this.root) - Number(b.namespace === this.root))
      .flatMap((c) =>
        ((c.spec.jwtRules ?? []) as any[]).map((rule, i) => ({
          rule,
          by: { manifest: c.manifest, path: ['spec', 'jwtRules', i] },
        })),
      )
      .sort((a, b) =>
        (a.rule.issuer ?? '') < (b.rule.issuer ?? '') ? -1 : (a.rule.issuer ?? '') > (b.rule.issuer ?? '') ? 1 : 0,
      );
  }

  /** Of the root namespace and the workload's own; those that name their target are for the Gateway API. */
  private about(all: readonly Config[], namespace: string, labels: Readonly<Record<string, string>>): Config[] {
    const isFor = (c: Config) =>
      !c.spec.targetRef && !(c.spec.targetRefs?.length > 0) && selects(c.spec.selector?.matchLabels, labels);
    return [...new Set([this.root, namespace])].flatMap((ns) => ofNamespace(all, ns).filter(isFor));
  }
}
