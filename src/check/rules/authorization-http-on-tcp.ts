import { isHttpServer } from '../../model/gateway-servers';
import { isHttpOrSniffed } from '../../model/protocol';
import type { Service } from '../../model/service';
import type { Workload } from '../../model/workload';
import { quoted } from '../../values/names';
import { servicesOf, targetPortOf, workloadsWith } from '../backends';
import type { CheckedMesh } from '../checked-mesh';
import { gatewayServersAt } from '../gateway-servers-of';
import type { Rule } from '../rule';

const OPERATION = ['methods', 'notMethods', 'paths', 'notPaths', 'hosts', 'notHosts'];
const SOURCE = ['requestPrincipals', 'notRequestPrincipals'];

/** A rule about requests, at a port where connections alone are seen. */
export const authorizationHttpOnTcp: Rule = {
  id: 'MESH154',
  name: 'authorization-http-on-tcp',
  severity: 'error',
  codes: [],
  summary: 'a policy asks for methods, paths or hosts at a port that is not looked into',
  why: 'On a port whose protocol is TCP (said so by its name or appProtocol) the sidecar sees connections, not requests. An ALLOW rule with a condition on requests then allows nothing at all; of a DENY rule these conditions are left out, so that it denies more than it says. Source: pilot/pkg/security/authz/model/model.go, Generate.',
  remedy:
    'Say the right protocol at the port (`http-…`), or ask for what connections have: principals, namespaces, IP addresses, ports.',
  *check(mesh) {
    for (const { spec, manifest, namespace } of mesh.model.of('AuthorizationPolicy')) {
      const { action = 'ALLOW', rules } = spec;
      if (action !== 'ALLOW' && action !== 'DENY') continue;
      const labels = spec.selector?.matchLabels ?? {};
      if (Object.keys(labels).length === 0 || namespace === mesh.model.mesh.rootNamespace) continue;
      const workloads = workloadsWith(mesh, namespace, labels);
      const ports = workloads.flatMap((w) => servicesOf(mesh, w).flatMap((s) => portsOf(mesh, s, w)));
      if (ports.length === 0) continue;
      for (const [i, rule] of ((rules ?? []) as any[]).entries()) {
        if (!rule) continue;
        // Istio's validation warns of a DENY rule that names no ports
        if (action === 'DENY' && mesh.problems.get(manifest)?.some((p) => p.path[2] === i)) continue;
        const about = httpFields(rule);
        const [first] = about;
        if (!first) continue;
        const named = new Set(((rule.to ?? []) as any[]).flatMap((t) => (t?.operation?.ports ?? []) as string[]));
        const open = ports.filter((p) => named.size === 0 || named.has(String(p.number)));
        if (open.length === 0 || open.some((p) => p.http)) continue;
        yield {
          at: { manifest, path: ['spec', 'rules', i, ...first.path] },
          message:
            action === 'ALLOW'
              ? `this rule allows nothing: ${quoted([first.name])} is about requests, and port ${open[0]!.number} speaks TCP`
              : `${quoted([first.name])} is left out at port ${open[0]!.number}, which speaks TCP: the rule denies connections whatever they ask for`,
          hint: `name port ${open[0]!.port} of Service "${open[0]!.service.name}" "http-…", or take "${first.name}" out`,
          related: [
            { at: { manifest: open[0]!.service.config.manifest, path: ['spec', 'ports', open[0]!.index] }, message: 'the port' },
          ],
        };
      }
    }
  },
};

const portsOf = (mesh: CheckedMesh, service: Service, w: Workload) =>
  service.ports.flatMap((p, index) =>
    p.protocol === 'UDP'
      ? []
      : [
          {
            service,
            index,
            port: p.port,
            number: targetPortOf(service, p.port, w),
            // a gateway's server says what is spoken there
            http: isHttpOrSniffed(p.protocol) || gatewayServersAt(mesh, service, p.port, w).some(isHttpServer),
          },
        ],
  );

function httpFields(rule: any): { readonly name: string; readonly path: readonly (string | number)[] }[] {
  const of = (list: 'from' | 'to', part: string, names: readonly string[]) =>
    ((rule[list] ?? []) as any[]).flatMap((x, i) =>
      names.filter((n) => x?.[part]?.[n]?.length > 0).map((name) => ({ name, path: [list, i, part, name] })),
    );
  const when = ((rule.when ?? []) as any[]).flatMap((w, i) =>
    /^request\./.test(w?.key ?? '') ? [{ name: w.key as string, path: ['when', i, 'key'] }] : [],
  );
  return [...of('to', 'operation', OPERATION), ...of('from', 'source', SOURCE), ...when];
}
