import type { FieldPath, Manifest } from '../../manifests/manifest';
import type { Found, Rule } from '../rule';

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
    const seen = new Set<unknown>();
    for (const vs of mesh.model.virtualServices)
      for (const { rule, from, path } of vs.http) {
        // a delegate's rule has the match of the root's too, and is there once for each match of several roots
        const key = `${from.namespace}/${from.name} ${path.join('.')}`;
        const found = seen.has(key) ? undefined : inRule(rule, from.manifest, path, from === vs.config);
        if (!found) continue;
        seen.add(key);
        yield found;
      }
  },
};

function inRule(rule: any, manifest: Manifest, path: FieldPath, own: boolean): Found | undefined {
  if (rule.rewrite?.uriRegexRewrite) return undefined;
  const [field, key, to] =
    rule.rewrite?.uri === undefined
      ? (['redirect', 'prefixRewrite', rule.redirect?.prefixRewrite] as const)
      : (['rewrite', 'uri', rule.rewrite.uri] as const);
  if (typeof to !== 'string' || !to.startsWith('/')) return undefined;
  const matches: any[] = rule.match?.length > 0 ? rule.match : [undefined];
  for (const [j, m] of matches.entries()) {
    const prefix = prefixOf(m);
    if (prefix === undefined || prefix.endsWith('/') === to.endsWith('/')) continue;
    const request = prefix.endsWith('/') ? `${prefix}users` : `${prefix}/users`;
    return {
      at: { manifest, path: [...path, field, key] },
      message: `"${request}" becomes "${to + request.slice(prefix.length)}": the prefix "${prefix}" ${prefix.endsWith('/') ? 'ends with a slash and the rewrite does not' : 'ends without a slash and the rewrite with one'}`,
      hint: hintOf(prefix, to),
      related: m && own ? [{ at: { manifest, path: [...path, 'match', j] }, message: 'the prefix that is replaced' }] : [],
    };
  }
  return undefined;
}

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
