import type { Fault, KindSchema, Later } from '../../imports/schemas/schema';
import type { FieldPath } from '../manifests/manifest';
import { didYouMean } from '../values/names';
import { celRule } from './cel';
import { DURATION, faultText, ruleText } from './fault-text';
import type { SchemaProblem } from './problem';

/** Everything that the CRD of an Istio kind has against a `spec`: types, limits, then its CEL rules. */
export function specProblems({ validate, LATER }: KindSchema, spec: unknown): SchemaProblem[] {
  if (validate(spec)) return [];
  const faults = validate.errors ?? [];
  const problems: SchemaProblem[] = [];
  const broken: string[] = [];
  for (const fault of faults) {
    if (fault.keyword === 'later') continue;
    const value = at(spec, fault.instancePath);
    const path = pathOf(spec, fault.instancePath);
    broken.push(`${fault.instancePath}/`);
    const similar = fault.keyword === 'enum' ? didYouMean(String(value), fault.params.allowedValues) : '';
    const asked = faults.find((f) => f.keyword === 'later' && f.instancePath === fault.instancePath)?.params.asked as
      | number[]
      | undefined;
    const duration = asked?.some((i) => isDuration(LATER[i]!)) ? durationText(fault, value) : undefined;
    problems.push(
      duration
        ? { path, ...duration }
        : { path, message: faultText(fault, value), ...(similar && { hint: similar.slice(2, -1) }) },
    );
  }
  for (const { keyword, instancePath, params } of faults) {
    if (keyword !== 'later') continue;
    // a rule means something only for values that have the shape that it was written for
    if (broken.some((b) => b.startsWith(`${instancePath}/`))) continue;
    const value = at(spec, instancePath);
    if (value === null) continue;
    for (const index of params.asked as number[]) problems.push(...ask(LATER[index]!, spec, instancePath, value));
  }
  return problems;
}

const isDuration = (later: Later) => 'rule' in later && later.rule === DURATION;

/** A duration that is written as a number, `timeout: 5`: quotes alone would not mend it. */
function durationText({ keyword }: Fault, value: unknown): Pick<SchemaProblem, 'message' | 'hint'> | undefined {
  const hint = keyword === 'type' && typeof value === 'number' ? inSeconds(value) : undefined;
  return hint === undefined
    ? undefined
    : { message: `is ${value}, where a duration is wanted, such as 500ms, 5s or 1m30s`, hint };
}

/** What a number without a unit is likely to mean. */
const inSeconds = (value: unknown): string | undefined =>
  /^\d+(\.\d+)?$/.test(String(value)) && Number(value) > 0 ? `write ${value}s` : undefined;

const NONE: readonly SchemaProblem[] = [];

function ask(later: Later, spec: unknown, pointer: string, value: unknown): readonly SchemaProblem[] {
  if ('rule' in later) {
    if (celRule(later.rule)(value)) return NONE;
    const hint = isDuration(later) ? inSeconds(value) : undefined;
    return [{ path: pathOf(spec, pointer), message: ruleText(later.rule, later.message, value), ...(hint && { hint }) }];
  }
  const seen = new Map<string, number>();
  return (value as Record<string, unknown>[]).flatMap((item, i) => {
    const key = JSON.stringify(later.keys.map((k) => item[k] ?? null));
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, i);
      return [];
    }
    const what = later.keys.map((k) => (item[k] === undefined ? `no ${k}` : `${k} ${JSON.stringify(item[k])}`)).join(', ');
    return [{ path: [...pathOf(spec, pointer), i], message: `has ${what}, as item ${first} has: it may be there once` }];
  });
}

/** The keys of a JSON pointer. */
const keysOf = (pointer: string) => {
  const keys = pointer.split('/').slice(1);
  return pointer.includes('~') ? keys.map((k) => k.replaceAll('~1', '/').replaceAll('~0', '~')) : keys;
};

const at = (spec: unknown, pointer: string): unknown => keysOf(pointer).reduce((value: any, key) => value[key], spec);

/** The path from the object; items of lists by their number. */
function pathOf(spec: unknown, pointer: string): FieldPath {
  let value: any = spec;
  return [
    'spec',
    ...keysOf(pointer).map((key) => {
      const step = Array.isArray(value) ? Number(key) : key;
      value = value[key];
      return step;
    }),
  ];
}
