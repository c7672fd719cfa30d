import type { ValueMatch } from '../routing/string-match';
import { regexSamples } from './regex-samples';

/** A condition on one text, of a route or of a policy. */
export type TextTest =
  | { readonly kind: 'exact' | 'prefix' | 'suffix' | 'regex'; readonly value: string; readonly ignoreCase?: boolean }
  | { readonly kind: 'any' };

/** The condition of a route. */
export function testOf(m: ValueMatch, ignoreCase = false): TextTest {
  const folded = ignoreCase ? { ignoreCase } : {};
  if ('exact' in m) return { kind: 'exact', value: m.exact, ...folded };
  if ('prefix' in m) return { kind: 'prefix', value: m.prefix, ...folded };
  return 'regex' in m ? { kind: 'regex', value: m.regex } : { kind: 'any' };
}

/** The condition of an AuthorizationPolicy's value: `*`, `*end`, `start*`, a template, or all of it. */
export function testOfGlob(value: string): TextTest {
  if (value === '*') return { kind: 'any' };
  if (/\{\*\*?\}/.test(value)) return { kind: 'exact', value: value.replaceAll('{**}', 'x/y').replaceAll('{*}', 'x') };
  if (value.startsWith('*')) return { kind: 'suffix', value: value.slice(1) };
  return value.endsWith('*') ? { kind: 'prefix', value: value.slice(0, -1) } : { kind: 'exact', value };
}

/**
 * Texts to try conditions with.
 *
 * For exact texts, prefixes and one kind of ends this is complete: which conditions any text meets is the same for one of
 * these. (Of a text that is none of the exact ones, let p be the longest prefix among the conditions that it has, and e
 * the longest end: `p` with a letter that none of the conditions has, and then e, meets the same.) Where letters' case
 * does not count, upper and lower case are tried, not each mixture; of regexes, samples, alone and behind each prefix.
 */
export function samples(tests: readonly TextTest[], outside: readonly string[]): string[] {
  const out: string[] = [...outside];
  const fresh = ['/x', 'x', '~'];
  const values = (kind: string) => tests.flatMap((t) => (t.kind === kind ? [(t as { value: string }).value] : []));
  const prefixes = ['', ...new Set(values('prefix'))];
  const suffixes = [...new Set(values('suffix'))];
  const regexes = [...new Set(values('regex'))].flatMap(regexSamples);
  out.push(...values('exact'));
  for (const p of prefixes) {
    out.push(p, ...fresh.map((f) => p + f), ...suffixes.flatMap((s) => [`${p}x${s}`, p + s]));
    if (p !== '') out.push(p.slice(0, -1));
  }
  out.push(...regexes);
  const few = prefixes.length * regexes.length <= 2000 ? prefixes : [''];
  for (const r of regexes) {
    out.push(`${r}~`, r.slice(0, -1), `x${r}`, ...suffixes.map((s) => r + s));
    for (const p of few) if (p !== '') out.push(p + r);
  }
  if (tests.some((t) => t.kind !== 'any' && t.ignoreCase)) out.push(...out.flatMap((t) => [t.toLowerCase(), t.toUpperCase()]));
  return [...new Set(out)];
}
