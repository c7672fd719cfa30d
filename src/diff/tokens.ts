import { toBase64Url } from '../model/base64';
import type { PolicyClause } from './policy-clauses';
import { testOfGlob } from './samples';

/** The signature of the tokens that are made here. */
export const UNSIGNED = toBase64Url('unsigned');
/** Something that is no token. */
const GARBAGE = 'garbage';

/**
 * Tokens to send, as the text of their claims: none, something that is none, one of each issuer, and of each issuer one
 * that has what a policy asks for. They are not signed: a signature counts as right.
 */
export function tokens(tokenRules: readonly any[], clauses: readonly PolicyClause[]): (string | undefined)[] {
  if (tokenRules.length === 0) return [undefined];
  const out: (string | undefined)[] = [undefined, GARBAGE];
  for (const rule of tokenRules) {
    const base = { iss: rule.issuer ?? 'issuer', sub: 'user', ...(rule.audiences?.length > 0 ? { aud: rule.audiences[0] } : {}) };
    out.push(JSON.stringify(base));
    for (const c of clauses) {
      const asks = c.parts.filter((p) => p.key.startsWith('request.auth.') && p.values.length > 0);
      if (asks.length === 0) continue;
      for (let i = 0; i < Math.max(...asks.map((p) => p.values.length)); i++) {
        const claims: Record<string, unknown> = { ...base };
        for (const p of asks) ask(claims, p.key, p.values[i % p.values.length]!);
        out.push(JSON.stringify(claims));
      }
    }
  }
  return [...new Set(out)];
}

function ask(claims: Record<string, unknown>, key: string, value: string): void {
  const t = testOfGlob(value);
  const text = t.kind === 'any' ? 'x' : t.kind === 'prefix' ? `${t.value}x` : t.kind === 'suffix' ? `x${t.value}` : t.value;
  if (key === 'request.auth.principal') {
    if (t.kind === 'any') return;
    const at = text.lastIndexOf('/');
    if (at < 0) claims.sub = text;
    else [claims.iss, claims.sub] = [text.slice(0, at), text.slice(at + 1)];
  } else if (key === 'request.auth.audiences') claims.aud = text;
  else if (key === 'request.auth.presenter') claims.azp = text;
  else {
    const path = (/^request\.auth\.claims((?:\[[^\]]+\])+)$/.exec(key)?.[1] ?? '[]').slice(1, -1).split('][');
    let at: Record<string, unknown> = claims;
    for (const name of path.slice(0, -1)) {
      at[name] = typeof at[name] === 'object' && at[name] !== null ? at[name] : {};
      at = at[name] as Record<string, unknown>;
    }
    at[path.at(-1)!] = text;
  }
}

/** What the server knows of a token that it finds valid. */
export function claimsOf(token: string | undefined, tokenRules: readonly any[]): Record<string, unknown> | undefined {
  if (token === undefined || token === GARBAGE) return undefined;
  const claims = JSON.parse(token) as Record<string, unknown>;
  return tokenRules.some((r) => r.issuer === undefined || r.issuer === claims.iss) ? claims : undefined;
}

/** The header that carries a token, as the first rule for its issuer wants it. */
export function tokenHeader(token: string, tokenRules: readonly any[]): readonly [string, string] {
  const claims = token === GARBAGE ? undefined : (JSON.parse(token) as { iss?: unknown });
  const text = claims ? `${toBase64Url('{"alg":"none"}')}.${toBase64Url(token)}.${UNSIGNED}` : GARBAGE;
  const rule = tokenRules.find((r) => r.issuer === claims?.iss) ?? tokenRules[0];
  const [from] = (rule?.fromHeaders ?? []) as { name: string; prefix?: string }[];
  return from ? [from.name.toLowerCase(), `${from.prefix ?? ''}${text}`] : ['authorization', `Bearer ${text}`];
}

/** In people's words. */
export function tokenText(token: string): string {
  if (token === GARBAGE) return 'a token that is none';
  const { iss, sub, ...rest } = JSON.parse(token) as Record<string, unknown>;
  const more = Object.entries(rest).map(([k, v]) => `${k} ${typeof v === 'string' ? v : JSON.stringify(v)}`);
  return `a token of ${iss}${sub === 'user' ? '' : ` for ${sub}`}${more.length > 0 ? ` with ${more.join(', ')}` : ''}`;
}
