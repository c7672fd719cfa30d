import type { Fact } from './facts/references';

/** What an object that changes has for others, or needs of them, in any of its states; or several together. */
export interface Tie {
  /** Keys of the objects. */
  readonly keys: readonly string[];
  readonly provides: Iterable<Fact>;
  readonly needs: Iterable<Fact>;
}

/**
 * Objects that change, in parts of which none has to do with another: what those of one rely on, no object of another has. Those of a
 * namespace are one part in any case.
 * @param isAll whether an object has to do with all others
 */
export function partsOf(
  keys: readonly string[],
  ties: readonly Tie[],
  isAll: (key: string) => boolean,
): readonly ReadonlySet<string>[] {
  if (keys.some(isAll)) return [new Set(keys)];
  const parent = new Map<string, string>();
  const rootOf = (x: string): string => {
    let root = x;
    for (let up = parent.get(root); up !== undefined; up = parent.get(root)) root = up;
    if (root !== x) parent.set(x, root);
    return root;
  };
  const join = (a: string, b: string) => {
    const [x, y] = [rootOf(a), rootOf(b)];
    if (x !== y) parent.set(x, y);
  };
  for (const key of keys) {
    const [kind, name] = key.split(' ') as [string, string];
    const [namespace, own] = name.split('/') as [string, string];
    if (namespace || kind === '/Namespace') join(key, `namespace ${namespace || own}`);
  }
  const provided = new Set<Fact>();
  for (const t of ties) for (const f of t.provides) provided.add(f);
  for (const { keys: own, provides, needs } of ties)
    for (const key of own) {
      join(key, own[0]!);
      for (const f of [...provides, ...needs]) if (provided.has(f)) join(key, `fact ${f}`);
    }
  const parts = new Map<string, Set<string>>();
  for (const key of keys) parts.set(rootOf(key), (parts.get(rootOf(key)) ?? new Set()).add(key));
  return [...parts.values()];
}
