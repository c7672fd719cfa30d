import type { Manifest } from './manifest';

/** Names an object: what the API server tells objects apart by. */
export const keyOf = (m: Pick<Manifest, 'group' | 'kind' | 'namespace' | 'name'>): string =>
  `${m.group}/${m.kind} ${m.namespace}/${m.name}`;
