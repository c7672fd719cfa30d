import type { FieldPath } from '../../manifests/manifest';
import { keyOf, selects } from '../../model/config';
import { podsOf } from '../analyzed-pods';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { at, filed } from '../fields';
import { gatewayKey, gatewaysByName } from '../gateways';
import { items } from '../items';
import type { Rule } from '../rule';

const CLAIM = /^@request\.auth\.claims(\..+|\[.+\])$/i;

/** A route is chosen by a claim of a token that no RequestAuthentication looks at. */
export const claimRouteWithoutAuthentication: Rule = {
  id: 'MESH038',
  name: 'claim-route-without-authentication',
  severity: 'error',
  codes: ['IST0149'],
  summary: 'a route is chosen by a claim of a token that the gateway does not look at',
  why: 'Claims are known to a gateway only when a RequestAuthentication for its pods has taken them from the token. Without one the match never holds, or, for `withoutHeaders`, always. Source: pilot/pkg/networking/core/route/route.go, jwt.ToRoutingClaim.',
  remedy: 'Add a RequestAuthentication that selects the pods of the gateway, in their namespace or in istio-system.',
  *check(mesh) {
    const selectors = authentications(mesh);
    const gateways = gatewaysByName(mesh);
    for (const c of mesh.of('VirtualService')) {
      const claim = claimOf(c.spec);
      if (!claim) continue;
      for (const name of (c.spec.gateways ?? []) as string[]) {
        const gateway = name === 'mesh' ? undefined : gateways.get(gatewayKey(name, c.namespace));
        if (!gateway) continue;
        const known = new Map<string, boolean>();
        for (const pod of podsOf(mesh).matching(gateway.spec.selector)) {
          const key = `${pod.namespace} ${JSON.stringify(pod.labels)}`;
          if (known.has(key)) continue;
          const has = [...(selectors.get('istio-system') ?? []), ...(selectors.get(pod.namespace) ?? [])].some((s) =>
            selects(s, pod.labels),
          );
          known.set(key, has);
          if (has) continue;
          yield {
            at: at(c, ...claim.path),
            message: `"${claim.key}" is never known: no RequestAuthentication is for the pods of Gateway "${keyOf(gateway)}", which are in namespace "${pod.namespace}"`,
            related: [{ at: at(gateway, 'spec', 'selector'), message: 'the Gateway is here' }],
          };
          break;
        }
      }
    }
  },
};

const authentications: (mesh: CheckedMesh) => ReadonlyMap<string, readonly Record<string, string>[]> = ofMesh((mesh) => {
  const out = new Map<string, Record<string, string>[]>();
  for (const c of mesh.of('RequestAuthentication')) filed(out, c.namespace, c.spec.selector?.matchLabels ?? {});
  return out;
});

function claimOf(spec: any): { readonly key: string; readonly path: FieldPath } | undefined {
  for (const [i, http] of items(spec.http))
    for (const [j, match] of items(http.match))
      for (const field of ['headers', 'withoutHeaders'] as const)
        for (const key of Object.keys(match[field] ?? {}))
          if (CLAIM.test(key)) return { key, path: ['spec', 'http', i, 'match', j, field, key] };
  return undefined;
}
