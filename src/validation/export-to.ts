import type { Field } from './field';
import { isLabel } from './names';

/** Who may see an object. Source: validation.go, validateExportTo. */
export function exportTo(field: Field, namespace: string, kind: 'ServiceEntry' | 'selecting' | 'other'): void {
  const seen = new Set<string>();
  for (const e of field.items()) {
    const { text } = e;
    const key = text === '.' ? namespace : text;
    if (seen.has(key)) {
      e.error(key === text ? `"${text}" is there twice` : `"." is the namespace "${namespace}", which is there already`);
      continue;
    }
    if (key === '~' && kind !== 'ServiceEntry') e.error('"~" is for ServiceEntries alone: name namespaces, or say "." or "*"');
    else if (key !== '~' && key !== '*' && key !== '.' && !isLabel(key))
      e.error(`"${text}" is no namespace: it has to be ".", "*" or the name of one`);
    else seen.add(key);
  }
  if (kind === 'selecting' && seen.size > 0 && !(seen.size === 1 && seen.has(namespace)))
    field.error('names other namespaces than its own: with a workloadSelector a DestinationRule is for its own alone');
  if (field.value?.length > 1) {
    if (seen.has('*')) field.error('has "*" and more: "*" is everyone already');
    if (seen.has('~')) field.error('has "~", which is nobody, and more');
  }
}
