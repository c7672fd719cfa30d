import { at } from '../fields';
import { items } from '../items';
import type { Rule } from '../rule';

/** istiod fetches keys from wherever a RequestAuthentication says. */
export const jwksUnrestricted: Rule = {
  id: 'MESH067',
  name: 'jwks-unrestricted',
  severity: 'warning',
  codes: ['IST0175'],
  summary: 'istiod fetches keys for tokens from any address',
  why: 'Who may write a RequestAuthentication can make istiod send requests to addresses inside the cluster. Source: analyzers/authn/blockedcidrs.go.',
  remedy: 'Set BLOCKED_CIDRS_IN_JWKS_URIS on istiod.',
  *check(mesh) {
    if (mesh.of('RequestAuthentication').length === 0) return;
    for (const c of mesh.of('apps/Deployment')) {
      if (c.manifest.labels.app !== 'istiod') continue;
      const containers = [...items(c.spec.template?.spec?.containers)];
      if (containers.some(([, k]) => [...items(k.env)].some(([, e]) => e.name === 'BLOCKED_CIDRS_IN_JWKS_URIS' && e.value)))
        continue;
      yield {
        at: at(c, ...(containers.length > 0 ? ['spec', 'template', 'spec', 'containers'] : ['spec'])),
        message: 'istiod has no BLOCKED_CIDRS_IN_JWKS_URIS, and there are RequestAuthentications',
      };
    }
  },
};
