import type { Field } from './field';

const NAME = '(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const DNS = '[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?';
const KEY = new RegExp(`^(${DNS}(?:\\.${DNS})*/)?(${NAME})$`);
const VALUE = new RegExp(`^(${NAME})?$`);

/** Labels as Kubernetes has them. Source: pkg/config/labels/instance.go, Validate. */
export function labels(map: Field): void {
  for (const entry of map.entries()) {
    const match = KEY.exec(entry.key);
    if (!match)
      entry.error(
        `"${entry.key}" is no key of a label: letters, digits, "-", "_" and ".", after a DNS name and "/" if there is one`,
      );
    else if ((match[1]?.length ?? 0) > 254) entry.error(`the part of "${entry.key}" before "/" is longer than 253 characters`);
    else if (match[2]!.length > 63) entry.error(`"${match[2]}" is longer than 63 characters`);
    if (!VALUE.test(String(entry.value ?? '')))
      entry.error(
        `"${entry.value}" is no value of a label: letters, digits, "-", "_" and ".", with a letter or digit at both ends`,
      );
  }
}

/**
 * A selector of pods: `labels` in the older kinds, `matchLabels` in the others.
 * Source: validation.go, ValidateAlphaWorkloadSelector and validateWorkloadSelector.
 */
export function selector(field: Field, of: 'labels' | 'matchLabels'): void {
  if (field.value === undefined) return;
  const map = field.at(of);
  let some = false;
  for (const entry of map.entries()) {
    some = true;
    const value = String(entry.value ?? '');
    if (entry.key === '') map.error(`has the value "${value}" without a key`);
    if (entry.key.includes('*') || value.includes('*'))
      entry.error(
        `"${entry.key}=${value}" has a "*": a selector names labels as they are, and what it leaves out may be anything`,
      );
  }
  if (!some) field.warning('has no labels, so all workloads of the namespace are selected: leave it out if that is meant');
}
