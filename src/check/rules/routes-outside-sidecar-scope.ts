import { keyOf } from '../../model/config';
import { hostsMeet, hostWithin, isWild } from '../../model/host';
import type { VirtualService } from '../../model/virtual-service';
import { ofMesh } from '../checked-mesh';
import { filed } from '../fields';
import type { Rule } from '../rule';

/** VirtualServices that stand in another namespace than the service that they are about, by the service's. */
const elsewhere = ofMesh((mesh) => {
  const out = new Map<string, { readonly vs: VirtualService; readonly host: string }[]>();
  for (const vs of mesh.model.virtualServices) {
    if (!vs.gateways.includes('mesh')) continue;
    for (const host of vs.hosts)
      for (const ns of mesh.model.byHost.get(host)?.keys() ?? []) if (ns !== vs.namespace) filed(out, ns, { vs, host });
  }
  return out;
});

/** A Sidecar that lets a service in, and not the routes that are written for it in another namespace. */
export const routesOutsideSidecarScope: Rule = {
  id: 'MESH136',
  name: 'routes-outside-sidecar-scope',
  severity: 'warning',
  codes: [],
  summary: 'a Sidecar lets a service in, and not the VirtualService about it',
  why: 'The hosts of a Sidecar say for each namespace what its workloads know: services by the namespace of the Service, VirtualServices by the namespace of the VirtualService. Where the routes of a service are kept in another namespace that is not named, these workloads call the service as if there were none: no versions, no timeouts, no faults. Source: pilot/pkg/model/sidecar.go, SelectVirtualServices.',
  remedy: 'Name the namespace of the VirtualService too.',
  *check(mesh) {
    if (elsewhere(mesh).size === 0) return;
    for (const { spec, manifest, namespace } of mesh.model.sidecars)
      for (const [i, e] of ((spec.egress ?? []) as any[]).entries()) {
        const entries = ((e?.hosts ?? []) as string[]).map((text) => {
          const [ns, host] = text.split('/', 2) as [string, string];
          return { ns: ns === '.' ? namespace : ns, host };
        });
        if (entries.some((x) => x.ns.startsWith('~'))) continue;
        const imports = (ns: string, host: string) =>
          entries.some(
            (x) =>
              (x.ns === ns || x.ns === '*') && (x.host === host || ((isWild(host) || isWild(x.host)) && hostsMeet(x.host, host))),
          );
        for (const [j, { ns, host }] of entries.entries()) {
          if (ns === '*') continue;
          const missing = (elsewhere(mesh).get(ns) ?? []).find(
            ({ vs, host: h }) =>
              (h === host || hostWithin(h, host)) &&
              (vs.exportTo.includes('*') || vs.exportTo.includes(namespace)) &&
              !imports(vs.namespace, h),
          );
          if (!missing) continue;
          yield {
            at: { manifest, path: ['spec', 'egress', i, 'hosts', j] },
            message: `this lets "${missing.host}" in, and not VirtualService "${keyOf(missing.vs.config)}", which is about it: its rules do not count for these workloads`,
            hint: `add "${missing.vs.namespace}/${missing.host}"`,
            related: [{ at: { manifest: missing.vs.config.manifest, path: ['spec', 'hosts'] }, message: 'not let in' }],
          };
        }
      }
  },
};
