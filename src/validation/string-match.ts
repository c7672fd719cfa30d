import { re2 } from '../routing/string-match';
import { byteLength, type Field } from './field';

const LONGEST = 1024;

/** A regex as Envoy takes it. Source: validation.go, validateStringRegexp. */
export function regex(field: Field): void {
  const { text } = field;
  const long = byteLength(text) > LONGEST;
  const wrong = long
    ? `"${text.slice(0, 40)}…" is longer than the ${LONGEST} characters that a regex may have`
    : wrongRegex(text);
  if (wrong !== undefined) field.error(wrong);
}

/** What is wrong about a regex, if anything. */
export function wrongRegex(text: string): string | undefined {
  try {
    re2(text);
    return undefined;
  } catch (e) {
    return `${(e as Error).message.replace(/^regex /, '')}; look-around and back references are not possible`;
  }
}

/** Which way of matching is said: of several, the last one counts. */
export function matchType(match: Field): 'exact' | 'prefix' | 'regex' | undefined {
  for (const type of ['regex', 'prefix', 'exact'] as const) if (match.at(type).value !== undefined) return type;
  return undefined;
}

/** Source: validation.go, validateStringMatch. */
export function stringMatch(match: Field): void {
  if (matchType(match) === 'prefix' && match.at('prefix').text === '')
    match.at('prefix').error('is empty: say how it begins, or leave the condition out');
  regexMatch(match);
}

/** The same, where a prefix may be empty. Source: validation.go, validateStringMatchRegexp. */
export function regexMatch(match: Field): void {
  if (matchType(match) !== 'regex') return;
  const pattern = match.at('regex');
  if (pattern.text === '') pattern.error('is empty: say a regex, or leave the condition out');
  else regex(pattern);
}
