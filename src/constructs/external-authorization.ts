import { Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { AuthorizationPolicy } from '../../imports/security.istio.io';
import { checkProperties, type Properties } from '../values/properties';
import { AppModel } from './app-model';
import { sameApp } from './caller';
import { authorizer } from './extension-providers';
import { checkExceptions, checkGuarded, checkWhole, type Exceptions, type Guarded, operationOf } from './guarded';
import { Mesh } from './mesh';
import { originOf } from './origin';
import { within } from './pod-labels';
import { tellsItsPath } from './told-at';

/** Properties of an {@link ExternalAuthorization}. */
export interface ExternalAuthorizationProps extends Exceptions {
  /** Whose requests are asked about: those of a service of this app that speaks HTTP, or of a gateway. */
  readonly target: Guarded;
  /** Who decides: the name of one of the `extensionProviders` in the Mesh's `meshConfig`. */
  readonly provider: string;
  /** Paths that nobody asks about, as AccessPolicy takes them: `/healthz`, `/public/*`. @default - none */
  readonly exceptPaths?: readonly string[];
  /** Methods that nobody asks about. @default - none */
  readonly exceptMethods?: readonly string[];
}

const PROPERTIES: Properties<ExternalAuthorizationProps> = {
  target: 'any',
  provider: 'text',
  exceptPaths: 'list?',
  exceptMethods: 'list?',
};

/** Those of an app, by its root. */
const known = new WeakMap<object, ExternalAuthorization[]>();

/**
 * A service outside decides about each request before anything else does: OPA, oauth2-proxy, one of your own.
 *
 * Compiles to an AuthorizationPolicy of action CUSTOM for the target's pods, in their namespace. It goes before tokens, denials
 * and allows, and takes none of them away: what the provider lets in still needs its token and its ALLOW. Who has a Sidecar
 * reaches the provider; where the provider is a service of this app, the target is let in there.
 * Source: Istio's security/authorization-policy reference; pilot/pkg/security/authz/builder.
 */
@tellsItsPath
export class ExternalAuthorization extends Construct {
  /** Whose requests are asked about. */
  readonly target: Guarded;
  /** Who decides. */
  readonly provider: string;

  constructor(scope: Construct, id: string, props: ExternalAuthorizationProps) {
    super(scope, id);
    const where = `"${this.node.path}"`;
    checkProperties<ExternalAuthorizationProps>(props, PROPERTIES, where);
    const { target, provider } = props;
    checkGuarded(target, where, 'a decision outside');
    sameApp(this, target, `the target of ${where}`);
    const { host } = authorizer(Mesh.of(this), provider, where);
    checkWhole(this, target, 'a decision outside');
    checkExceptions(target, props, where);
    this.target = target;
    this.provider = provider;
    this.checkOthers(where);
    new AuthorizationPolicy(this, 'Policy', {
      metadata: { name: `${target.name}-${provider}`, namespace: target.namespace },
      spec: {
        selector: { matchLabels: target.labels },
        action: 'CUSTOM',
        provider: { name: provider },
        rules: Lazy.any({ produce: () => [operationOf(target, props)] }),
      },
    });
    const by = originOf(this);
    const model = AppModel.of(this);
    model.callersOf(host!).push({ who: target.callerName, principals: target.principals, namespaces: [], limits: {}, by });
    model.touch();
  }

  /** istiod denies everything at pods of which two providers would decide. */
  private checkOthers(where: string): void {
    const all = known.get(this.node.root) ?? [];
    known.set(this.node.root, all);
    const { target } = this;
    const other = all.find(({ target: t }) => t === target || (t.namespace === target.namespace && overlap(t, target)));
    if (other && (other.target === target || other.provider !== this.provider))
      throw new Error(
        `pods of the target of ${where} have "${other.node.path}" already, which asks provider "${other.provider}": Istio takes one provider for a pod, and denies everything where there are two; say it once, or give one of the targets pods of its own`,
      );
    all.push(this);
  }
}

const overlap = (a: Guarded, b: Guarded): boolean => within(a.labels, b.labels) || within(b.labels, a.labels);
