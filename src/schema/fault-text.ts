import type { Fault } from '../../imports/schemas/schema';
import type { Shape } from '../../imports/shape';
import { is, wrongItself } from '../manifests/shape';

/** What a fault of a validator means, in words that follow the field's name. `value` is what stands there. */
export function faultText({ keyword, params }: Fault, value: unknown): string {
  switch (keyword) {
    case 'type':
      return wrongType(value, [params.type].flat().find((t) => t !== 'null')!);
    case 'enum':
      return `${is(value)}, where one of ${(params.allowedValues as string[]).filter((v) => v !== '').join(', ')} is wanted`;
    case 'required':
      return `has no ${params.missingProperty}, which is required`;
    case 'minimum':
      return `${is(value)}, where at least ${params.limit} is wanted`;
    case 'maximum':
      return `${is(value)}, where at most ${params.limit} is wanted`;
    case 'minLength':
      return params.limit === 1 ? 'is empty' : `is shorter than ${params.limit} characters`;
    case 'maxLength':
      return `is longer than ${params.limit} characters`;
    case 'minItems':
    case 'minProperties':
      return params.limit === 1 ? 'is empty, where at least one is wanted' : `has fewer than ${params.limit} items`;
    case 'maxItems':
    case 'maxProperties':
      return `has more than ${params.limit} items`;
    case 'pattern':
      return `${is(value)}, ${PATTERNS[params.pattern] ?? `which does not match ${params.pattern}`}`;
    case 'atMostOne':
      return `has ${(params.fields as string[]).filter((f) => Object.hasOwn(value as object, f)).join(' and ')}, of which at most one may be set`;
    default:
      throw new Error(`the validators know "${keyword}", and src/schema/fault-text.ts does not`);
  }
}

/** What some patterns of the CRDs stand for. */
const PATTERNS: Readonly<Record<string, string>> = {
  '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$': 'which is no base64',
  '(^$|^[a-f0-9]{64}$)': 'where a SHA-256 of 64 hexadecimal digits is wanted',
  '^[-_A-Za-z0-9]+$': 'where letters, digits, "-" and "_" are allowed',
  '^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$': 'which is no name of a kind',
  '^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$': 'which is no name of a group',
};

const TYPES: Readonly<Record<string, Shape>> = {
  string: 'text',
  integer: 'int',
  number: 'number',
  boolean: 'flag',
  array: { list: 0 },
  object: { map: 0 },
};

/** The words are those of the door. */
const wrongType = (value: unknown, type: string) => wrongItself(value, TYPES[type]!) ?? `${is(value)}, where ${type} is wanted`;

/** The rule that fields of durations have. */
export const DURATION = "duration(self) >= duration('1ms')";

/** What a rule of a CRD asks, in words. Rules that stand for a type of their own have ours; the others have the CRD's. */
export function ruleText(rule: string, message: string, value: unknown): string {
  if (rule === DURATION) return `${is(value)}, where a duration of at least 1ms is wanted, such as 500ms, 5s or 1m30s`;
  if (rule === '0 < self && self <= 65535') return `${is(value)}, where a port from 1 to 65535 is wanted`;
  return `breaks a rule of its kind: ${message}`;
}
