/**
 * Texts as they stand in a request. What HTTP cannot carry there is refused: a condition on it would never be met, and
 * nobody would notice.
 */
import { text } from './names';

const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const TOKEN_IS = "only letters, digits and !#$%&'*+-.^_`|~ are allowed";

/** The name of a header, of a cookie or of a key in a list: a token of RFC 9110. */
export function token(name: string, what: string): string {
  if (typeof name !== 'string' || !TOKEN.test(name)) throw new Error(`"${String(name)}" is not ${what}: ${TOKEN_IS}`);
  return name;
}

/** A header's value, as Envoy compares it: without the spaces around it (RFC 9110, 5.5). */
export function headerValue(value: string, what: string): string {
  text(value, what, 'or empty');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(value))
    throw new Error(`${what} is ${JSON.stringify(value)}: a header cannot hold line breaks and other control characters`);
  if (/^[ \t]|[ \t]$/.test(value)) throw new Error(`${what} is "${value}": HTTP drops spaces around a value, so leave them out`);
  return value;
}

/** A cookie's value: the characters of RFC 6265, 4.1.1, in quotes or not. */
export function cookieValue(value: string, what: string): string {
  text(value, what, 'or empty');
  const wrong = /[^\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]/u.exec(value.replace(/^"(.*)"$/s, '$1'))?.[0];
  if (wrong !== undefined)
    throw new Error(
      `${what} is ${JSON.stringify(value)}: a cookie cannot hold ${JSON.stringify(wrong)}; write it as it is sent (such as "${encoded(wrong)}"), or use header("cookie").matches(…)`,
    );
  return value;
}

/** A value of the W3C `baggage` header, as it is sent: other characters are percent-encoded there. */
export function baggageValue(value: string, what: string): string {
  return encoded(text(value, what, 'or empty'));
}

/** A key of the W3C `tracestate` header (trace-context, 3.3.1.3.1). */
export function tracestateKey(key: string): string {
  if (typeof key !== 'string' || !/^[a-z0-9][a-z0-9_*/@-]{0,255}$/.test(key))
    throw new Error(`"${String(key)}" is not a key of tracestate: only lower-case letters, digits and _-*/@ are allowed`);
  return key;
}

/** A value of the W3C `tracestate` header, which has no encoding (trace-context, 3.3.1.3.2). */
export function tracestateValue(value: string, what: string): string {
  text(value, what);
  if (!/^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/.test(value))
    throw new Error(
      `${what} is ${JSON.stringify(value)}: tracestate takes up to 256 printable characters without "," and "=", and no space at the end`,
    );
  return value;
}

/** The name of a query parameter, raw. */
export function queryName(name: string): string {
  return asSent(text(name, 'name of the query parameter'), 'name of the query parameter', /[^\x21-\x7e]|[&=#]/u);
}

/** The value of a query parameter, raw; `?debug` and `?debug=` have an empty one. */
export function queryValue(value: string, what: string): string {
  return asSent(text(value, what, 'or empty'), what, /[^\x21-\x7e]|[&#]/u);
}

/** Throws where the text has a character that clients percent-encode: Envoy compares what they send. */
export function asSent(value: string, what: string, never: RegExp): string {
  const wrong = never.exec(value)?.[0];
  if (wrong !== undefined)
    throw new Error(
      `${what} is ${JSON.stringify(value)}, with ${JSON.stringify(wrong)}: Envoy compares it as it is sent, so write "${encoded(wrong)}" there`,
    );
  return value;
}

// half a surrogate pair cannot be sent at all, and has no encoding
const encoded = (s: string) => encodeURIComponent(s.replace(/\p{Surrogate}/gu, '\ufffd'));
