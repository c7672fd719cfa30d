/** What a key needs, and which fields are base64. `d` makes it private. */
const KINDS: Readonly<Record<string, { readonly needs: readonly string[]; readonly bytes: readonly string[] }>> = {
  RSA: { needs: ['e', 'n'], bytes: ['e', 'n', 'd', 'dp', 'dq', 'p', 'q', 'qi'] },
  EC: { needs: ['crv', 'x', 'y'], bytes: ['x', 'y', 'd'] },
  OKP: { needs: ['crv', 'x'], bytes: ['x', 'd'] },
  oct: { needs: ['k'], bytes: ['k'] },
};
/** Fields that any key may have as text. */
const TEXTS = ['kty', 'alg', 'kid', 'use', 'x5t', 'x5t#S256', 'x5u', 'crv'];

/**
 * Whether each key of a set, or the one key, is private; or what is wrong. Of a certificate (`x5c`)
 * only the frame is looked at.
 * Source: jwk.Parse of github.com/lestrrat-go/jwx, which istiod calls.
 */
export function keySet(text: string): readonly boolean[] | string {
  let value: any;
  try {
    value = JSON.parse(firstObject(text));
  } catch (e) {
    return `is no JSON: ${(e as Error).message}`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'is no set of keys: it has to be {"keys": […]}';
  if (!Object.hasOwn(value, 'keys')) {
    const one = key(value, 'the key');
    return typeof one === 'string' ? one : [one];
  }
  if (value.keys === null) return [];
  if (!Array.isArray(value.keys)) return 'has "keys" that are no list';
  const keys: boolean[] = [];
  for (const [i, k] of value.keys.entries()) {
    const one = key(k, `key ${i}`);
    if (typeof one === 'string') return one;
    keys.push(one);
  }
  return keys;
}

/** What comes after the first object is not read. */
function firstObject(text: string): string {
  if (!/^\s*\{/.test(text)) return text;
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:\\.|[^"\\])*"|[{}]/gs)) {
    if (token === '{') depth++;
    if (token === '}' && --depth === 0) return text.slice(0, index + 1);
  }
  return text;
}

function key(value: any, what: string): boolean | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return `has ${what}, which is no key: it has to be {"kty": …}`;
  const { kty } = value;
  if (typeof kty !== 'string' || !Object.hasOwn(KINDS, kty))
    return `has ${what} of kty ${JSON.stringify(kty) ?? 'nothing'}: it has to be one of ${Object.keys(KINDS).join(', ')}`;
  const { needs, bytes } = KINDS[kty]!;
  const secret = kty === 'oct' || value.d !== undefined;
  const known = [...TEXTS, ...bytes].filter((f) => f !== 'd' || secret);
  for (const f of known) {
    const v = value[f] ?? '';
    if (typeof v !== 'string') return `has ${what} with "${f}" that is no text`;
    if (bytes.includes(f) && !isBase64(v)) return `has ${what} with "${f}" that is no base64`;
  }
  for (const f of ['key_ops', 'x5c'])
    if (
      value[f] !== undefined &&
      value[f] !== null &&
      !(Array.isArray(value[f]) && value[f].every((v: unknown) => typeof v === 'string'))
    )
      return `has ${what} with "${f}" that is no list of texts`;
  if (Array.isArray(value.x5c) && !value.x5c.every(isCertificate))
    return `has ${what} with "x5c" that is no list of certificates`;
  const missing = needs.find((f) => value[f] === undefined);
  return missing ? `has ${what} without "${missing}", which kty "${kty}" needs` : secret;
}

/** As it is, or as it is in URLs; padded, or not. */
function isBase64(text: string): boolean {
  const bare = text.replace(/[\r\n]/g, '');
  if (!/^(?:[\w-]*|[A-Za-z0-9+/]*)={0,2}$/.test(bare)) return false;
  const size = bare.replace(/=+$/, '').length;
  return size % 4 !== 1 && (!bare.endsWith('=') || bare.length % 4 === 0);
}

/** Whether it is base64 of one ASN.1 sequence. */
function isCertificate(text: string): boolean {
  if (!isBase64(text)) return false;
  const bytes = Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  const [tag, first = 0] = bytes;
  const more = first < 0x80 ? 0 : first - 0x80;
  const length = more === 0 ? first : bytes.slice(2, 2 + more).reduce((n, b) => n * 256 + b, 0);
  return tag === 0x30 && more < 5 && length > 0 && bytes.length === 2 + more + length;
}
