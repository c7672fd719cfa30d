import { dnsSubdomain, text } from './names';

const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

/** Throws unless the text is a key of labels or annotations: a name, after a DNS prefix and "/" or alone. */
function checkKey(key: string, what: string, prefixOf: (prefix: string) => string = (p) => p): void {
  const at = key.indexOf('/');
  const name = key.slice(at + 1);
  if (at >= 0) dnsSubdomain(prefixOf(key.slice(0, at)), `what stands before "/" in "${key}" in ${what}`);
  if (name.length > 63 || !NAME.test(name))
    throw new Error(
      `"${key}" in ${what} is no key: its name takes letters, digits, "-", "_" and ".", 63 at most, and a letter or digit at both ends; one "/" may end a DNS name before it`,
    );
}

/**
 * Throws unless all keys and values are those of labels, as Kubernetes takes them.
 * @param what named in the error: `podLabels of service "reviews"`
 */
export function checkLabels(labels: Readonly<Record<string, string>> | undefined, what: string): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    checkKey(key, what);
    text(value, `"${key}" in ${what}`, 'or empty');
    if (value.length > 63 || !VALUE.test(value))
      throw new Error(
        `"${key}" in ${what} is "${value}": a label takes letters, digits, "-", "_" and ".", 63 at most, and a letter or digit at both ends`,
      );
  }
}

/** Throws unless all keys are those of annotations, whose prefix may have capitals, and all values text. */
export function checkAnnotations(annotations: Readonly<Record<string, string>> | undefined, what: string): void {
  for (const key of Object.keys(annotations ?? {})) checkKey(key, what, (prefix) => prefix.toLowerCase());
  checkTexts(annotations, what);
}

/** Throws unless all values are text. */
export function checkTexts(texts: Readonly<Record<string, string>> | readonly string[] | undefined, what: string): void {
  for (const [key, value] of Object.entries(texts ?? {})) text(value, `"${key}" in ${what}`, 'or empty');
}
