import type { MeshConfig } from '../model/mesh-config';

/**
 * The `namespace/account` that a principal names (`cluster.local/ns/shop/sa/web`); nothing for patterns, and for other trust
 * domains than the mesh's.
 */
export function principalOf({ trustDomain, trustDomainAliases }: MeshConfig, text: string): string | undefined {
  const [, domain, namespace, account] = /^(.+)\/ns\/([^/*\s]+)\/sa\/([^/*\s]+)$/.exec(text) ?? [];
  // `*/ns/…` is any domain; "cluster.local" stands for the mesh's own, whatever that is
  return domain !== undefined && ['*', 'cluster.local', trustDomain, ...trustDomainAliases].includes(domain)
    ? `${namespace}/${account}`
    : undefined;
}
