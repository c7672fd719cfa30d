/** A value in an error: short, and never a secret's whole content. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value !== 'object' || value === null) return String(value);
  // what decides how objects refer to each other is asked for while the app is built
  if ('producer' in value) return 'a Lazy value, which is known too late (pass the value itself)';
  if ('node' in value) return 'a construct';
  if (value instanceof RegExp) return `the RegExp ${value}`;
  if (value instanceof Date) return 'a Date';
  if ('protocol' in value && 'number' in value) return `a Port (give its number, ${value.number}, where a number is asked for)`;
  const keys = Object.keys(value).slice(0, 5);
  return keys.length === 0 ? 'an empty object' : `an object with ${keys.map((k) => `"${k}"`).join(', ')}`;
}
