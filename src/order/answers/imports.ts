import type { Manifest } from '../../manifests/manifest';
import { hostsMeet, isWild } from '../../model/host';
import { list } from '../facts/references';

/** What Sidecars about some pods import, in some state. */
export interface Imports {
  /** Namespaces of which they import anything; nothing where these may be all. */
  readonly namespaces: readonly string[] | undefined;
  /** Whether they import a host of an object in a namespace. */
  readonly has: (namespace: string, host: string) => boolean;
}

const ANYTHING: Imports = { namespaces: undefined, has: () => true };
/** Of namespaces in an import. */
const EACH = '*';

/**
 * What is imported at most: anything, where there may be no Sidecar that lists hosts. Hosts that are kept out are no matter.
 * @param scopes both states of each Sidecar
 * @param namespace of the pods
 */
export function importsOf(scopes: readonly (readonly (Manifest | undefined)[])[], namespace: string): Imports {
  const lists = (m: Manifest | undefined) => list(m?.object.spec?.egress).length > 0;
  const isBounded = scopes.some((states) => states.every(lists)) && scopes.flat().every((m) => !m || lists(m));
  if (!isBounded) return ANYTHING;
  const given = new Map<string, Set<string>>();
  for (const entry of new Set(
    scopes.flat().flatMap((m) => list(m?.object.spec?.egress).flatMap((e) => list(e.hosts).map(String))),
  )) {
    const [space, host] = entry.split('/') as [string, string | undefined];
    if (host === undefined || space.startsWith('~')) continue;
    const own = space === '.' ? namespace : space;
    given.set(own, (given.get(own) ?? new Set()).add(host));
  }
  const bySpace = new Map(
    [...given].map(([ns, hosts]) => [ns, { exact: hosts, all: [...hosts], wild: [...hosts].filter(isWild) }]),
  );
  const has = (ns: string, host: string) =>
    [bySpace.get(ns), bySpace.get(EACH)].some(
      (i) => i && (i.exact.has(host) || (isWild(host) ? i.all : i.wild).some((h) => hostsMeet(h, host))),
    );
  return { namespaces: bySpace.has(EACH) ? undefined : [...bySpace.keys()], has };
}
