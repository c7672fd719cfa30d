/** Refuses several versions; the compiler's error says why. */
export type OneVersion<V extends string, Why extends string> = IsUnion<V> extends true ? { readonly versions: Why } : unknown;

/** Whether a type is several. */
export type IsUnion<T, U = T> = T extends unknown ? ([U] extends [T] ? false : true) : never;

/**
 * Of a service: proxies choose its pods, so that it can have versions that share calls, and be where routes of other hosts
 * lead. One that its clients balance (a HeadlessGrpcService of mode `client-side`) does not compile here.
 */
export interface Balanced {
  readonly mode?: 'mesh';
}
