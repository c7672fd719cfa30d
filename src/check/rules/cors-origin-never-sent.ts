import { writtenRules } from '../bound-matches';
import { items } from '../items';
import type { Rule } from '../rule';

/** A CORS policy allows an origin that no browser sends. */
export const corsOriginNeverSent: Rule = {
  id: 'MESH173',
  name: 'cors-origin-never-sent',
  severity: 'warning',
  codes: [],
  summary: 'a CORS policy allows an origin that no browser sends',
  why: 'Browsers send as origin the scheme, the host in lower case, and the port where it is not the usual one, with no slash after it: "https://shop.example.com". Envoy compares with that letter by letter, so what is written otherwise is never met, and browsers refuse the answers to their scripts. Source: RFC 6454, section 6.1; Envoy, CORS filter.',
  remedy: 'Write the origin as browsers send it; for all hosts of a domain write a `regex`.',
  *check(mesh) {
    for (const { rule, at } of writtenRules(mesh.of('VirtualService')))
      for (const [i, origin] of items(rule.corsPolicy?.allowOrigins))
        for (const kind of ['exact', 'prefix'] as const) {
          const text: unknown = origin[kind];
          const wrong = typeof text === 'string' ? reason(text, kind) : undefined;
          if (wrong)
            yield {
              at: at('corsPolicy', 'allowOrigins', i, kind),
              message: `no browser sends the origin "${text}": ${wrong.why}`,
              hint: wrong.hint,
            };
        }
  },
};

const ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/i;

function reason(text: string, kind: 'exact' | 'prefix'): { readonly why: string; readonly hint: string } | undefined {
  // of a page without an origin, and any
  if (text === '' || text === 'null' || text === '*') return undefined;
  const [, scheme, host, rest] = ORIGIN.exec(text) ?? [];
  if (scheme === undefined || host === undefined) {
    // the beginning of a scheme is met still
    if (kind === 'prefix' && /^[a-z]+(?:$|:\/{0,2}$)/.test(text)) return undefined;
    return {
      why: 'an origin begins with its scheme',
      hint: text.includes('*') ? regexOf(`https://${text}`) : `write "https://${text}"`,
    };
  }
  if (host.includes('*')) return { why: '"*" is no pattern in it', hint: regexOf(`${scheme}://${host}`) };
  if (rest !== '') return { why: 'an origin has no path, and no slash at its end', hint: `write "${scheme}://${host}"` };
  const lower = `${scheme}://${host}`.toLowerCase();
  if (lower !== text) return { why: 'origins are in lower case', hint: `write "${lower}"` };
  const usual = { http: ':80', https: ':443' }[scheme];
  if (kind === 'exact' && usual && host.endsWith(usual))
    return { why: 'the usual port is left out', hint: `write "${text.slice(0, -usual.length)}"` };
  return undefined;
}

const regexOf = (origin: string): string => `regex: ${origin.replace(/\./g, '\\.').replace(/\*/g, '[^/]+')}`;
