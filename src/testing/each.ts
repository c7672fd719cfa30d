/** An answer for a client; where the name is that of several clients, also those of the others that get another answer. */
export type Each<T> = T & { readonly others?: readonly T[] };

/** All answers, as `askEach` gives them, as one. */
export const together = <T extends object>([first, ...others]: readonly [T, ...T[]]): Each<T> =>
  others.length === 0 ? first : { ...first, others };

/** The answers apart. */
export const apart = <T extends object>(of: Each<T>): readonly [T, ...T[]] => [of, ...(of.others ?? [])];
