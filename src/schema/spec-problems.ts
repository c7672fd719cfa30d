import type { KindSchema, Later } from '../../imports/schemas/schema';
import type { FieldPath } from '../manifests/manifest';
import { didYouMean } from '../values/names';
import { celRule } from './cel';
import { faultText, ruleText } from './fault-text';
import type { SchemaProblem } from './problem';

/** Everything that the CRD of an Istio kind has against a `spec`: types, limits, then its CEL rules. */
export function specProblems({ validate, LATER }: KindSchema, spec: unknown): SchemaProblem[] {
  if (validate(spec)) return [];
  const faults = validate.errors ?? [];
  const problems: SchemaProblem[] = [];
  const broken: string[] = [];
  for (const fault of faults) {
    if (fault.keyword === 'later') continue;
    const { path, value } = at(spec, fault.instancePath);
    broken.push(`${fault.instancePath}/`);
    const similar = fault.keyword === 'enum' ? didYouMean(String(value), fault.params.allowedValues) : '';
    problems.push({ path, message: faultText(fault, value), ...(similar && { hint: similar.slice(2, -1) }) });
  }
  for (const fault of faults) {
    if (fault.keyword !== 'later') continue;
    // a rule means something only for values that have the shape that it was written for
    if (broken.some((b) => b.startsWith(`${fault.instancePath}/`))) continue;
    const { path, value } = at(spec, fault.instancePath);
    if (value === null) continue;
    for (const index of fault.params.asked as number[]) problems.push(...ask(LATER[index]!, path, value));
  }
  return problems;
}

function ask(later: Later, path: FieldPath, value: unknown): readonly SchemaProblem[] {
  if ('rule' in later) return celRule(later.rule)(value) ? [] : [{ path, message: ruleText(later.rule, later.message, value) }];
  const seen = new Map<string, number>();
  return (value as Record<string, unknown>[]).flatMap((item, i) => {
    const key = JSON.stringify(later.keys.map((k) => item[k] ?? null));
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, i);
      return [];
    }
    const what = later.keys.map((k) => (item[k] === undefined ? `no ${k}` : `${k} ${JSON.stringify(item[k])}`)).join(', ');
    return [{ path: [...path, i], message: `has ${what}, as item ${first} has: it may be there once` }];
  });
}

/** The value that a JSON pointer names, and its path from the object. */
function at(spec: unknown, pointer: string): { readonly path: FieldPath; readonly value: unknown } {
  const path: (string | number)[] = ['spec'];
  let value: any = spec;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(value) ? Number(key) : key);
    value = value[key];
  }
  return { path, value };
}
