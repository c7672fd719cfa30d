import { type Config, keyOf, objectText } from '../../model/config';
import type { Workload } from '../../model/workload';
import { servicesOf } from '../backends';
import { ofMesh } from '../checked-mesh';
import { policiesOf } from '../policies';
import type { Rule } from '../rule';

/** Hosts that a gateway leads to. */
const ledTo = ofMesh(
  (mesh) =>
    new Set(
      mesh.model.virtualServices
        .filter((vs) => vs.gateways.some((g) => g !== 'mesh'))
        .flatMap((vs) => vs.http.flatMap((e) => ((e.rule.route ?? []) as any[]).map((r) => r?.destination?.host as string))),
    ),
);

/** Policies that leave nobody who may call a service. */
export const authorizationNobodyLeft: Rule = {
  id: 'MESH153',
  name: 'authorization-nobody-left',
  severity: 'warning',
  codes: [],
  summary: 'nobody may call a service: a denial of all, and no rule that allows anybody',
  why: 'Where some ALLOW policy is about a workload, a request has to meet one of their rules; a policy without rules allows nobody. A DENY rule without conditions denies everybody, whatever is allowed. Every request is answered with 403, health checks of the load balancer among them. Source: pilot/pkg/security/authz/builder; Envoy, RBAC filter.',
  remedy:
    'Add an ALLOW policy with a selector for the workload that names who may call it; take the DENY without conditions away.',
  *check(mesh) {
    if (mesh.model.of('AuthorizationPolicy').length === 0) return;
    const shut = new Map<Config, { readonly field: readonly (string | number)[]; readonly workloads: Workload[] }>();
    const add = (c: Config, field: readonly (string | number)[], w: Workload) => {
      const known = shut.get(c) ?? { field, workloads: [] };
      shut.set(c, known);
      known.workloads.push(w);
    };
    const allowed = new Set<string>();
    const nobody: { readonly w: Workload; readonly by: Config }[] = [];
    for (const w of mesh.model.workloads) {
      if (!w.hasSidecar || servicesOf(mesh, w).length === 0) continue;
      const all = policiesOf(mesh, w, 'DENY').find((c) => denyAll(c) >= 0);
      if (all) {
        add(all, ['spec', 'rules', denyAll(all)], w);
        continue;
      }
      const allow = policiesOf(mesh, w, 'ALLOW');
      if (allow.some((c) => c.spec.rules?.length > 0)) allowed.add(w.namespace);
      else if (allow.length > 0) nobody.push({ w, by: allow.find((c) => c.spec.selector) ?? allow[0]! });
    }
    // where others of the namespace have rules, one that waits for its first caller is as it was meant
    for (const { w, by } of nobody)
      if (by.spec.selector || !allowed.has(w.namespace) || servicesOf(mesh, w).some((s) => ledTo(mesh).has(s.host)))
        add(by, ['spec'], w);
    for (const [c, { field, workloads }] of shut) {
      const [first] = workloads as [Workload];
      const service = servicesOf(mesh, first)[0]!;
      const more = workloads.length > 1 ? ` and ${workloads.length - 1} more` : '';
      yield {
        at: { manifest: c.manifest, path: field },
        message: `nobody may call ${objectText(first.config.manifest)}${more}: ${field.length > 1 ? 'this rule denies every request' : 'this allows nobody, and no other policy allows anybody'}`,
        hint:
          field.length > 1
            ? 'say whom or what it denies (from, to, when)'
            : `add an ALLOW policy in "${first.namespace}" that says who may call Service "${keyOf(service.config)}"`,
        related: [{ at: { manifest: first.config.manifest, path: ['metadata'] }, message: 'answers 403 to everybody' }],
      };
    }
  },
};

const denyAll = (c: Config): number =>
  ((c.spec.rules ?? []) as any[]).findIndex((r) => r && !(r.from?.length > 0) && !(r.to?.length > 0) && !(r.when?.length > 0));
