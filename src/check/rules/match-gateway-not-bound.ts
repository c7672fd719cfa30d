import { candidates } from '../hints';
import type { Rule } from '../rule';

/** A match for a gateway that the VirtualService does not name. */
export const matchGatewayNotBound: Rule = {
  id: 'MESH127',
  name: 'match-gateway-not-bound',
  severity: 'error',
  codes: [],
  summary: 'a match is for a gateway that the VirtualService is not bound to',
  why: 'The gateways of a match choose among those of the VirtualService: `spec.gateways`, or the mesh alone where it names none. A gateway that is not among them never gets the rule, and the match takes nothing there; istioctl looks at `spec.gateways` alone. Source: pilot/pkg/networking/core/route/route.go, sourceMatchHTTP.',
  remedy: 'Add the gateway to `spec.gateways` (with "mesh", where the rules are for sidecars too), or take it out of the match.',
  *check(mesh) {
    for (const vs of mesh.model.virtualServices)
      for (const protocol of ['http', 'tls', 'tcp'] as const)
        for (const [i, given] of ((vs.config.spec[protocol] ?? []) as any[]).entries())
          for (const [j, m] of ((given?.match ?? []) as any[]).entries()) {
            const names: string[] = m?.gateways ?? [];
            const resolved: string[] = (vs.config.spec[protocol] === undefined ? [] : resolvedOf(vs, protocol, i, j)) ?? [];
            const bound = resolved.map((g) => vs.gateways.includes(g));
            for (const [k, name] of names.entries())
              if (bound[k] === false)
                yield {
                  at: { manifest: vs.config.manifest, path: ['spec', protocol, i, 'match', j, 'gateways', k] },
                  ...(bound.includes(true) ? { severity: 'warning' as const } : {}),
                  message: `the VirtualService is not bound to "${name}"${bound.includes(true) ? '' : ', so this match never decides'}`,
                  hint: candidates(name, vs.config.spec.gateways ?? ['mesh']),
                };
          }
  },
};

/** The full names of a match's gateways. A rule of a delegate stands elsewhere. */
function resolvedOf(vs: any, protocol: 'http' | 'tls' | 'tcp', i: number, j: number): string[] | undefined {
  if (protocol !== 'http') return vs[protocol][i]?.match?.[j]?.gateways;
  const entry = vs.http.find((e: any) => e.from === vs.config && e.path[2] === i);
  return entry?.rule.match?.[j]?.gateways;
}
