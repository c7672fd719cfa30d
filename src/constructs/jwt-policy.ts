import { Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { AuthorizationPolicy, RequestAuthentication } from '../../imports/security.istio.io';
import { quoted } from '../values/names';
import { checkProperties, type Properties } from '../values/properties';
import { shown } from '../values/shown';
import { ABOUT_HTTP } from './about-http';
import { AppModel } from './app-model';
import { sameApp } from './caller';
import { checkExceptions, checkGuarded, checkWhole, type Exceptions, type Guarded, operationOf } from './guarded';
import { type JwtIssuer, jwtRule } from './jwt-issuer';
import { originOf } from './origin';
import { claimTokens } from './token-policies';
import { tellsItsPath } from './told-at';

/** Properties of a {@link JwtPolicy}. */
export interface JwtPolicyProps extends Exceptions {
  /** Where tokens are looked at: at a service of this app that speaks HTTP, or at a gateway. */
  readonly target: Guarded;
  /** Whose tokens are taken. A token of anybody else, or one that is out of date, is refused: 401. */
  readonly issuers: readonly JwtIssuer[];
  /** What becomes of a request without a token: refused with 403, or taken as nobody's. @default 'refused' */
  readonly missing?: 'refused' | 'accepted';
  /** Paths for which none is needed, as AccessPolicy takes them: `/healthz`, `/public/*`. @default - none */
  readonly exceptPaths?: readonly string[];
  /** Methods for which none is needed: browsers send none with the `OPTIONS` of CORS. @default - none */
  readonly exceptMethods?: readonly string[];
}

const PROPERTIES: Properties<JwtPolicyProps> = {
  target: 'any',
  issuers: 'list',
  missing: 'text?',
  exceptPaths: 'list?',
  exceptMethods: 'list?',
};

/**
 * Users prove who they are by a JSON Web Token, and nobody gets in without one.
 *
 * Compiles to a RequestAuthentication, which by itself takes requests without a token, and an AuthorizationPolicy that denies
 * these, both for the target's pods. A denial: what {@link AccessPolicy} and declared calls let in stays as it is for
 * who has a token. At a gateway it is about the gateway's hosts, since others may share its pods; that tokens are looked at
 * is so for all hosts of the pods. Both are written in the namespace of the target's pods.
 * Source: Istio's security/request_authentication reference; pilot/pkg/security/authz/model/generator.go.
 */
@tellsItsPath
export class JwtPolicy extends Construct {
  constructor(scope: Construct, id: string, props: JwtPolicyProps) {
    super(scope, id);
    const where = `"${this.node.path}"`;
    checkProperties<JwtPolicyProps>(props, PROPERTIES, where);
    const { target, issuers, missing = 'refused', exceptPaths = [], exceptMethods = [] } = props;
    if (missing !== 'refused' && missing !== 'accepted')
      throw new Error(`missing of ${where} is ${shown(missing)}: it has to be "refused" or "accepted"`);
    checkGuarded(target, where, 'a token');
    sameApp(this, target, `the target of ${where}`);
    claimTokens(target, this);
    if (issuers.length === 0) throw new Error(`issuers of ${where} is empty: name at least one`);
    const rules = issuers.map((i, n) => jwtRule(i, `issuer ${n} of ${where}`));
    const names = issuers.map((i) => i.issuer);
    const twice = names.filter((n, i) => names.indexOf(n) < i);
    if (twice.length > 0) throw new Error(`issuers of ${where} have ${quoted(twice)} twice: say all of one issuer in one`);
    if (missing === 'accepted' && exceptPaths.length + exceptMethods.length > 0)
      throw new Error(
        `${where} accepts requests without a token, so there is nothing to except: leave exceptPaths and exceptMethods out`,
      );
    const metadata = (name: string) => ({ name: `${target.name}-${name}`, namespace: target.namespace });
    const selector = { matchLabels: target.labels };
    new RequestAuthentication(this, 'Tokens', { metadata: metadata('tokens'), spec: { selector, jwtRules: rules } });
    checkWhole(this, target, 'a token', missing === 'refused');
    if (missing === 'refused') {
      checkExceptions(target, props, where);
      new AuthorizationPolicy(this, 'Missing', {
        metadata: { ...metadata('token-missing'), ...ABOUT_HTTP },
        spec: {
          selector,
          action: 'DENY',
          rules: Lazy.any({
            // not '*': another policy of the same pods may take tokens of others
            produce: () => [
              { from: [{ source: { notRequestPrincipals: names.map((n) => `${n}/*`) } }], ...operationOf(target, props) },
            ],
          }),
        },
      });
    }
    originOf(this);
    AppModel.of(this).touch();
  }
}
