import { X509Certificate } from 'node:crypto';
import type { AgentOptions } from 'node:https';
import type { Credentials } from './kubeconfig';

/** Why credentials are refused, where they say it themselves: a client certificate, or a token that is a JWT, whose time is over. */
export function expired({ agent, headers }: Credentials, now = Date.now()): string | undefined {
  const { cert } = (agent as unknown as { readonly options?: AgentOptions }).options ?? {};
  const ends: readonly (readonly [string, number | undefined])[] = [
    ['client certificate', cert ? certificateEnd(cert) : undefined],
    ['token', tokenEnd(String(headers.Authorization ?? ''))],
  ];
  const over = ends.find(([, end]) => end !== undefined && end < now);
  return over && `its ${over[0]} expired on ${new Date(over[1]!).toISOString()}`;
}

function certificateEnd(cert: NonNullable<AgentOptions['cert']>): number | undefined {
  try {
    const [first] = Array.isArray(cert) ? cert : [cert];
    return Date.parse(new X509Certificate(first!).validTo);
  } catch {
    return undefined; // the server has said that it is not good
  }
}

/** Source: RFC 7519, the claim `exp`. */
function tokenEnd(authorization: string): number | undefined {
  const [, claims] = /^Bearer [\w-]+\.([\w-]+)\.[\w-]*$/.exec(authorization) ?? [];
  if (!claims) return undefined;
  try {
    const { exp } = JSON.parse(Buffer.from(claims, 'base64url').toString());
    return typeof exp === 'number' ? exp * 1000 : undefined;
  } catch {
    return undefined; // no JWT
  }
}
