import { writtenRules } from '../bound-matches';
import type { Rule } from '../rule';

const LISTS = ['baggage', 'tracestate', 'cookie'];

/** A regex that was meant to be found somewhere, and has to match the whole. */
export const regexWithoutWildcards: Rule = {
  id: 'MESH148',
  name: 'regex-without-wildcards',
  severity: 'warning',
  codes: [],
  summary: 'a regex matches one text alone',
  why: 'Envoy matches a regex in full: it is no search. "^/api" takes the path "/api" and no path below it, and "Chrome" takes no browser\'s user-agent. Source: Envoy, RegexMatcher: "the entire value must match".',
  remedy: 'Say what may stand before and after (`.*`), or write `exact` or `prefix`, which say it and are faster.',
  *check(mesh) {
    for (const { rule, at } of writtenRules(mesh.of('VirtualService')))
      for (const [j, m] of ((rule.match ?? []) as any[]).entries()) {
        if (!m) continue;
        for (const { path, regex } of regexes(m)) {
          const [, begins, literal, ends] = /^(\^?)((?:[^\\.+*?()|[\]{}^$]|\\[./-])+)(\$?)$/.exec(regex) ?? [];
          if (literal === undefined) continue;
          const text = literal.replace(/\\(.)/g, '$1');
          const searched = (begins !== '' && ends === '') || (begins === '' && ends !== '') || path.includes('user-agent');
          yield {
            at: at('match', j, ...path, 'regex'),
            severity: searched ? 'warning' : 'info',
            message: `this regex matches "${text}" alone: it has to match the whole value`,
            hint:
              begins !== '' && ends === ''
                ? `prefix: ${text}, or exact: ${text}`
                : searched
                  ? `regex: .*${literal}.*`
                  : `exact: ${text}`,
          };
        }
      }
  },
};

function* regexes(m: any): Iterable<{ readonly path: readonly string[]; readonly regex: string }> {
  for (const field of ['uri', 'method', 'authority', 'scheme'])
    if (typeof m[field]?.regex === 'string') yield { path: [field], regex: m[field].regex };
  for (const map of ['headers', 'withoutHeaders', 'queryParams'])
    for (const [name, value] of Object.entries<any>(m[map] ?? {}))
      if (typeof value?.regex === 'string' && !(map !== 'queryParams' && LISTS.includes(name.toLowerCase())))
        yield { path: [map, name], regex: value.regex };
}
