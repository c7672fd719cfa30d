/** What a function makes of two objects: made once for the two, and kept as long as both are. */
export function kept<A extends object, B extends object, R extends object>(make: (a: A, b: B) => R): (a: A, b: B) => R {
  const known = new WeakMap<A, WeakMap<B, R>>();
  return (a, b) => {
    let made = known.get(a);
    if (!made) {
      made = new WeakMap();
      known.set(a, made);
    }
    let one = made.get(b);
    if (!one) {
      one = make(a, b);
      made.set(b, one);
    }
    return one;
  };
}
