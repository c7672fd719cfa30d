/** The same text for the same data, whatever the order of keys; fields that are not there do not count. */
export function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value instanceof Map) return canonical(Object.fromEntries(value));
  let out = '';
  for (const key of sorted(Object.keys(value))) {
    const of = (value as Record<string, unknown>)[key];
    if (of !== undefined) out += `${out === '' ? '' : ','}${quoted(key)}:${canonical(of)}`;
  }
  return `{${out}}`;
}

/** Most are sorted as they are. */
function sorted(keys: string[]): string[] {
  for (let i = 1; i < keys.length; i++) if (keys[i - 1]! > keys[i]!) return keys.sort();
  return keys;
}

/** Fields have the same few names. */
const names = new Map<string, string>();
function quoted(key: string): string {
  let text = names.get(key);
  if (text === undefined) {
    text = JSON.stringify(key);
    if (names.size < MOST_NAMES) names.set(key, text);
  }
  return text;
}
const MOST_NAMES = 1000;

/** Whether {@link canonical} would write the same, found without writing it; a Map or another sort of list counts as different. */
export function alike(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((x, i) => alike(x, b[i]));
  if (Array.isArray(b) || a instanceof Map || b instanceof Map) return false;
  for (const k in a) if (!alike((a as any)[k], (b as any)[k])) return false;
  for (const k in b) if ((b as any)[k] !== undefined && (a as any)[k] === undefined) return false;
  return true;
}

/** What is made of an object that never changes, made once. */
export function once<T extends object, R>(of: (o: T) => R): (o: T) => R {
  const known = new WeakMap<T, { readonly made: R }>();
  return (o) => {
    let one = known.get(o);
    if (!one) {
      one = { made: of(o) };
      known.set(o, one);
    }
    return one.made;
  };
}
