/** The same text for the same data, whatever the order of keys; fields that are not there do not count. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value instanceof Map) return canonical(Object.fromEntries(value));
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`)
      .join(',')}}`;
  return JSON.stringify(value) ?? 'null';
}

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
