import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import type { Config } from '../../model/config';
import { DestinationRules } from '../../model/destination-rules';
import { fullName, hostWithin, isWild } from '../../model/host';
import { meshConfig } from '../../model/mesh-config';

/** The host that a DestinationRule is about, as a full name. */
export const ruledHost = (m: Manifest, domain: string): string => fullName(m.object.spec?.host ?? '', m.namespace, domain);

/** The hosts among some that a DestinationRule is about: all that its wildcard means, or the one that it names, be it among them or not. */
export function ruledHosts(m: Manifest, hosts: Iterable<string>, domain: string): readonly string[] {
  const given = ruledHost(m, domain);
  return isWild(given) ? [...hosts].filter((h) => hostWithin(h, given)) : [given];
}

/**
 * DestinationRules as istiod tells proxies of them. What is made is younger than what is there.
 * @param isThere whether an object is live, by its key
 */
export function rulesInEffect(all: readonly Manifest[], isThere: (key: string) => boolean, domain: string): DestinationRules {
  const configOf = (m: Manifest): Config => ({
    name: m.name,
    namespace: m.namespace,
    spec: m.object.spec ?? {},
    manifest: m,
    created: m.created ?? (isThere(keyOf(m)) ? 0 : Number.MAX_SAFE_INTEGER),
  });
  return new DestinationRules(all.map(configOf), meshConfig(undefined, domain));
}
