import { writtenRules } from '../bound-matches';
import type { Rule } from '../rule';

/** A prefix and what stands for it, of which one alone ends with a slash. */
export const rewriteSlash: Rule = {
  id: 'MESH145',
  name: 'rewrite-slash',
  severity: 'warning',
  codes: [],
  summary: 'a rewrite doubles a slash, or loses one',
  why: 'Envoy puts the new text in the place of exactly the prefix that was matched. With the prefix "/api" and the rewrite "/", "/api/users" becomes "//users"; with "/api/" and "/v2" it becomes "/v2users". Many servers answer that with 404 or a redirect. Source: Envoy, `prefix_rewrite` of RouteAction; istio/istio#26828, #22708.',
  remedy:
    'Let both end with a slash, or neither, and match the path without a slash by `exact` in a match of a rule of its own; or use `uriRegexRewrite`.',
  *check(mesh) {
    for (const { rule, at } of writtenRules(mesh.of('VirtualService')))
      for (const [field, to] of [
        ['rewrite', rule.rewrite?.uri],
        ['redirect', rule.redirect?.prefixRewrite],
      ] as const) {
        if (typeof to !== 'string' || !to.startsWith('/') || rule.rewrite?.uriRegexRewrite) continue;
        const key = field === 'rewrite' ? 'uri' : 'prefixRewrite';
        const matches: any[] = rule.match?.length > 0 ? rule.match : [undefined];
        for (const [j, m] of matches.entries()) {
          const prefix = prefixOf(m);
          if (prefix === undefined || prefix.endsWith('/') === to.endsWith('/')) continue;
          const request = prefix.endsWith('/') ? `${prefix}users` : `${prefix}/users`;
          const becomes = to + request.slice(prefix.length);
          yield {
            at: at(field, key),
            message: `"${request}" becomes "${becomes}": the prefix "${prefix}" ${prefix.endsWith('/') ? 'ends with a slash and the rewrite does not' : 'ends without a slash and the rewrite with one'}`,
            hint: hintOf(prefix, to),
            ...(m ? { related: [{ at: at('match', j), message: 'the prefix that is replaced' }] } : {}),
          };
          break;
        }
      }
  },
};

/** What is replaced; nothing where the whole path is. */
function prefixOf(match: any): string | undefined {
  const uri = match?.uri;
  if (!uri || (uri.exact === undefined && uri.prefix === undefined && uri.regex === undefined)) return '/';
  return typeof uri.prefix === 'string' ? uri.prefix : undefined;
}

function hintOf(prefix: string, to: string): string {
  if (prefix.endsWith('/')) return `rewrite to "${to}/"`;
  return to === '/'
    ? `match "${prefix}/" by prefix, and "${prefix}" by exact: both become "/"`
    : `rewrite to "${to.slice(0, -1)}"`;
}
