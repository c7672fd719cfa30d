import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';

/** An Ed25519 key made from a text, so that the same seed signs the same tokens. Nobody's secret. */
function keyOf(text: string) {
  const bytes = createHash('sha256').update(text).digest();
  return createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), bytes]),
    format: 'der',
    type: 'pkcs8',
  });
}

const RIGHT = keyOf('right');
/** A key that nobody trusts. */
export const WRONG = keyOf('wrong');
/** The key that signs tokens, as a RequestAuthentication says it. */
export const jwks = JSON.stringify({
  keys: [{ ...createPublicKey(RIGHT).export({ format: 'jwk' }), kid: 'k', alg: 'EdDSA', use: 'sig' }],
});
const encode = (o: unknown) => Buffer.from(typeof o === 'string' ? o : JSON.stringify(o)).toString('base64url');

/** A token with claims, valid for long. */
export function token(claims: Record<string, unknown>, key = RIGHT, kid = 'k'): string {
  const text = `${encode({ alg: 'EdDSA', kid, typ: 'JWT' })}.${encode({ exp: 4102444800, ...claims })}`;
  return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
}
