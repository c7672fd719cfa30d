import type { JwtRules } from '../../imports/security.istio.io';
import { quoted, text } from '../values/names';
import { checkProperties, type Properties } from '../values/properties';
import { token } from '../values/wire-text';

/** Who signs tokens, and how they are known. */
export interface JwtIssuer {
  /** The `iss` of its tokens. */
  readonly issuer: string;
  /** Where its public keys are; istiod fetches them. @default - found by the issuer's URL (OpenID discovery), where `jwks` is not given */
  readonly jwksUri?: string;
  /** The public keys themselves, as JSON (RFC 7517). For what has no URL, such as tests. */
  readonly jwks?: string;
  /** Tokens for one of these (`aud`) are taken. @default - for anybody */
  readonly audiences?: readonly string[];
  /** Headers in which the token comes, each with what stands before it (`Bearer `). @default - Authorization: Bearer, and the parameter access_token */
  readonly fromHeaders?: Readonly<Record<string, string>>;
  /** Query parameters in which the token comes. */
  readonly fromParams?: readonly string[];
  /** Cookies in which the token comes. */
  readonly fromCookies?: readonly string[];
  /** Whether the program gets the token too. @default false */
  readonly forward?: boolean;
  /** Claims that the program gets as headers, by the header's name; nested ones as `realm.roles`. Clients cannot send these headers themselves. */
  readonly claimsToHeaders?: Readonly<Record<string, string>>;
}

const PROPERTIES: Properties<JwtIssuer> = {
  issuer: 'text',
  jwksUri: 'text?',
  jwks: 'text?',
  audiences: 'list?',
  fromHeaders: 'map?',
  fromParams: 'list?',
  fromCookies: 'list?',
  forward: 'boolean?',
  claimsToHeaders: 'map?',
};

/**
 * What a RequestAuthentication says of an issuer.
 * @throws where it is none, and where its keys are private
 */
export function jwtRule(i: JwtIssuer, what: string): JwtRules {
  checkProperties(i, PROPERTIES, what);
  text(i.issuer, `issuer of ${what}`);
  if (i.jwks !== undefined && i.jwksUri !== undefined)
    throw new Error(`${what} has both jwks and jwksUri: its keys are either written here or fetched`);
  if (i.jwksUri !== undefined) checkUrl(i.jwksUri, `jwksUri of ${what}`);
  if (i.jwks !== undefined) checkKeys(i.jwks, `jwks of ${what}`);
  if (i.jwks === undefined && i.jwksUri === undefined)
    checkUrl(i.issuer, `issuer of ${what}, which has neither jwks nor jwksUri,`);
  for (const [key, list] of Object.entries({ audiences: i.audiences, fromParams: i.fromParams, fromCookies: i.fromCookies })) {
    if (list?.length === 0) throw new Error(`${key} of ${what} is empty: name at least one, or leave it out`);
    for (const v of list ?? []) text(v, `one of the ${key} of ${what}`);
  }
  const headers = Object.entries(i.fromHeaders ?? {});
  if (i.fromHeaders && headers.length === 0)
    throw new Error(`fromHeaders of ${what} is empty: name at least one, or leave it out`);
  for (const [name, prefix] of headers) {
    token(name, `a header of fromHeaders of ${what}`);
    if (typeof prefix !== 'string')
      throw new Error(`what stands before the token in header "${name}" of ${what} is no text: say '' for nothing`);
  }
  const claims = Object.entries(i.claimsToHeaders ?? {});
  for (const [name, claim] of claims) {
    token(name, `a header of claimsToHeaders of ${what}`);
    text(claim, `the claim for header "${name}" of ${what}`);
  }
  const twice = claims.find(([name], n) => claims.findIndex(([other]) => other.toLowerCase() === name.toLowerCase()) < n);
  if (twice)
    throw new Error(`claimsToHeaders of ${what} has header "${twice[0]}" twice, in other letters: header names have no case`);
  return {
    issuer: i.issuer,
    ...(i.jwksUri !== undefined ? { jwksUri: i.jwksUri } : {}),
    ...(i.jwks !== undefined ? { jwks: i.jwks } : {}),
    ...(i.audiences ? { audiences: [...i.audiences] } : {}),
    ...(headers.length > 0 ? { fromHeaders: headers.map(([name, prefix]) => ({ name, ...(prefix ? { prefix } : {}) })) } : {}),
    ...(i.fromParams ? { fromParams: [...i.fromParams] } : {}),
    ...(i.fromCookies ? { fromCookies: [...i.fromCookies] } : {}),
    ...(i.forward ? { forwardOriginalToken: true } : {}),
    ...(claims.length > 0 ? { outputClaimToHeaders: claims.map(([header, claim]) => ({ header, claim })) } : {}),
  };
}

function checkUrl(value: string, what: string): void {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !['https:', 'http:'].includes(url.protocol))
    throw new Error(`${what} is "${value}": it has to be a URL, such as https://login.example.com/keys`);
}

/** Members of a key that only its owner may know: RFC 7518. */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** Throws unless it is a set of public keys. What is in it is not told: it may be secret. */
function checkKeys(jwks: string, what: string): void {
  let set: { keys?: unknown };
  try {
    set = JSON.parse(jwks);
  } catch {
    throw new Error(`${what} is not JSON: it has to be a set of keys, such as {"keys": […]}`);
  }
  if (!Array.isArray(set?.keys) || set.keys.length === 0)
    throw new Error(`${what} has no keys: it has to be a set of them, such as {"keys": […]}`);
  for (const [n, key] of set.keys.entries()) {
    const found = PRIVATE.filter((p) => typeof key === 'object' && key !== null && p in key);
    if (found.length > 0)
      throw new Error(
        `key ${n} in ${what} holds a private part (${quoted(found)}), which everyone who reads the YAML would have: give the public keys alone`,
      );
  }
}
