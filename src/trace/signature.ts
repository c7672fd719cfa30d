// The one file of trace/ that needs Node: given to it by who traces.
import { createPublicKey, verify } from 'node:crypto';

const HASHES: Record<string, string> = { '256': 'sha256', '384': 'sha384', '512': 'sha512' };

/** Whether a token is signed with a key of the set. */
export function isSigned(jwks: string, header: Readonly<Record<string, unknown>>, text: string, signature: string): boolean {
  const alg = String(header.alg ?? '');
  const hash = HASHES[alg.slice(2)];
  const keys: any[] = (() => {
    try {
      return JSON.parse(jwks).keys ?? [];
    } catch {
      return [];
    }
  })();
  return keys.some((key) => {
    if (header.kid !== undefined && key.kid !== undefined && key.kid !== header.kid) return false;
    try {
      const publicKey = createPublicKey({ key, format: 'jwk' });
      const bytes = Buffer.from(signature, 'base64url');
      if (alg === 'EdDSA') return verify(null, Buffer.from(text), publicKey, bytes);
      if (!hash) return false;
      if (alg.startsWith('ES')) return verify(hash, Buffer.from(text), { key: publicKey, dsaEncoding: 'ieee-p1363' }, bytes);
      if (alg.startsWith('PS')) return verify(hash, Buffer.from(text), { key: publicKey, padding: 6, saltLength: -1 }, bytes);
      return alg.startsWith('RS') && verify(hash, Buffer.from(text), publicKey, bytes);
    } catch {
      return false;
    }
  });
}
