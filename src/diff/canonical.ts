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

/** {@link canonical} of an object that never changes, made once. */
export function once<T extends object>(of: (o: T) => unknown): (o: T) => string {
  const texts = new WeakMap<T, string>();
  return (o) => {
    let text = texts.get(o);
    if (text === undefined) {
      text = canonical(of(o));
      texts.set(o, text);
    }
    return text;
  };
}
