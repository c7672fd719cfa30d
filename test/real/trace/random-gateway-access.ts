import type { OracleClient, OracleRequest } from '../oracle';
import { randomAuthorizations, type Target } from './random-authorizations';
import { place } from './random-inbound';
import { randomTokens } from './random-tokens';
import { GATEWAY, ROOT, type World } from './world';

/** Policies about the gateway itself, for some of the meshes, and requests with tokens. */
export function withGatewayAccess(w: World, { namespace = ROOT }: OracleClient, requests: OracleRequest[]): OracleRequest[] {
  const { dice } = w;
  // what a client's certificate says at a gateway is not followed: docs/trace.md
  const asksForCertificates = JSON.stringify(w.objects.filter((o: any) => o.kind === 'Gateway')).includes('MUTUAL');
  if (asksForCertificates || !dice.chance(0.5)) return requests;
  const target: Target = {
    namespaces: [namespace, namespace, namespace, ROOT, 'default'],
    selectors: [GATEWAY, GATEWAY, { app: 'no' }],
  };
  if (dice.chance(0.7)) randomAuthorizations(w, target);
  const { issued } = dice.chance(0.5) ? randomTokens(w, target) : { issued: [] };
  if (issued.length === 0) return requests;
  return requests.map((r) => {
    if (!dice.chance(0.7)) return r;
    const { headers, query } = place(w, dice.pick(issued));
    const path = r.path ?? '/';
    return {
      ...r,
      headers: { ...r.headers, ...headers },
      ...(query ? { path: `${path}${path.includes('?') ? '&' : '?'}${query}` } : {}),
    };
  });
}
