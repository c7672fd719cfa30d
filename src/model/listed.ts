/** A list sorted into lists by keys, made once for each list that never changes. */
export function listedBy<T>(keysOf: (x: T) => Iterable<string>): (list: readonly T[], key: string) => readonly T[] {
  const known = new WeakMap<readonly T[], Map<string, T[]>>();
  const none: readonly T[] = [];
  return (list, key) => {
    let lists = known.get(list);
    if (!lists) {
      lists = new Map();
      for (const x of list)
        for (const k of keysOf(x)) {
          const of = lists.get(k);
          if (of) of.push(x);
          else lists.set(k, [x]);
        }
      known.set(list, lists);
    }
    return lists.get(key) ?? none;
  };
}

/** What a function makes of a list that never changes: made once. */
export function madeOnce<T, R>(make: (list: readonly T[]) => R): (list: readonly T[]) => R {
  const known = new WeakMap<readonly T[], { readonly made: R }>();
  return (list) => {
    let one = known.get(list);
    if (!one) {
      one = { made: make(list) };
      known.set(list, one);
    }
    return one.made;
  };
}

/** What a function makes of a list that never changes, and a name: made once for the two. */
export function madeOnceFor<T, R>(make: (list: readonly T[], name: string) => R): (list: readonly T[], name: string) => R {
  const known = madeOnce((_: readonly T[]) => new Map<string, R>());
  return (list, name) => {
    const of = known(list);
    if (!of.has(name)) of.set(name, make(list, name));
    return of.get(name)!;
  };
}

const places = madeOnce((list: readonly unknown[]) => new Map(list.map((x, i) => [x, i])));

/** Those of some that a list has, once each, in the list's order. */
export function inOrderOf<T>(list: readonly T[], some: Iterable<T>): T[] {
  const at = places(list);
  const found = [...new Set(some)].filter((x) => at.has(x));
  return found.sort((a, b) => at.get(a)! - at.get(b)!);
}
