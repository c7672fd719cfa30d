import { isEmpty } from '../../routing/match';
import { matchOf, writtenRules } from '../bound-matches';
import type { Rule } from '../rule';

/** A match that no request can meet. */
export const impossibleMatch: Rule = {
  id: 'MESH121',
  name: 'impossible-match',
  severity: 'warning',
  codes: [],
  summary: 'a match that no request can meet',
  why: 'Envoy compares with what is sent, and nobody sends this: paths begin with "/" and are compared without their query, blanks around a header value are no part of it, query parameters are compared as they stand in the URL. The match is there and never met. Source: Envoy, source/common/router/config_impl.cc; pilot/pkg/networking/core/route/route.go, TranslateRouteMatch.',
  remedy: 'Write what requests have: a query goes into `queryParams`, a path begins with "/".',
  *check(mesh) {
    for (const { rule, at } of writtenRules(mesh.of('VirtualService')))
      for (const [j, m] of ((rule.match ?? []) as any[]).entries()) {
        if (!m) continue;
        for (const { path, why, hint } of reasons(m))
          yield { at: at('match', j, ...path), message: `no request meets this match: ${why}`, ...(hint ? { hint } : {}) };
      }
  },
};

interface Reason {
  readonly path: readonly (string | number)[];
  readonly why: string;
  readonly hint?: string;
}

function* reasons(m: any): Iterable<Reason> {
  yield* ofPath(m.uri);
  const scheme = m.scheme?.exact;
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https')
    yield { path: ['scheme', 'exact'], why: `the scheme is "http" or "https", never "${scheme}"` };
  for (const [name, value] of Object.entries<any>(m.headers ?? {})) {
    const exact = value?.exact;
    if (typeof exact === 'string' && exact !== exact.trim())
      yield {
        path: ['headers', name, 'exact'],
        why: `blanks around a value are no part of it, and ${JSON.stringify(exact)} has some`,
        hint: `write ${JSON.stringify(exact.trim())}`,
      };
  }
  for (const [name, value] of Object.entries<any>(m.queryParams ?? {})) {
    const found = /[ &#]/.exec(value?.exact ?? value?.prefix ?? '');
    if (found)
      yield {
        path: ['queryParams', name, value.exact === undefined ? 'prefix' : 'exact'],
        why: `a query parameter is compared as it stands in the URL, where there is no "${found[0]}"`,
        hint: `write %${found[0].charCodeAt(0).toString(16).toUpperCase()} for "${found[0]}"${found[0] === ' ' ? ', or + where clients send that' : ''}`,
      };
  }
  if ((m.headers || m.withoutHeaders) && isEmpty(matchOf(m, true).match)) {
    const both = Object.keys(m.withoutHeaders ?? {}).find((n) => isEmpty(matchOf(only(m, n), true).match)) ?? '';
    yield {
      path: ['withoutHeaders', ...(both ? [both] : [])],
      why:
        both in (m.headers ?? {})
          ? `header "${both}" is asked for, and with the same value excluded`
          : `what is excluded for header "${both}" holds for requests that do not send it as well: it counts as empty`,
    };
  }
}

const only = (m: any, name: string) => ({
  withoutHeaders: { [name]: m.withoutHeaders[name] },
  headers: Object.fromEntries(Object.entries(m.headers ?? {}).filter(([n]) => n.toLowerCase() === name.toLowerCase())),
});

function* ofPath(uri: any): Iterable<Reason> {
  for (const kind of ['exact', 'prefix'] as const) {
    const value = uri?.[kind];
    if (typeof value !== 'string' || value === '') continue;
    const query = /[?#]/.exec(value);
    if (!value.startsWith('/') && value !== '*')
      yield { path: ['uri', kind], why: `paths begin with "/", and "${value}" does not`, hint: hintOf(value) };
    else if (query)
      yield {
        path: ['uri', kind],
        why: `the path is compared without its query, and has no "${query[0]}"`,
        hint: `write "${value.slice(0, query.index)}"${query[0] === '?' ? ', and the query into queryParams' : ''}`,
      };
  }
  const regex = uri?.regex;
  if (typeof regex === 'string' && /^[A-Za-z0-9_-](?![*?{|])[^|]*$/.test(regex))
    yield {
      path: ['uri', 'regex'],
      why: `paths begin with "/", and what matches "${regex}" does not`,
      hint: `write "/${regex}", or ".*" before it`,
    };
}

/** `^` begins no path, but a regex: what follows is meant, and as one. */
const hintOf = (value: string): string =>
  value.startsWith('^') ? `write "${value.slice(1)}", or regex: ${value}` : `write "/${value}"`;
