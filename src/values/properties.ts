import { claimsOf } from '../routing/claims';
import type { Match } from '../routing/match';
import { didYouMean, quoted } from './names';
import { shown } from './shown';

type Names<T> = T extends unknown ? keyof T & string : never;
type Mark<T, K> = T extends unknown ? (K extends keyof T ? (Partial<Pick<T, K>> extends Pick<T, K> ? '?' : '') : '?') : never;

/** What a property holds: `any` is checked where it is used, a `map` is an object of the user's own keys or properties. */
export type Kind =
  | 'text'
  | 'number'
  | 'boolean'
  | 'list'
  | 'map'
  | 'service'
  | 'caller'
  | 'condition'
  | 'gatewayCondition'
  | 'port'
  | 'any';

/**
 * All properties of a type and what each holds, `?` after those that may be left out. The compiler refuses a list that
 * lacks one, has one too many, or says `?` wrongly.
 */
export type Properties<T> = { readonly [K in Names<T>]-?: `${Kind}${Mark<T, K>}` };

const HOLDS: Record<Kind, { readonly words: string; is(value: unknown): boolean; no?(value: never): string | undefined }> = {
  text: { words: 'text', is: (v) => typeof v === 'string' },
  number: { words: 'a number', is: (v) => typeof v === 'number' },
  boolean: { words: 'true or false', is: (v) => typeof v === 'boolean' },
  list: { words: 'a list', is: Array.isArray },
  map: { words: 'an object', is: isMap },
  service: { words: 'a service', is: (v) => isMap(v) && 'host' in v && 'node' in v },
  caller: { words: 'a service, a version of one, or a gateway', is: (v) => isMap(v) && 'callerName' in v },
  condition: { words: "a condition, such as header('x').is('y')", is: isCondition, no: asksForClaims },
  gatewayCondition: { words: "a condition, such as header('x').is('y')", is: isCondition },
  port: { words: 'a port, such as Port.http(80)', is: (v) => isMap(v) && 'protocol' in v && 'number' in v },
  any: { words: 'something', is: (v) => v !== null },
};

interface PropertyRule {
  readonly name: string;
  readonly needed: boolean;
  readonly words: string;
  is(value: unknown): boolean;
  /** Why it is not possible, though it is one. */
  no?(value: unknown): string | undefined;
}

/** The lists are constants, and read for every construct that is made. */
const known = new WeakMap<object, readonly PropertyRule[]>();

function rulesOf(properties: Readonly<Record<string, string>>): readonly PropertyRule[] {
  const rules =
    known.get(properties) ??
    Object.entries(properties).map(([name, kind]) => ({
      name,
      needed: !kind.endsWith('?'),
      ...HOLDS[kind.replace('?', '') as Kind],
    }));
  known.set(properties, rules);
  return rules;
}

/**
 * Checks what the compiler checks, for those who have none (JavaScript, JSON, a cast): a property that is not known, is
 * missing, or holds something else is an error, so that a misspelt limit never limits nothing in silence.
 * @param where named in the error: `"chart/Reviews"`
 */
export function checkProperties<T extends object>(given: T, properties: Properties<T>, where: string): void {
  if (!isMap(given)) throw new Error(`${where} has ${shown(given)} for its properties: they have to be an object`);
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(properties, name)) continue;
    const names = Object.keys(properties);
    throw new Error(`${where} has no property "${name}"${didYouMean(name, names) || `: it takes ${names.join(', ')}`}`);
  }
  for (const { name, needed, is, no, words } of rulesOf(properties)) {
    const value = (given as Record<string, unknown>)[name];
    if (value === undefined) {
      if (needed) throw new Error(`${where} lacks its property "${name}"`);
    } else if (!is(value)) throw new Error(`property "${name}" of ${where} is ${shown(value)}: it has to be ${words}`);
    else {
      const why = no?.(value);
      if (why !== undefined) throw new Error(`property "${name}" of ${where} ${why}`);
    }
  }
}

/** Throws unless the value is one of those that are known. */
export function oneOf<T extends string>(value: T, known: readonly T[], what: string): T {
  if (known.includes(value)) return value;
  const near = typeof value === 'string' ? didYouMean(value, known) : '';
  throw new Error(`${what} is ${shown(value)}: it has to be one of ${quoted(known)}${near}`);
}

function isCondition(value: unknown): value is { readonly matches: readonly Match[] } {
  return isMap(value) && 'matches' in value;
}

/** Sidecars choose a route before anybody has looked at the token. */
function asksForClaims({ matches }: { readonly matches: readonly Match[] }): string | undefined {
  const [claim] = claimsOf(matches);
  return claim === undefined
    ? undefined
    : `asks for claim "${claim}": only routes of an IngressGateway can, where a JwtPolicy looks at tokens; have the gateway pass it on as a header (claimsToHeaders), and ask for that`;
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
