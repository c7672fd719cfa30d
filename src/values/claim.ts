import { headerOfClaim } from '../routing/claims';
import type { ValueMatch } from '../routing/string-match';
import { Condition } from './condition';
import { text } from './names';
import { checkRegex } from './regex';
import { shown } from './shown';

/**
 * Conditions on a claim of the user's token, for routes of an IngressGateway that a JwtPolicy is about. Where the claim is a list,
 * one of its values has to be met; numbers and truth values are never met, since Envoy compares text alone. A request without a
 * token has no claims: it meets `isNot` alone.
 *
 * @param name case-sensitive; nested ones as `realm.roles`
 */
export function claim(name: string) {
  const key = headerOfClaim(claimName(name, 'what claim(…) takes'));
  const on = (all: readonly ValueMatch[], none: readonly ValueMatch[] = []) =>
    new Condition<'gateway'>([{ headers: { [key]: { all, none } } }]);
  const given = (v: string) => text(v, `value of claim "${name}"`);
  return {
    /** The value, or one of a list, is exactly this. */
    is: (value: string) => on([{ exact: given(value) }]),
    /** No value is exactly this; a request without the claim, or without a token, is meant too. */
    isNot: (value: string) => on([], [{ exact: given(value) }]),
    startsWith: (prefix: string) => on([{ prefix: given(prefix) }]),
    /** RE2, and the whole value has to match. */
    matches: (pattern: string) => on([{ regex: checkRegex(given(pattern), `claim "${name}"`) }]),
  };
}

/** A claim's name as all of Istio takes it: names of nested objects with dots between them. */
export function claimName(name: string, what: string): string {
  if (typeof name !== 'string' || !/^[^[\].\s]+(\.[^[\].\s]+)*$/.test(name))
    throw new Error(`${what} is ${shown(name)}, which is no name of a claim: nested ones are written as realm.role`);
  return name;
}
