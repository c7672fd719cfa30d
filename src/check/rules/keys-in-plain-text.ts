import { at } from '../fields';
import { items, textOf } from '../items';
import type { Rule } from '../rule';

/** A RequestAuthentication whose keys istiod fetches by plain HTTP. */
export const keysInPlainText: Rule = {
  id: 'MESH250',
  name: 'keys-in-plain-text',
  severity: 'warning',
  codes: [],
  summary: 'the keys that tokens are judged by are fetched by plain HTTP',
  why: 'istiod itself fetches the keys (`jwksUri`, or what the issuer’s `/.well-known/openid-configuration` names), by a client without a sidecar, so that no mutual TLS protects an address within the cluster either. Who can answer in the place of that server, or change the answer on its way, decides which keys are right, and so makes tokens of any user. Pods that take mutual TLS alone (STRICT) refuse istiod, and then every token is refused. Source: pilot/pkg/model/jwks_resolver.go, getRemoteContentWithRetry.',
  remedy:
    'Write an https:// address (istiod takes an authority of your own by the chart’s value `jwksResolverExtraRootCA`), or the keys themselves, as `jwks`.',
  *check(mesh) {
    for (const c of mesh.of('RequestAuthentication'))
      for (const [i, rule] of items(c.spec.jwtRules)) {
        if (rule.jwks) continue;
        const field = ['jwksUri', 'jwks_uri', 'issuer'].find((f) => textOf(rule[f]));
        if (!field || !/^http:/i.test(rule[field])) continue;
        yield {
          at: at(c, 'spec', 'jwtRules', i, field),
          message: `istiod fetches the keys of issuer "${rule.issuer ?? ''}" by plain HTTP${field === 'issuer' ? ', where the issuer says they are' : ''}: who can change the answer makes tokens of any user`,
        };
      }
  },
};
