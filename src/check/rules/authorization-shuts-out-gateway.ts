import { type Config, keyOf } from '../../model/config';
import { letsIn } from '../allowed-callers';
import { backendsOf } from '../backends';
import { gatewayPods } from '../gateway-bindings';
import { policiesOf } from '../policies';
import type { Rule } from '../rule';

/** Policies that allow others, and not the gateway whose routes lead there. */
export const authorizationShutsOutGateway: Rule = {
  id: 'MESH155',
  name: 'authorization-shuts-out-gateway',
  severity: 'error',
  codes: [],
  summary: 'a gateway leads to a workload whose policies allow others alone',
  why: 'The first ALLOW policy about a workload shuts out everybody whom it does not name: without one all may call, with one nobody else. A gateway calls with the identity of its own pods, not with that of who called it, so a policy for callers in the mesh shuts out all that comes from outside: 403. Where the pods of the gateway are not among the manifests, they are taken to have the account of the charts of Istio, and it is an info. Source: pilot/pkg/security/authz/builder; istio.io, authorization policy precedence.',
  remedy:
    "Add a rule for the gateway's principal (`<trust domain>/ns/<namespace>/sa/<account>`) or its namespace, or take the route away.",
  *check(mesh) {
    const pods = gatewayPods(mesh);
    const told = new Set<Config>();
    for (const vs of mesh.model.virtualServices)
      for (const g of vs.gateways) {
        const client = pods.get(g)?.client;
        if (!client?.principal) continue;
        for (const { rule, from, path } of vs.http)
          for (const [i, r] of ((rule.route ?? []) as any[]).entries()) {
            const s = [...(mesh.model.byHost.get(r?.destination?.host)?.values() ?? [])][0];
            if (s?.registry !== 'Kubernetes') continue;
            for (const w of backendsOf(mesh, s)) {
              if (!w.hasSidecar) continue;
              const allow = policiesOf(mesh, w, 'ALLOW');
              const [first] = allow.filter((c) => c.spec.rules?.length > 0);
              if (!first || told.has(first)) continue;
              if (letsIn(mesh, allow, client.principal)) continue;
              told.add(first);
              const known = client.assumed
                ? ({
                    message: `no rule allows "${client.principal}", which the pods of Gateway "${g}" are taken to be (they are not among the manifests): if they are, its requests get 403`,
                    severity: 'info',
                  } as const)
                : { message: `no rule allows "${client.principal}", and Gateway "${g}" leads requests here: they get 403` };
              yield {
                ...known,
                at: { manifest: first.manifest, path: ['spec', 'rules'] },
                hint: `add from: [{ source: { principals: [${client.principal}] } }]`,
                related: [
                  {
                    at: { manifest: from.manifest, path: [...path, 'route', i] },
                    message: `VirtualService "${keyOf(vs.config)}" leads here`,
                  },
                ],
              };
            }
          }
      }
  },
};
