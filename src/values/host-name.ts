/**
 * Host names as Istio compares them: exact, or with `*` for what comes before.
 * Source: pkg/config/host/name.go.
 */
export const isWild = (h: string): boolean => h.startsWith('*');

/** Whether the two have names in common. */
export function hostsMeet(a: string, b: string): boolean {
  if (isWild(a)) {
    if (isWild(b)) return a.length < b.length ? b.slice(1).endsWith(a.slice(1)) : a.slice(1).endsWith(b.slice(1));
    return b.endsWith(a.slice(1));
  }
  return isWild(b) ? a.endsWith(b.slice(1)) : a === b;
}

/** Whether all names of the first are names of the second. */
export function hostWithin(a: string, b: string): boolean {
  if (isWild(a)) return isWild(b) && a.length >= b.length && a.slice(1).endsWith(b.slice(1));
  return isWild(b) ? a.endsWith(b.slice(1)) : a === b;
}

/** Of some names the wildcards whose names are all names of a host; the closest first. */
export function wildcardsOver(host: string, names: ReadonlySet<string>): readonly string[] {
  const text = isWild(host) ? host.slice(1) : host;
  return Array.from({ length: text.length + 1 }, (_, i) => `*${text.slice(i)}`).filter((name) => names.has(name));
}
