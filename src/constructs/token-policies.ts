import type { Construct } from 'constructs';
import { quoted } from '../values/names';

/** Services and gateways that have a JwtPolicy, and which one. */
const policies = new WeakMap<object, Construct>();

/** The JwtPolicy that is about a service or a gateway. */
export const tokenPolicyOf = (target: object): Construct | undefined => policies.get(target);

/** Remembers the one JwtPolicy of a service or a gateway. Throws where there is one. */
export function claimTokens(target: object, policy: Construct): void {
  const other = policies.get(target);
  if (other)
    throw new Error(
      `the target of "${policy.node.path}" has "${other.node.path}" already: name all issuers in one, since a token has to satisfy what all of them say`,
    );
  policies.set(target, policy);
}

/** Throws where routes ask for claims of tokens that nobody looks at: they would take no request. */
export function needTokens(target: { readonly callerName: string }, claims: readonly string[]): void {
  if (claims.length > 0 && !tokenPolicyOf(target))
    throw new Error(
      `${target.callerName} has routes for ${claims.length > 1 ? 'claims' : 'claim'} ${quoted(claims)} and no JwtPolicy: nobody looks at its tokens, so no request has claims; make a JwtPolicy whose target it is`,
    );
}
