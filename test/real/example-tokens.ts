import { jwks, token } from './trace/tokens';

/** Objects whose issuers' keys are those that sign the lane's tokens, since nobody serves keys at a URL here. */
export const withKeys = (objects: readonly any[]): readonly any[] =>
  objects.map((o) =>
    o.kind === 'RequestAuthentication'
      ? { ...o, spec: { ...o.spec, jwtRules: o.spec.jwtRules.map(({ jwksUri: _, ...rule }: any) => ({ ...rule, jwks })) } }
      : o,
  );

const CLAIM = /^@request\.auth\.claims\./;

/** Claims that meet a match, which asks for some; nothing where it does not. */
export function claimsIn(match: any): Record<string, unknown> | undefined {
  const asked = Object.entries<any>(match.headers ?? {}).filter(([k]) => CLAIM.test(k));
  if (asked.length === 0) return undefined;
  return Object.fromEntries(asked.map(([k, v]) => [k.replace(CLAIM, ''), [v.exact ?? `${v.prefix ?? ''}1`, 'another']]));
}

/** The header of a token whose issuer and audience the examples take. */
export const bearer = (claims: Record<string, unknown>, more: Record<string, unknown> = {}): string =>
  `Bearer ${token({ iss: 'https://login.example.com', sub: 'alice', aud: 'shop', ...claims, ...more })}`;
