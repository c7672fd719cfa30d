import { re2 } from '../../routing/string-match';
import { writtenRules } from '../bound-matches';
import type { Found, Rule } from '../rule';

const LISTS: Readonly<Record<string, string>> = { baggage: ',', tracestate: ',', cookie: '; ' };

/** A regex on a header of several entries that does not say where its entry begins and ends. */
export const listHeaderRegex: Rule = {
  id: 'MESH147',
  name: 'list-header-regex',
  severity: 'warning',
  codes: [],
  summary: 'a regex on baggage, tracestate or a cookie takes entries of other keys or values',
  why: 'These headers hold entries with something between them. A regex that does not say what stands before and after its entry takes others too: `.*env=dev1.*` takes the requests of env=dev10 and of myenv=dev1, which then end in the environment of somebody else; and one without `.*` is met by requests alone that have no other entry. Source: Envoy matches a regex in full (RE2); W3C Baggage; RFC 6265.',
  remedy:
    'Say both ends: `(?:.*,)?\\s*env=dev1\\s*(?:[,;].*)?` for baggage and tracestate, `(?:.*;\\s*)?user=jason(?:;.*)?` for a cookie.',
  *check(mesh) {
    for (const { rule, at } of writtenRules(mesh.of('VirtualService')))
      for (const [j, m] of ((rule.match ?? []) as any[]).entries())
        for (const list of ['headers', 'withoutHeaders'] as const)
          for (const [name, value] of Object.entries<any>(m?.[list] ?? {})) {
            const between = LISTS[name.toLowerCase()];
            if (between === undefined || !value) continue;
            const found = judged(value, between);
            if (found) yield { at: at('match', j, list, name, ...Object.keys(value).slice(0, 1)), ...found };
          }
  },
};

function judged(value: any, between: string): Omit<Found, 'at'> | undefined {
  const given: unknown = value.regex ?? value.exact ?? value.prefix;
  if (typeof given !== 'string') return undefined;
  const test = testOf(value);
  // one entry, as it is written: the key, "=" and a value without anything that stands for something else
  const [, key, is] = /([\w.-]+)=([\w.-]*\w)/.exec(given.replace(/\\[.]/g, '.').replace(/\\-/g, '-')) ?? [];
  if (!test || key === undefined || is === undefined || !test(`${key}=${is}`)) return undefined;
  const hint =
    between === ','
      ? `regex: (?:.*,)?\\s*${quoted(key)}=${quoted(is)}\\s*(?:[,;].*)?`
      : `regex: (?:.*;\\s*)?${quoted(key)}=${quoted(is)}(?:;.*)?`;
  const wrong = [`${key}=${is}0`, `x${key}=${is}`].filter(test);
  if (wrong.length > 0)
    return { message: `this takes ${wrong.map((w) => `"${w}"`).join(' and ')} as well as "${key}=${is}"`, hint };
  const among = [`a=b${between}${key}=${is}`, `${key}=${is}${between}a=b`].filter((w) => !test(w));
  if (among.length > 0)
    return { message: `this is not met where the header has another entry: ${among.map((w) => `"${w}"`).join(', ')}`, hint };
  return undefined;
}

const quoted = (text: string) => text.replaceAll('.', '\\.');

function testOf(value: any): ((text: string) => boolean) | undefined {
  if (value.exact !== undefined) return (t) => t === value.exact;
  if (value.prefix !== undefined) return (t) => t.startsWith(value.prefix);
  try {
    const re = re2(value.regex);
    return (t) => re.matches(t);
  } catch {
    return undefined;
  }
}
