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

const texts = new WeakMap<object, string>();

/** {@link canonical} of an object that never changes, made once. */
export function canonicalOnce<T extends object>(key: T, of: (o: T) => unknown): string {
  let text = texts.get(key);
  if (text === undefined) {
    text = canonical(of(key));
    texts.set(key, text);
  }
  return text;
}
