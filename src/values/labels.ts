import { text } from './names';

const VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

/**
 * Throws unless all values are those of labels, as Kubernetes takes them.
 * @param what named in the error: `podLabels of service "reviews"`
 */
export function checkLabels(labels: Readonly<Record<string, string>> | undefined, what: string): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    text(value, `"${key}" in ${what}`, 'or empty');
    if (value.length > 63 || !VALUE.test(value))
      throw new Error(
        `"${key}" in ${what} is "${value}": a label takes letters, digits, "-", "_" and ".", 63 at most, and a letter or digit at both ends`,
      );
  }
}

/** Throws unless all values are text. */
export function checkTexts(texts: Readonly<Record<string, string>> | readonly string[] | undefined, what: string): void {
  for (const [key, value] of Object.entries(texts ?? {})) text(value, `"${key}" in ${what}`, 'or empty');
}
