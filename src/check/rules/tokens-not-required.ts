import type { Config } from '../../model/config';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { at } from '../fields';
import { items, texts } from '../items';
import type { Rule } from '../rule';

/** A RequestAuthentication that lets everybody in who shows no token. */
export const tokensNotRequired: Rule = {
  id: 'MESH171',
  name: 'tokens-not-required',
  severity: 'info',
  codes: [],
  summary: 'tokens are looked at, and requests without one are let in',
  why: 'A RequestAuthentication refuses requests whose token is not valid. A request without a token is let in: that one is required is said by an AuthorizationPolicy. Found where no policy that can be for these pods, and no route, speaks of tokens, and where the application gets nothing of the token, so that it cannot decide either. Source: pilot/pkg/security/authn/policy_applier.go, the requirement "allow missing".',
  remedy: 'Add an AuthorizationPolicy whose rules say `requestPrincipals: ["*"]`, or a DENY of `notRequestPrincipals: ["*"]`.',
  *check(mesh) {
    const spaces = spacesThatAsk(mesh);
    const root = mesh.model.mesh.rootNamespace;
    for (const c of mesh.model.of('RequestAuthentication')) {
      const rules = items(c.spec.jwtRules);
      if (rules.length === 0 || rules.some(([, r]) => isHandedOn(r))) continue;
      if (spaces.has(c.namespace) || spaces.has(root) || (c.namespace === root && spaces.size > 0)) continue;
      yield {
        at: at(c, 'spec', 'jwtRules'),
        message: 'a request without a token is let in: no AuthorizationPolicy asks for one',
      };
    }
  },
};

const isHandedOn = (rule: any): boolean =>
  rule.forwardOriginalToken === true || Boolean(rule.outputPayloadToHeader) || items(rule.outputClaimToHeaders).length > 0;

/** Namespaces of policies that may ask for tokens, and of routes that choose by claims. */
const spacesThatAsk = ofMesh((mesh: CheckedMesh): ReadonlySet<string> => {
  const out = new Set<string>();
  for (const c of mesh.of('AuthorizationPolicy')) if (c.spec.action === 'CUSTOM' || asksForToken(c)) out.add(c.namespace);
  // gateways are mostly elsewhere than their routes
  for (const c of mesh.of('VirtualService'))
    if (JSON.stringify(c.spec).includes('@request.auth.claims')) out.add(mesh.model.mesh.rootNamespace);
  return out;
});

const asksForToken = ({ spec }: Config): boolean =>
  items(spec.rules).some(
    ([, rule]) =>
      items(rule.from).some(
        ([, { source }]) => texts(source?.requestPrincipals).length > 0 || texts(source?.notRequestPrincipals).length > 0,
      ) || items(rule.when).some(([, { key }]) => typeof key === 'string' && key.startsWith('request.auth.')),
  );
