import type { Field } from './field';
import { matchType } from './string-match';

/**
 * Rules and matches that the ones before them leave nothing for, as Istio finds them: by comparing text, so that much is
 * missed, and a `GET` is assumed where no method is said. Source: validation.go, analyzeUnreachable*Rules.
 */
export function reachability(spec: Field): void {
  for (const list of ['http', 'tcp', 'tls'] as const) rules(spec.at(list), list === 'http');
}

interface PrefixMatch {
  readonly match: Field;
  readonly rule: Field;
  readonly prefix: string;
  readonly port: number;
  readonly texts: readonly string[];
  readonly maps: readonly ReadonlyMap<string, string>[];
}

function rules(list: Field, http: boolean): void {
  const seen = new Map<string, Field>();
  const prefixes: PrefixMatch[] = [];
  // one match alone is compared with nothing
  const several = countOf(list) > 1;
  let all: Field | undefined;
  for (const rule of list.items()) {
    const matches = rule.at('match');
    if (!matches.given) {
      if (all) rule.warning(`is never used: ${named(all)} has no match either, so it takes everything`, 'IST0130');
      all = rule;
      continue;
    }
    if (all) {
      rule.warning(`is never used: ${named(all)} before it has no match, so it takes everything`, 'IST0130');
      continue;
    }
    let [count, repeated] = [0, 0];
    for (const match of matches.items()) {
      count++;
      if (!several) continue;
      const key = asText(match, http);
      const first = seen.get(key);
      if (first) {
        match.info(`does nothing: it is the same as a match of ${first === rule ? 'this rule' : named(first)}`, 'IST0131');
        repeated++;
        continue;
      }
      seen.set(key, rule);
      const prefix = http ? prefixMatch(match, rule) : undefined;
      if (prefix) prefixes.push(prefix);
    }
    if (repeated === count) rule.warning('is never used: rules before it have all of its matches', 'IST0130');
  }
  for (const [i, a] of prefixes.entries())
    for (const b of prefixes.slice(i + 1))
      if (a.prefix !== b.prefix && covers(a, b))
        b.match.info(
          `does nothing: "${a.prefix}" of ${a.rule.key === b.rule.key ? 'this rule' : named(a.rule)} takes "${b.prefix}" before`,
          'IST0131',
        );
}

const countOf = (list: Field): number => ((list.value ?? []) as any[]).reduce((n, rule) => n + (rule?.match?.length ?? 0), 0);

const named = (rule: Field): string => {
  const name = rule.at('name').text;
  return name ? `rule "${name}"` : `rule ${Number(rule.key) + 1}`;
};

const MESSAGES = ['uri', 'scheme', 'method', 'authority'];
const MATCH_MAPS = ['headers', 'queryParams', 'withoutHeaders'];

/** The match as text that is the same for what means the same to protobuf: values that are the default are not there. */
function asText(match: Field, http: boolean): string {
  const out: [string, unknown][] = [];
  for (const [key, value] of Object.entries(match.value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (value === null || value === undefined || value === '' || value === 0 || value === false) continue;
    if (http && key === 'name') continue;
    if (Array.isArray(value) && value.length === 0) continue;
    if (http && MESSAGES.includes(key)) out.push([key, stringText(match.at(key))]);
    else if (typeof value === 'object' && !Array.isArray(value)) {
      const entries = [...match.at(key).entries()].sort((a, b) => (a.key < b.key ? -1 : 1));
      if (entries.length > 0) out.push([key, entries.map((e) => [e.key, MATCH_MAPS.includes(key) ? stringText(e) : e.value])]);
    } else out.push([key, value]);
  }
  return JSON.stringify(out);
}

const stringText = (m: Field) => {
  const type = matchType(m);
  return type ? [type, m.at(type).text] : [];
};

function prefixMatch(match: Field, rule: Field): PrefixMatch | undefined {
  const uri = match.at('uri');
  const prefix = matchType(uri) === 'prefix' ? uri.at('prefix').text : '';
  if (prefix === '') return undefined;
  return {
    match,
    rule,
    prefix,
    port: match.at('port').number,
    texts: [exactOrPrefix(match.at('method')) || 'exact:GET', exactOrPrefix(match.at('authority'))],
    maps: ['headers', 'queryParams', 'withoutHeaders'].map(
      (k) => new Map([...match.at(k).entries()].map((e) => [e.key, exactOrPrefix(e)])),
    ),
  };
}

function exactOrPrefix(match: Field): string {
  const type = matchType(match);
  const text = type === 'exact' || type === 'prefix' ? match.at(type).text : '';
  return text === '' ? '' : `${type}:${text}`;
}

/** Source: validation.go, coveredValidation. */
function covers(a: PrefixMatch, b: PrefixMatch): boolean {
  return (
    b.prefix.startsWith(a.prefix) &&
    a.port === b.port &&
    a.texts.every((t, i) => t.startsWith(b.texts[i]!)) &&
    a.maps.every((m, i) => {
      const other = b.maps[i]!;
      return m.size === other.size && [...m].every(([k, v]) => other.has(k) && v.startsWith(other.get(k)!));
    })
  );
}
