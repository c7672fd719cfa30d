import type { Match } from './match';

/** How a VirtualService names a claim of the user's token, in the place of a header. Source: Istio's pkg/jwt, HeaderJWTClaim. */
const CLAIMS = '@request.auth.claims.';

/** What stands for a claim among headers: `@request.auth.claims.realm.roles`. */
export const headerOfClaim = (claim: string): string => `${CLAIMS}${claim}`;

/** The claim that a header's name stands for; nothing where it is a header. */
export const claimOfHeader = (name: string): string | undefined =>
  name.startsWith(CLAIMS) ? name.slice(CLAIMS.length) : undefined;

/** The claims that matches ask for. */
export const claimsOf = (matches: readonly Match[]): readonly string[] => [
  ...new Set(matches.flatMap((m) => Object.keys(m.headers ?? {}).flatMap((n) => claimOfHeader(n) ?? []))),
];
