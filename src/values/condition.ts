import { describeMatches } from '../routing/describe';
import { and as both, type Match } from '../routing/match';
import { quote, type StringMatch, type ValueMatch } from '../routing/string-match';
import { text } from './names';
import { checkRegex } from './regex';
import { shown } from './shown';
import {
  asSent,
  baggageValue,
  cookieValue,
  headerValue,
  queryName,
  queryValue,
  token,
  tracestateKey,
  tracestateValue,
} from './wire-text';

/** Where a condition can be asked: a gateway alone knows the claims of tokens when it chooses a route. */
export type Where = 'anywhere' | 'gateway';

/**
 * Which requests are meant: what `when:` takes everywhere. Immutable; combine with {@link Condition.and} and
 * {@link Condition.or}. With a `claim(…)` in it, it is for routes of gateways alone.
 */
export class Condition<W extends Where = 'anywhere'> {
  /** For the compiler alone: it is never there. */
  declare readonly where?: W;

  /** @internal */
  constructor(readonly matches: readonly Match[]) {}

  /** Requests that meet both. Throws when none can, or when Istio has no way to say it. */
  and<V extends Where>(other: Condition<V>): Condition<W | V> {
    checkCondition(other, 'what and(…) takes');
    const matches = this.matches.flatMap((a) => other.matches.flatMap((b) => both(a, b) ?? []));
    if (matches.length === 0)
      throw new Error(
        `no request can meet ${part(this)} and ${part(other)} at once: say .or(…) if either is meant, or leave one of them out`,
      );
    return new Condition(matches);
  }

  /** Requests that meet either. */
  or<V extends Where>(other: Condition<V>): Condition<W | V> {
    checkCondition(other, 'what or(…) takes');
    return new Condition([...this.matches, ...other.matches]);
  }

  /** In words: `path /api/*, header end-user is "jason"`. */
  toString(): string {
    return describeMatches(this.matches);
  }
}

/**
 * Throws unless the value is a condition.
 * @param what named in the error: `when of route "beta"`
 */
export function checkCondition(c: unknown, what: string): asserts c is Condition<Where> {
  if (typeof c !== 'object' || c === null || !('matches' in c))
    throw new Error(`${what} is ${JSON.stringify(c) ?? 'missing'}: it has to be a condition, such as header("x").is("y")`);
}

const part = (c: Condition<Where>) => (c.matches.length > 1 ? `(${c})` : `${c}`);

/** Every request. */
export const always = new Condition([{}]);

const one = (m: Match) => new Condition([m]);
/** @param otherwise what to say instead of what RE2 has not */
function regex(pattern: string, otherwise: Lookaround = {}): { readonly regex: string } {
  if ((pattern as unknown) instanceof RegExp)
    throw new Error(
      `a regex is ${shown(pattern)}: it has to be text, in RE2's syntax; write what is between the slashes, and flags in front, such as (?i)`,
    );
  text(pattern, 'a regex', 'or empty');
  if (pattern === '') throw new Error('a regex is empty: leave the condition out, or say present()');
  try {
    checkRegex(pattern);
  } catch (e) {
    throw new Error(`${(e as Error).message}${lookaround(pattern, otherwise)}`);
  }
  return { regex: pattern };
}

/** The way out where a pattern says what may not follow or precede. */
interface Lookaround {
  readonly not?: string;
}

/** RE2 looks neither ahead nor behind. */
function lookaround(pattern: string, { not }: Lookaround): string {
  if (/\(\?<?!/.test(pattern))
    return not
      ? `; RE2 cannot say what must not be there: say it with ${not}, and the rest with .and(…)`
      : '; RE2 cannot say what must not be there: give what is left out a narrower rule of its own, which goes first';
  return /\(\?<?=/.test(pattern)
    ? '; RE2 looks neither ahead nor behind: say the two conditions in one pattern, or with .and(…)'
    : '';
}

/** Conditions on a request header. Names are case-insensitive; values are matched line by line, as sent. */
export function header(name: string) {
  const key = token(name, 'a header name').toLowerCase();
  const what = `value of header "${name}"`;
  const not = `header("${name}").doesNotMatch(…)`;
  const all = (c: ValueMatch) => one({ headers: { [key]: { all: [c], none: [] } } });
  const none = (c: ValueMatch) => one({ headers: { [key]: { all: [], none: [c] } } });
  return {
    /** The value is exactly this; `''` is a header that is there and empty. */
    is: (value: string) => all({ exact: headerValue(value, what) }),
    /** No line has exactly this value (a request without the header is meant too). */
    isNot: (value: string) => none({ exact: notEmpty(headerValue(value, what), name) }),
    startsWith: (prefix: string) => all({ prefix: nonEmpty(prefix, `prefix of header "${name}"`) }),
    /** RE2, and the whole value has to match (Envoy anchors it). */
    matches: (pattern: string) => all(regex(pattern, { not })),
    /** No line matches whole (a request without the header is meant too, unless the regex takes an empty value). */
    doesNotMatch: (pattern: string) => none(regex(pattern, { not })),
    /** It is there, with whatever value. */
    present: () => all({ present: true }),
    /** It is not there. */
    absent: () => none({ present: true }),
  };
}

/** istiod has Envoy take a missing header for an empty one in exclusions (`treat_missing_header_as_empty`). */
function notEmpty(value: string, name: string): string {
  if (value === '')
    throw new Error(
      `header "${name}" is compared with an empty value, which Envoy also takes a missing header for: say matches('.+') if it has to have a value, present() if it has to be there`,
    );
  return value;
}

/** Conditions on one cookie: a regex on the `cookie` header, delimited so that `id` is not found inside `sid`. */
export function cookie(name: string) {
  token(name, 'a cookie name');
  const cookieHeader = (value: string) =>
    one({ headers: { cookie: { all: [regex(`(?:.*;\\s*)?${quote(name)}=${value}(?:;.*)?`)], none: [] } } });
  return {
    is: (value: string) => cookieHeader(quote(cookieValue(value, `value of cookie "${name}"`))),
    present: () => cookieHeader('[^;]*'),
  };
}

const list = (headerName: string, key: string, end: string, sent: (value: string, what: string) => string) => {
  const entry = (value: string) =>
    one({ headers: { [headerName]: { all: [regex(`(?:.*,)?\\s*${quote(key)}\\s*=\\s*${value}\\s*(?:${end}.*)?`)], none: [] } } });
  return {
    /** This value and no longer one: `dev1` is not found in `dev10`. */
    is: (value: string) => entry(quote(sent(value, `value of ${headerName} key "${key}"`))),
    present: () => entry('[^,;]*'),
  };
};

/** One key of the W3C `baggage` header, a list that services pass on. Values are percent-encoded there. */
export const baggage = (key: string) => list('baggage', token(key, 'a key of baggage'), '[,;]', baggageValue);
/** One key of the W3C `tracestate` header. */
export const tracestate = (key: string) => list('tracestate', tracestateKey(key), ',', tracestateValue);

/** Conditions on the path, without the query, as Envoy normalises it. */
export const path = {
  exact: (p: string) => pathCondition({ exact: absolute(p) }),
  /** By segment: `/api` is `/api` and `/api/x`, not `/apix`. */
  prefix: (p: string) => {
    const whole = absolute(p).replace(/\/+$/, '');
    if (whole === '') return pathCondition({ prefix: '/' });
    return new Condition([{ path: { match: { exact: whole } } }, { path: { match: { prefix: `${whole}/` } } }]);
  },
  /** The raw text: `/api` is also `/apix`. */
  startsWith: (p: string) => pathCondition({ prefix: absolute(p) }),
  /** RE2 over the whole path. */
  matches: (pattern: string) => pathCondition(regex(pattern)),
};

/** The same conditions in any case (`ignoreUriCase`). There is none for a regex: write `(?i)` in it. */
export const ignoringCase = <W extends Where>(c: Condition<W>): Condition<W> => {
  checkCondition(c, 'what ignoringCase(…) takes');
  return new Condition(
    c.matches.map((m) => {
      if (!m.path || 'regex' in m.path.match)
        throw new Error('ignoringCase is for path.exact, path.prefix and path.startsWith; in a regex write (?i)');
      return { ...m, path: { match: m.path.match, ignoreCase: true } };
    }),
  );
};

const pathCondition = (match: StringMatch) => one({ path: { match } });

function absolute(p: string): string {
  if (typeof p !== 'string' || !p.startsWith('/')) throw new Error(`path "${String(p)}" does not begin with "/"`);
  if (/[?#]/.test(p))
    throw new Error(`path "${p}" has a query or fragment: Envoy matches the path alone; use query(...) for parameters`);
  return asSent(p, 'the path', /[^\x21-\x7e]/u);
}

function nonEmpty(s: string, what: string): string {
  if (s === '') throw new Error(`${what} is empty: it would mean every value; say present()`);
  return text(s, what);
}

/** Methods that HTTP knows; Envoy compares them as they are sent. */
export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'] as const;
/** HTTP methods. */
export type Method = (typeof METHODS)[number];

/** One of these methods. */
export const method = (...methods: readonly Method[]): Condition => {
  if (methods.length === 0) throw new Error('method() names no method: no request could meet it');
  for (const m of methods)
    if (!METHODS.includes(m)) throw new Error(`${shown(m)} is not an HTTP method: use ${METHODS.join(', ')}`);
  return new Condition(methods.map((m) => ({ method: { exact: m } })));
};

/** Conditions on a query parameter; of a repeated one the first value counts, raw. */
export function query(name: string) {
  queryName(name);
  const on = (c: ValueMatch) => one({ query: { [name]: c } });
  return {
    /** The value is exactly this; `''` is `?debug` or `?debug=`. */
    is: (value: string) => on({ exact: queryValue(value, `value of query parameter "${name}"`) }),
    startsWith: (prefix: string) => on({ prefix: nonEmpty(prefix, `prefix of query parameter "${name}"`) }),
    matches: (pattern: string) => on(regex(pattern)),
    present: () => on({ present: true }),
  };
}

/** The Host header or `:authority`, as sent: with case and port. */
export const authority = {
  is: (value: string) => one({ authority: { exact: text(value, 'the authority') } }),
  startsWith: (prefix: string) => one({ authority: { prefix: noneLeftOut(prefix) } }),
  matches: (pattern: string) => one({ authority: regex(pattern) }),
};

/** Every request has an authority, so there is no `present()` to say instead. */
function noneLeftOut(prefix: string): string {
  if (prefix === '') throw new Error('prefix of the authority is empty: it would mean every request; leave the condition out');
  return text(prefix, 'prefix of the authority');
}
