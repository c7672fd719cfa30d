import { Construct } from 'constructs';
import { AuthorizationPolicy, RequestAuthentication } from '../../imports/security.istio.io';
import { quoted } from '../values/names';
import { checkProperties, type Properties } from '../values/properties';
import { shown } from '../values/shown';
import { opaqueTargets } from './access-rules';
import { AppModel } from './app-model';
import { checkMethod, checkPath } from './call-limits';
import { sameApp } from './caller';
import { IngressGateway } from './ingress-gateway';
import { type JwtIssuer, jwtRule } from './jwt-issuer';
import { originOf } from './origin';
import { ServiceHost } from './service-host';
import { claimTokens } from './token-policies';
import { tellsItsPath } from './told-at';

/** Properties of a {@link JwtPolicy}. */
export interface JwtPolicyProps {
  /** Where tokens are looked at: at a service of this app that speaks HTTP, or at a gateway. */
  readonly target: (ServiceHost<any, any> & { readonly speaksHttp: true }) | IngressGateway;
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
    if (!(target instanceof ServiceHost || target instanceof IngressGateway))
      throw new Error(`target of ${where} is ${shown(target)}: it has to be a service of this app, or an IngressGateway`);
    sameApp(this, target, `the target of ${where}`);
    if (target instanceof ServiceHost) target.needHttp('a token');
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
    for (const p of exceptPaths) checkPath(p, `exceptPaths of ${where}`);
    for (const m of exceptMethods) checkMethod(m, `in exceptMethods of ${where}`);
    const metadata = (name: string) => ({ name: `${target.name}-${name}`, namespace: target.namespace });
    const selector = { matchLabels: target.labels };
    new RequestAuthentication(this, 'Tokens', { metadata: metadata('tokens'), spec: { selector, jwtRules: rules } });
    if (missing === 'refused') {
      const operation = {
        ...(target instanceof IngressGateway ? hostsOf(target) : portsOf(target)),
        ...(exceptPaths.length > 0 ? { notPaths: [...exceptPaths] } : {}),
        ...(exceptMethods.length > 0 ? { notMethods: [...exceptMethods] } : {}),
      };
      new AuthorizationPolicy(this, 'Missing', {
        metadata: metadata('token-missing'),
        spec: {
          selector,
          action: 'DENY',
          rules: [
            {
              from: [{ source: { notRequestPrincipals: ['*'] } }],
              ...(Object.keys(operation).length > 0 ? { to: [{ operation }] } : {}),
            },
          ],
        },
      });
    }
    originOf(this);
    AppModel.of(this).touch();
  }
}

/** Connections have no token; istiod would deny them all. */
function portsOf(service: ServiceHost<any, any>) {
  const notPorts = opaqueTargets(service);
  return notPorts.length > 0 ? { notPorts } : {};
}

/**
 * The gateway's hosts, where others may share its pods. Clients may name the port beside a host, and Istio compares a wildcard
 * with the end alone: `a.example.com:80` would get around `*.example.com`.
 */
function hostsOf(gateway: IngressGateway) {
  if (gateway.ownsPods || gateway.hosts.includes('*')) return {};
  const wild = gateway.hosts.filter((h) => h.startsWith('*'));
  if (wild.length > 0)
    throw new Error(
      `${gateway.callerName} has ${quoted(wild)} on pods that it shares, and a client gets around a wildcard by naming the port: name the hosts, or give the gateway pods of its own with deploy: true`,
    );
  return { hosts: gateway.hosts.flatMap((h) => [h, `${h}:*`]) };
}
