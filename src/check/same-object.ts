import type { Config } from '../model/config';

/**
 * Whether two manifests are of one object, of which the cluster has the last that was applied: the same kind, namespace and
 * name. What they say is not said by two objects.
 */
export const isSameObject = (a: Config, b: Config): boolean =>
  a !== b && a.name === b.name && a.namespace === b.namespace && a.manifest.kind === b.manifest.kind;

/** Whether they are two objects, which may be at odds with each other. */
export const isOtherObject = (a: Config, b: Config): boolean => a !== b && !isSameObject(a, b);
