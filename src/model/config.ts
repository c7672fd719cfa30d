import type { FieldPath, Manifest } from '../manifests/manifest';

/** A field of an object: what a finding or a step of a trace points at. */
export interface Ref {
  /** The object. */
  readonly manifest: Manifest;
  /** The way to the field in it. */
  readonly path: FieldPath;
}

/** An object of Istio or Kubernetes as istiod holds it. */
export interface Config<S = any> {
  readonly name: string;
  readonly namespace: string;
  readonly spec: S;
  readonly manifest: Manifest;
  /** Milliseconds; objects without an age are as old as each other. */
  readonly created: number;
}

/** `shop/reviews` */
export const keyOf = (c: { readonly namespace: string; readonly name: string }): string => `${c.namespace}/${c.name}`;

/** Oldest first, then by name, then by namespace. Source: pilot/pkg/model/config.go, configCompareByCreationTime. */
export const byAge = (a: Config, b: Config): number =>
  a.created - b.created || compare(a.name, b.name) || compare(a.namespace, b.namespace);

/** As Go compares strings. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Whether all labels of a selector are among the others. */
export function selects(
  selector: Readonly<Record<string, string>> | undefined,
  labels: Readonly<Record<string, string>>,
): boolean {
  for (const k in selector) if (labels[k] !== selector[k]) return false;
  return true;
}

/** Names an object where people read it: `VirtualService shop/reviews`. */
export const objectText = (m: Manifest): string => `${m.kind} ${m.namespace ? `${m.namespace}/` : ''}${m.name}`;
