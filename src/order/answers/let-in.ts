import type { Manifest } from '../../manifests/manifest';
import { hostsMeet, isWild } from '../../model/host';
import { list } from '../facts/references';

/** What Sidecars about some pods let in, in some state. */
export interface LetIn {
  /** Namespaces of which they let in anything; nothing where these may be all. */
  readonly namespaces: readonly string[] | undefined;
  /** Whether they let in a host of an object in a namespace. */
  readonly has: (namespace: string, host: string) => boolean;
}

const ANYTHING: LetIn = { namespaces: undefined, has: () => true };
/** Of namespaces in an import. */
const EACH = '*';

/**
 * What is let in at most: anything, where there may be no Sidecar that lists hosts. Hosts that are kept out are no matter.
 * @param scopes both states of each Sidecar
 * @param namespace of the pods
 */
export function letIn(scopes: readonly (readonly (Manifest | undefined)[])[], namespace: string): LetIn {
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
  const imports = new Map(
    [...given].map(([ns, hosts]) => [ns, { exact: hosts, all: [...hosts], wild: [...hosts].filter(isWild) }]),
  );
  const has = (ns: string, host: string) =>
    [imports.get(ns), imports.get(EACH)].some(
      (i) => i && (i.exact.has(host) || (isWild(host) ? i.all : i.wild).some((h) => hostsMeet(h, host))),
    );
  return { namespaces: imports.has(EACH) ? undefined : [...imports.keys()], has };
}
