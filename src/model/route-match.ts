import type { ValueMatch as TextMatch } from '../routing/string-match';
import type { HeaderMatcher, RouteMatch } from './route';

/** Source: route.go, canBeConvertedToPresentMatch and ConvertToEnvoyMatch. */
export function textMatch(m: any): TextMatch {
  if (m?.exact !== undefined) return { exact: String(m.exact) };
  if (m?.prefix !== undefined) return { prefix: String(m.prefix) };
  if (m?.regex !== undefined && m.regex !== '*') return { regex: String(m.regex) };
  return { present: true };
}

/** What Envoy is told of a match. Source: route.go, TranslateRouteMatch. */
export function routeMatch(m: any): RouteMatch {
  const headers: HeaderMatcher[] = [];
  const claims: { path: readonly string[]; match: TextMatch; invert: boolean }[] = [];
  for (const [list, invert] of [
    ['headers', false],
    ['withoutHeaders', true],
  ] as const)
    for (const [name, value] of Object.entries(m[list] ?? {})) {
      const claim = claimPath(name);
      if (claim) claims.push({ path: claim, match: textMatch(value), invert });
      else headers.push({ name: name.toLowerCase(), match: textMatch(value), invert, field: `${list}["${name}"]` });
    }
  for (const field of ['method', 'authority', 'scheme'] as const)
    if (m[field]) headers.push({ name: `:${field}`, match: textMatch(m[field]), invert: false, field });
  return {
    path: pathMatch(m.uri),
    ignoreCase: m.ignoreUriCase === true,
    headers,
    query: Object.entries(m.queryParams ?? {}).map(([name, value]) => ({ name, match: textMatch(value) })),
    claims,
  };
}

function pathMatch(uri: any): RouteMatch['path'] {
  if (uri?.exact !== undefined) return { kind: 'exact', value: uri.exact };
  if (uri?.prefix !== undefined) return { kind: 'prefix', value: uri.prefix };
  if (uri?.regex !== undefined) return { kind: 'regex', value: uri.regex };
  return { kind: 'prefix', value: '/' };
}

/** `@request.auth.claims.group.id`, `@request.auth.claims[group][id]`. Source: pkg/jwt, ToRoutingClaim. */
export function claimPath(name: string): readonly string[] | undefined {
  const [, rest] = /^@request\.auth\.claims([.[].+)$/i.exec(name) ?? [];
  if (!rest) return undefined;
  if (rest.startsWith('.')) return rest.slice(1).split('.');
  return rest.endsWith(']') ? rest.slice(1, -1).split('][') : undefined;
}
