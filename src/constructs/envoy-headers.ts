import type { Match } from '../routing/match';
import type { PathMatch } from '../routing/path-match';
import { quote, type ValueMatch } from '../routing/string-match';

/** Envoy's `HeaderMatcher`, as EnvoyFilter writes it. */
export type HeaderMatcher = Readonly<Record<string, unknown>> & { readonly name: string };

const stringMatch = (v: ValueMatch) =>
  'exact' in v
    ? { exact: v.exact }
    : 'prefix' in v
      ? { prefix: v.prefix }
      : { safe_regex: { regex: 'regex' in v ? v.regex : '' } };

/** A condition on one header, as Envoy writes it. */
export const headerMatcher = (name: string, v: ValueMatch): HeaderMatcher =>
  'present' in v ? { name, present_match: true } : { name, string_match: stringMatch(v) };

/** That no line of the header is so. A missing header counts as an empty one, as in the routes that istiod writes. */
const without = (name: string, v: ValueMatch): HeaderMatcher => ({
  ...headerMatcher(name, v),
  invert_match: true,
  ...('present' in v ? {} : { treat_missing_header_as_empty: true }),
});

/** That the header is not there. */
export const headerAbsent = (name: string): HeaderMatcher => without(name, { present: true });

/**
 * A match as conditions on headers alone, all of which have to be met. Envoy's `:path` has the query.
 * Throws for what headers do not tell.
 */
export function headerMatchers(m: Match, what: string): readonly HeaderMatcher[] {
  if (m.query)
    throw new Error(`${what} is about query parameters, which are not compared there: limit by path or by a header instead`);
  return [
    ...(m.path ? [pathMatcher(m.path, what)] : []),
    ...(m.method ? [headerMatcher(':method', m.method)] : []),
    ...(m.authority ? [headerMatcher(':authority', m.authority)] : []),
    ...Object.entries(m.headers ?? {}).flatMap(([name, { all, none }]) => [
      ...all.map((c) => headerMatcher(name, c)),
      ...none.map((c) => without(name, c)),
    ]),
  ];
}

function pathMatcher({ match, ignoreCase }: PathMatch, what: string): HeaderMatcher {
  const name = ':path';
  if ('prefix' in match) return { name, string_match: { prefix: match.prefix, ...(ignoreCase ? { ignore_case: true } : {}) } };
  if ('exact' in match)
    return { name, string_match: { safe_regex: { regex: `${ignoreCase ? '(?i)' : ''}${quote(match.exact)}(?:\\?.*)?` } } };
  throw new Error(
    `${what} has a regex on the path, which Envoy would compare with the query too: say path.exact, path.prefix or path.startsWith`,
  );
}
